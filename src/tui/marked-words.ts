/** Parts of a line of a change in a tone of their own: what is shown and how it is wrapped stays the same. */
import type { Part } from '../core/source/changed-words.ts';
import { type CellLine, lineCells, type Span, type SpanTone } from './frame/line.ts';

/** Strong and underlined: without colours they are seen too. */
const TONES: Readonly<Partial<Record<SpanTone, SpanTone>>> = { good: 'added', bad: 'removed' };

/** A text cut at the ends of its parts; `isIn`: in one of them. */
const piecesOf = (length: number, parts: readonly Part[]): { from: number; to: number; isIn: boolean }[] => {
  const pieces = [];
  let at = 0;
  for (const [from, to] of parts) {
    pieces.push({ from: at, to: from, isIn: false }, { from, to, isIn: true });
    at = to;
  }
  return [...pieces, { from: at, to: length, isIn: false }].filter(({ from, to }) => to > from);
};

/**
 * Where parts of a line are in what is shown of it, `show` being what is shown of the line from one place to another.
 * None where its pieces would be shown in another way than the whole.
 */
export const shownParts = (
  line: string,
  parts: readonly Part[],
  show: (from: number, to: number) => string,
  whole: string,
): Part[] => {
  const shown: Part[] = [];
  let text = '';
  for (const { from, to, isIn } of piecesOf(line.length, parts)) {
    const before = text.length;
    text += show(from, to);
    if (isIn) shown.push([before, text.length]);
  }
  return text === whole ? shown : [];
};

const within = (parts: readonly Part[], from: number, to: number): Part[] =>
  parts.flatMap(([first, end]): Part[] => {
    const cut: Part = [Math.max(first, from) - from, Math.min(end, to) - from];
    return cut[1] > cut[0] ? [cut] : [];
  });

/** Rows of one text, of which those after the first begin with an indent that is none of it. */
export const markedRows = (rows: readonly CellLine[], parts: readonly Part[], indent: number): CellLine[] => {
  let at = 0;
  return rows.map((row, n) => {
    const [{ text, tone } = { text: '', tone: 'plain' } satisfies Span] = row;
    const start = n === 0 ? 0 : indent;
    const to = at + text.length - start;
    const here = within(parts, at, to).map(([from, end]): Part => [from + start, end + start]);
    at = to;
    const spans = piecesOf(text.length, here).map(
      (one): Span => ({ text: text.slice(one.from, one.to), tone: one.isIn ? (TONES[tone] ?? tone) : tone }),
    );
    // A character of several code points that is cut may take other cells
    return here.length > 0 && lineCells(spans) === lineCells(row) ? spans : row;
  });
};
