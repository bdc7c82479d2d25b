/** What was asked of a node, as a block of text: indented, so that no line of it reads as one of ours. */
import { counted, wrapCells } from '../kit/render.ts';

const INDENT = '    ';

/** `cut`: how many rows a terminal is given of it at most, and what shows all of it. */
export type TaskScreen = { width: number; cut?: { rows: number; all: string } };

export const linesOf = (task: string): string[] => task.replace(/\n$/, '').split('\n');

/** A line longer than the terminal goes on indented too: where the terminal wraps it itself, it begins like ours. */
export const taskBlock = (task: string, { width, cut }: TaskScreen): string => {
  const inside = width - INDENT.length;
  // A tab takes as many cells as the terminal likes
  const plain = Number.isFinite(width) ? task.replaceAll('\t', INDENT) : task;
  const lines = linesOf(plain).flatMap((line) => wrapCells(line, inside));
  const indented = (rows: string[]) => rows.map((line) => (line === '' ? '' : `${INDENT}${line}`));
  const left = cut === undefined ? 0 : Math.max(0, lines.length - cut.rows);
  if (left === 0) return indented(lines).join('\n');
  // What was added last stands last
  const head = Math.ceil((lines.length - left) / 2);
  const more = `… ${counted(left, 'more row')} of the task: ${cut?.all}`;
  return [...indented(lines.slice(0, head)), more, ...indented(lines.slice(head + left))].join('\n');
};
