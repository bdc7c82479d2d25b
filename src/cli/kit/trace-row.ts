/** A row of a trace: when, by which right it is told, and what; however long it is, no part of it reads as another row. */
import { oneLine, type Paint, type Token, wrapCells } from './render.ts';

/** As wide as time and mark, which no row that goes on begins with. */
const INDENT = ' '.repeat(19);

export type TraceWords = { mark: '✓ signed ' | '≈ claimed' | '… missing'; token: Token; text: string };

/** `width`: where the terminal would wrap a row itself, and it then began like ours. */
export const traceRowText = (
  at: string,
  { mark, token, text }: TraceWords,
  paint: Paint,
  width: number,
): string => {
  const [first = '', ...rest] = wrapCells(oneLine(text), Math.max(1, width - INDENT.length));
  const head = `${paint('dim', at.slice(11, 19))} ${paint(token, mark)} ${first}`;
  return [head, ...rest.map((more) => `${INDENT}${more}`)].join('\n');
};
