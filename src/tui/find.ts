/** Words in the change on the screen: a match is moved to and marked, and is read when it was drawn. */
import { LINES_A_STEP } from '../core/source/text-lines.ts';
import { atOnce, type Steps } from '../core/steps.ts';
import type { Body } from './approval-body.ts';
import { keyOf } from './keys.ts';
import { approvalHeight } from './layout.ts';
import { inChange, rowsOf } from './moves.ts';
import { only, type Screen, type ScreenStep } from './state.ts';

/** Of a body with more lines they are looked for in steps. */
const AT_ONCE = 5_000;

type Found = { words: string; rows: readonly number[] };
const found = new WeakMap<Body, Found>();

/** Rows at which a match begins: of a line that was wrapped the one that has its first character. */
export function* finding(body: Body, words: string): Steps<readonly number[]> {
  const known = found.get(body);
  if (known?.words === words) return known.rows;
  const rows: number[] = [];
  const wanted = words.toLowerCase();
  for (let source = 0; source < body.sources; source++) {
    const text = body.textOf(source).toLowerCase();
    if (text.includes(wanted)) for (const row of rowsWith(body, source, wanted, text)) rows.push(row);
    if (source % LINES_A_STEP === 0) yield;
  }
  found.set(body, { words, rows });
  return rows;
}

const rowsWith = (body: Body, source: number, wanted: string, text: string): Iterable<number> => {
  const row = body.startOf(source);
  if (body.startOf(source + 1) === row + 1) return [row];
  const starts = startsIn(body, source);
  const rows = new Set<number>();
  for (let at = text.indexOf(wanted); at !== -1; at = text.indexOf(wanted, at + wanted.length))
    rows.add(row + starts.findLastIndex((start) => start <= at));
  return rows;
};
/** Where in the line, in small letters, each of its rows begins. */
const startsIn = (body: Body, source: number): number[] => {
  let end = 0;
  return body.rowsOf(source).map(({ line }, n) => {
    const start = end;
    const text = line.map((span) => span.text.toLowerCase()).join('');
    end += text.length - (n === 0 ? 0 : body.indent);
    return start;
  });
};

/** From the match that is in sight, else from the first row that is. */
export const toMatch = (screen: Screen, direction: 1 | -1): ScreenStep => {
  const { approval } = screen;
  const body = rowsOf(screen);
  if (!approval || !body) return only(screen);
  const { words, row, top } = { ...approval.find, top: approval.top };
  if (words === '')
    return only({ ...screen, notice: `nothing to find: ${keyOf(screen, 'find')} asks for words` });
  if (body.sources > AT_ONCE && found.get(body)?.words !== words) {
    const notice = `looking for "${words}" in ${body.sources} lines …`;
    return only({ ...screen, notice }, { do: 'find', id: approval.id, words, direction });
  }
  const matches = atOnce(finding(body, words));
  const isInSight = row !== null && row >= top && row < top + approvalHeight(screen);
  const from = isInSight ? row : direction === 1 ? top - 1 : top;
  const to = direction === 1 ? matches.find((one) => one > from) : matches.findLast((one) => one < from);
  if (to === undefined) {
    const none = matches.length === 0 ? 'nothing has' : 'nothing more that way has';
    return only({ ...screen, notice: `${none} the words "${words}"` });
  }
  const notice = `row ${to + 1} has "${words}"; ${matches.length} of ${body.length} rows do`;
  const moved = { ...approval, find: { words, row: to } };
  const marked = { ...screen, notice, approval: moved };
  const isThere = to >= top && to < top + approvalHeight(screen);
  return isThere ? only(marked) : inChange(marked, moved, to - top);
};

/** The words of the line, or without any those before. */
export const findWords = (screen: Screen, words: string): ScreenStep => {
  const { approval } = screen;
  if (!approval || words === '' || words === approval.find.words) return toMatch(screen, 1);
  return toMatch({ ...screen, approval: { ...approval, find: { words, row: null } } }, 1);
};
