/** Frames around lines, and lines beside each other: each result has exactly the size that is asked for. */
import { type CellLine, fitLine, lineCells, ours, type Span } from './line.ts';

export type Size = { width: number; height: number };

/** So many lines of so many cells each. */
export const fill = (lines: readonly CellLine[], { width, height }: Size): CellLine[] =>
  Array.from({ length: Math.max(0, height) }, (_, row) => fitLine(lines[row] ?? [], width));

const SINGLE = { corners: ['┌', '┐', '└', '┘'], across: '─', down: '│' } as const;
const DOUBLE = { corners: ['╔', '╗', '╚', '╝'], across: '═', down: '║' } as const;

/** A pane: the one that has the keys is drawn with double lines, not only in another colour. */
export const box = (
  title: Span,
  lines: readonly CellLine[],
  { width, height }: Size,
  hasKeys: boolean,
): CellLine[] => {
  if (width < 4 || height < 2) return fill(lines, { width, height });
  const { corners, across, down } = hasKeys ? DOUBLE : SINGLE;
  const tone = hasKeys ? 'accent' : 'dim';
  const head = fitTitle([ours(' '), title, ours(' ')], width - 3);
  const rest = across.repeat(width - 3 - lineCells(head));
  const inside = fill(lines, { width: width - 4, height: height - 2 });
  return [
    [ours(`${corners[0]}${across}`, tone), ...head, ours(`${rest}${corners[1]}`, tone)],
    ...inside.map((line) => [ours(`${down} `, tone), ...line, ours(` ${down}`, tone)]),
    [ours(`${corners[2]}${across.repeat(width - 2)}${corners[3]}`, tone)],
  ];
};

const fitTitle = (title: CellLine, most: number): CellLine =>
  lineCells(title) > most ? fitLine(title, most) : title;

/** Two panes of one height side by side. */
export const beside = (left: readonly CellLine[], right: readonly CellLine[]): CellLine[] =>
  left.map((line, row) => [...line, ...(right[row] ?? [])]);

/** Where a window of `height` rows begins so that `at` is in it. */
export const windowTop = (at: number, height: number): number => Math.max(0, at - height + 1);

/** Both at the ends of one line, where they fit. */
export const apart = (left: CellLine, right: CellLine, width: number): CellLine => {
  const gap = width - lineCells(left) - lineCells(right);
  return [...left, ours(' '.repeat(Math.max(2, gap))), ...right];
};
