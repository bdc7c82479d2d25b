/** Words in the change on the screen: a match is moved to and marked, and is read when it was drawn. */
import { type BodyRow, indentOf } from './approval-body.ts';
import { keyOf } from './keys.ts';
import { approvalHeight } from './layout.ts';
import { inChange, rowsOf } from './moves.ts';
import { only, type Screen, type ScreenStep } from './state.ts';

/** Rows at which a match begins: of a line that was wrapped the one that has its first character. */
const matchesOf = (rows: readonly BodyRow[], indent: number, words: string): number[] => {
  const found: number[] = [];
  const wanted = words.toLowerCase();
  for (let row = 0, next = 0; row < rows.length; row = next) {
    const source = rows[row]?.source;
    const starts: number[] = [];
    let text = '';
    for (next = row; rows[next]?.source === source && next < rows.length; next++) {
      starts.push(text.length);
      const one = (rows[next]?.line ?? []).map((span) => span.text.toLowerCase()).join('');
      text += next === row ? one : one.slice(indent);
    }
    for (let at = text.indexOf(wanted); at !== -1; at = text.indexOf(wanted, at + wanted.length)) {
      const here = row + starts.findLastIndex((start) => start <= at);
      if (found.at(-1) !== here) found.push(here);
    }
  }
  return found;
};

/** From the match that is in sight, else from the first row that is. */
export const toMatch = (screen: Screen, direction: 1 | -1): ScreenStep => {
  const { approval } = screen;
  if (!approval) return only(screen);
  const { words, row, top } = { ...approval.find, top: approval.top };
  if (words === '')
    return only({ ...screen, notice: `nothing to find: ${keyOf(screen, 'find')} asks for words` });
  const rows = rowsOf(screen);
  const matches = matchesOf(rows, indentOf(screen.surface), words);
  const isInSight = row !== null && row >= top && row < top + approvalHeight(screen);
  const from = isInSight ? row : direction === 1 ? top - 1 : top;
  const to = direction === 1 ? matches.find((one) => one > from) : matches.findLast((one) => one < from);
  if (to === undefined) {
    const none = matches.length === 0 ? 'nothing has' : 'nothing more that way has';
    return only({ ...screen, notice: `${none} the words "${words}"` });
  }
  const notice = `row ${to + 1} has "${words}"; ${matches.length} of ${rows.length} rows do`;
  const found = { ...approval, find: { words, row: to } };
  const marked = { ...screen, notice, approval: found };
  const isThere = to >= top && to < top + approvalHeight(screen);
  return isThere ? only(marked) : inChange(marked, found, to - top);
};

/** The words of the line, or without any those before. */
export const findWords = (screen: Screen, words: string): ScreenStep => {
  const { approval } = screen;
  if (!approval || words === '' || words === approval.find.words) return toMatch(screen, 1);
  return toMatch({ ...screen, approval: { ...approval, find: { words, row: null } } }, 1);
};
