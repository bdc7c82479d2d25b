/** The lines of a long text, found once and cut when they are looked at: a list of all of them takes more than the text. */
import type { Steps } from '../steps.ts';

export type Lines = { readonly length: number; at(index: number): string | undefined };

/** Lines between two steps, of whatever goes through all of them. */
export const LINES_A_STEP = 512;

/** A line feed at the end begins none; an empty text has none. */
export function* linesOfText(text: string): Steps<Lines> {
  const starts: number[] = [];
  for (let at = 0; at < text.length; ) {
    starts.push(at);
    const end = text.indexOf('\n', at);
    at = end === -1 ? text.length : end + 1;
    if (starts.length % LINES_A_STEP === 0) yield;
  }
  const from = Uint32Array.from(starts);
  const last = text.endsWith('\n') ? text.length : text.length + 1;
  return {
    length: from.length,
    at: (index) => (index in from ? text.slice(from[index], (from[index + 1] ?? last) - 1) : undefined),
  };
}
