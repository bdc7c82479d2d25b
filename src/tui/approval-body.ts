/** What an approval covers, as rows of one width: made where they are looked at, since a change may have a hundred thousand. */
import type { Range } from '../core/projection/ranges.ts';
import { LINES_A_STEP } from '../core/source/text-lines.ts';
import { atOnce, type Steps } from '../core/steps.ts';
import { isOfCommit } from '../services/user/bound-words.ts';
import { plainLine } from './ansi.ts';
import { headSources, LOOKS, type TextLook } from './approval-head.ts';
import type { AskedChange } from './asked.ts';
import { type ChangeLines, changeLines } from './change-lines.ts';
import { type CellLine, type Span, wrapLine } from './frame/line.ts';
import { type RowIndex, rowIndex } from './frame/row-index.ts';
import { markedRows } from './marked-words.ts';
import type { Surface } from './state.ts';

/** `source`: the line of the text that a row is of. */
export type BodyRow = { line: CellLine; source: number };

/** Its sources are the lines of what stands before the change, and then those of the change, `head` the first of these. */
export type Body = Pick<RowIndex, 'length' | 'startOf'> & {
  slice(from?: number, to?: number): BodyRow[];
  readonly sources: number;
  readonly head: number;
  sourceAt(row: number): number;
  textOf(source: number): string;
  rowsOf(source: number): readonly BodyRow[];
  /** So many characters begin the rest of a long line, and are none of it. */
  readonly indent: number;
  /** Rows at which a file begins, and a group. */
  readonly files: readonly number[];
  readonly groups: readonly number[];
  readonly change: ChangeLines;
};

/** What is known of a view whatever the width. */
type Prepared = { look: TextLook; head: readonly Span[]; change: ChangeLines };
const prepared = new WeakMap<AskedChange, Prepared>();

/** Done before a view is shown: from then on each of its rows is quickly made. */
export function* preparing(view: AskedChange, surface: Surface): Steps<Prepared> {
  const look = LOOKS[surface];
  const known = prepared.get(view);
  if (known?.look === look) return known;
  const head = headSources(view, look).map(({ span }) => span);
  const change = yield* changeLines(isOfCommit(view) ? view.diff : '', look);
  const made = { look, head, change };
  prepared.set(view, made);
  return made;
}

/** Rows that are kept when others are looked at. */
const MOST_KEPT = 4_096;

const bodyIn = ({ look, head, change }: Prepared, width: number): Body => {
  const sources = head.length + change.length;
  const early = head.map((span) => wrapLine(span, width, look.indent));
  const { length, startOf, lineAt } = rowIndex(
    sources,
    (source) => early[source]?.length ?? change.rows(source - head.length, width),
  );
  const kept = new Map<number, readonly BodyRow[]>();
  let many = 0;
  const made = (source: number): readonly BodyRow[] => {
    const at = source - head.length;
    const wrapped =
      early[source] ??
      markedRows(wrapLine(change.span(at), width, look.indent), change.parts(at), look.indent.length);
    return wrapped.map((line) => ({ line, source }));
  };
  const rowsOf = (source: number): readonly BodyRow[] => {
    const known = kept.get(source);
    if (known) return known;
    const rows = made(source);
    if (many > MOST_KEPT) {
      kept.clear();
      many = 0;
    }
    many += rows.length;
    kept.set(source, rows);
    return rows;
  };
  return {
    ...{ length, sources, startOf, rowsOf, change },
    sourceAt: lineAt,
    head: head.length,
    indent: look.indent.length,
    textOf: (source) => (head[source] ?? change.span(source - head.length)).text,
    files: change.files.map((at) => startOf(at + head.length)),
    groups: change.groups.map((at) => startOf(at + head.length)),
    slice(from = 0, to = length) {
      const rows: BodyRow[] = [];
      for (let source = lineAt(from); source < sources && startOf(source) < to; source++)
        for (const [n, row] of rowsOf(source).entries())
          if (startOf(source) + n >= from && startOf(source) + n < to) rows.push(row);
      return rows;
    },
  };
};

type Kept = { width: number; of: Prepared; body: Body };
const bodies = new WeakMap<AskedChange, Kept>();

/** Made once for a view and a width of a surface. */
export const bodyOf = (view: AskedChange, width: number, surface: Surface): Body => {
  const of = atOnce(preparing(view, surface));
  const known = bodies.get(view);
  if (known?.width === width && known.of === of) return known.body;
  const body = bodyIn(of, width);
  bodies.set(view, { width, of, body });
  return body;
};

/** All of it as a text of its own, with the same things made visible. */
export function* bodyText(view: AskedChange, surface: Surface): Steps<string> {
  const { head, change } = yield* preparing(view, surface);
  const lines = head.map((span) => `${plainLine([span])}\n`);
  for (let at = 0; at < change.length; at++) {
    lines.push(`${plainLine([change.span(at)])}\n`);
    if (at % LINES_A_STEP === 0) yield;
  }
  return lines.join('');
}

/** Groups of which some row was never on the screen, of how many. */
export const unreadGroups = (
  { groups, length }: Pick<Body, 'groups' | 'length'>,
  shown: readonly Range[],
): { unread: number; all: number } => {
  const ends = [...groups.slice(1), length];
  const isRead = (from: number, to: number) => shown.some(([a, b]) => a <= from + 1 && to <= b);
  return { unread: groups.filter((from, at) => !isRead(from, ends[at]!)).length, all: groups.length };
};

/** Which rows of another width were on the screen: those of lines all of whose rows were. */
export const shownAtWidth = (before: Body, shown: readonly Range[], after: Body): Range[] =>
  shown.flatMap(([from, to]): Range[] => {
    const at = before.sourceAt(from - 1);
    const first = before.startOf(at) < from - 1 ? at + 1 : at;
    const end = before.sourceAt(to);
    return end > first ? [[after.startOf(first) + 1, after.startOf(end)]] : [];
  });
