/** What was asked of a node, as a block of text: indented, so that no line of it reads as one of ours. */
import { count, wrapCells } from '../kit/render.ts';

const INDENT = '    ';

/** `rows`: how many a terminal is given of it at most; `all` says what shows it whole. */
export type TaskScreen = { width: number; rows?: number; all: string };

export const linesOf = (task: string): string[] => task.replace(/\n$/, '').split('\n');

/** A line longer than the terminal goes on indented too: where the terminal wraps it itself, it begins like ours. */
export const taskBlock = (
  task: string,
  { width, rows = Number.POSITIVE_INFINITY, all }: TaskScreen,
): string => {
  const inside = width - INDENT.length;
  // A tab takes as many cells as the terminal likes
  const plain = Number.isFinite(width) ? task.replaceAll('\t', INDENT) : task;
  const lines = linesOf(plain).flatMap((line) => wrapCells(line, inside));
  const left = lines.length - rows;
  const shown = left > 0 ? lines.slice(0, rows) : lines;
  const more = left > 0 ? [`… ${count(left, 'more line')} of the task: ${all}`] : [];
  return [...shown.map((line) => (line === '' ? '' : `${INDENT}${line}`)), ...more].join('\n');
};
