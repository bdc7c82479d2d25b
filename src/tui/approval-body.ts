/** What an approval covers, as rows of one width: facts that our side computed, the task, the files, the whole change. */
import { inRanges, type Range } from '../core/projection/ranges.ts';
import type { ApprovalView } from '../services/user/approvals.ts';
import { changeText, changeTotals, diffTone, letterOf, movesOf } from '../services/user/change-words.ts';
import type { Signer } from '../services/user/shown-task.ts';
import { type CellLine, ours, type Span, theirs, wrapLine } from './frame/line.ts';

/** `source`: the line of the text that a row is of; `file`: a file begins here. */
export type BodyRow = { line: CellLine; source: number; file: boolean };
type Source = { span: Span; file?: true };

const NAMED = 14;
const fact = (name: string, text: string): Source => ({ span: theirs(`${name.padEnd(NAMED)}${text}`) });

const signerText = ({ name, npub, claimed }: Signer, asker: string): string =>
  name === null ? npub : `${name} (${npub}${claimed ? `, claimed by ${asker}` : ''})`;

/** Blanks that an added line ends in do something, and show nothing: each is a dot, and a dot that is one is escaped. */
const withTrailing = (line: string): string => {
  if (!line.startsWith('+')) return line;
  const text = line.replace(/[ \t]+$/, '');
  return text === line ? line : `${text}${'·'.repeat(line.length - text.length)}`;
};
const lineText = (line: string): string =>
  withTrailing(line.replace(/·+(?=[ \t]*$)/, (dots) => '\\u{b7}'.repeat(dots.length)));

const diffSources = (diff: string): Source[] =>
  diff
    .replace(/\n$/, '')
    .split('\n')
    .map((line, at, lines) => {
      const span = theirs(lineText(line), diffTone(lines, at) ?? 'plain');
      return line !== '' && lines[at - 1] === '' ? { span, file: true } : { span };
    });

const sourcesOf = (view: ApprovalView): Source[] => {
  const moves = movesOf(view.files);
  const blank: Source = { span: ours('') };
  return [
    fact('operation', `${view.operation} of commit ${view.commit}`),
    fact('to', `${view.remote} ${view.ref}`),
    fact('expected head', view.expectedHead ?? 'none (new branch)'),
    fact('change', changeTotals(view.files)),
    fact('asked by', signerText(view.asker, view.node)),
    fact('launched by', signerText(view.launcher, view.node)),
    ...(view.path.length > 2 ? [fact('path', view.path.join(' > '))] : []),
    fact('expires', view.expires),
    fact('approval', view.id),
    fact('session', view.session),
    blank,
    { span: theirs(`task as ${view.node} has it:`, 'strong') },
    ...view.task
      .replace(/\n$/, '')
      .split('\n')
      .map((line) => ({ span: theirs(`    ${line}`) })),
    blank,
    { span: ours('files:', 'strong') },
    ...view.files.map((one) => ({
      span: theirs(
        `${letterOf(one)} ${changeText(one)}  ${one.path}${moves.has(one) ? ` (${moves.get(one)})` : ''}`,
      ),
    })),
    blank,
    ...diffSources(view.diff),
  ];
};

/** Begins the rest of a long line: no line of a change or a task begins so. */
const INDENT = '»   ';

const bodyRows = (view: ApprovalView, width: number): BodyRow[] =>
  sourcesOf(view).flatMap(({ span, file = false }, source) =>
    wrapLine(span, width, INDENT).map((line, row) => ({ line, source, file: file && row === 0 })),
  );

type Kept = { width: number; rows: BodyRow[] };
const kept = new WeakMap<ApprovalView, Kept>();

/** Made once for a view and a width: a change may have a hundred thousand lines. */
export const bodyOf = (view: ApprovalView, width: number): BodyRow[] => {
  const known = kept.get(view);
  if (known?.width === width) return known.rows;
  const rows = bodyRows(view, width);
  kept.set(view, { width, rows });
  return rows;
};

/** Which rows of another width were on the screen: those of lines all of whose rows were. */
export const shownAtWidth = (
  before: readonly BodyRow[],
  shown: readonly Range[],
  after: readonly BodyRow[],
): Range[] => {
  const missing = new Set(before.flatMap(({ source }, row) => (inRanges(shown, row + 1) ? [] : [source])));
  const ranges: Range[] = [];
  for (const [row, { source }] of after.entries()) {
    if (missing.has(source)) continue;
    const last = ranges.at(-1);
    if (last?.[1] === row) last[1] = row + 1;
    else ranges.push([row + 1, row + 1]);
  }
  return ranges;
};
