/** The words in which a line that went away and the one that came for it differ. */
import { diffArrays } from 'diff';
import type { Lines } from './text-lines.ts';

/** A part of a line, in UTF-16 units: from the first on, before the second. */
export type Part = readonly [from: number, to: number];

/** Of a longer line, or one with more differences, nobody reads words. */
const LONGEST = 1_000;
const MOST_EDITS = 64;
const WORDS = /[\p{L}\p{N}\p{M}_]+|\s+|[\s\S]/gu;
const wordsOf = (text: string): string[] => text.match(WORDS) ?? [];
const visible = (words: readonly string[]): number => words.join('').replace(/\s/g, '').length;

/** Nothing where they have less than half in common: then they are two lines, and not one that was changed. */
export const changedWords = (old: string, now: string): { old: Part[]; now: Part[] } => {
  const found = { old: [] as Part[], now: [] as Part[] };
  if (old.length > LONGEST || now.length > LONGEST) return found;
  const changes = diffArrays(wordsOf(old), wordsOf(now), { maxEditLength: MOST_EDITS });
  const kept = changes?.filter(({ added, removed }) => !added && !removed) ?? [];
  const most = Math.max(visible([old]), visible([now]));
  if (!changes || kept.reduce((sum, { value }) => sum + visible(value), 0) * 2 < most) return found;
  const at = { old: 0, now: 0 };
  for (const { added, removed, value } of changes) {
    const length = value.join('').length;
    const [before, after] = [at.old, at.now];
    if (!added) at.old += length;
    if (!removed) at.now += length;
    if (removed) found.old.push([before, at.old]);
    if (added) found.now.push([after, at.now]);
  }
  return found;
};

type Is = (at: number) => boolean;
/** Lines that went, from `first` on, and those that came for them, from `from` on. */
type Run = { first: number; gone: number; from: number; come: number };

const runFrom = (from: number, length: number, is: Is): number => {
  let to = from;
  while (to < length && is(to)) to += 1;
  return to;
};
const runTo = (end: number, is: Is): number => {
  let from = end;
  while (from > 0 && is(from - 1)) from -= 1;
  return from;
};

/**
 * Gives the parts of a line of a diff that changed, where as many lines came as went: the first that went is held against
 * the first that came, when one of both is asked for and not before. `is`: whether a line is one that went or came, which
 * a name of a file is not.
 */
export const changedParts = (lines: Lines, is: { gone: Is; come: Is }): ((at: number) => readonly Part[]) => {
  let known: Run | null = null;
  const isOpen = (at: number): boolean => lines.at(at)?.startsWith('\\') === true;
  const firstOf = (at: number): number => {
    if (is.gone(at)) return runTo(at, is.gone);
    const from = runTo(at, is.come);
    // One that says that a file has no line end there
    return runTo(from > 0 && isOpen(from - 1) ? from - 1 : from, is.gone);
  };
  const runAt = (at: number): Run => {
    if (known && at >= known.first && at < known.come) return known;
    const first = firstOf(at);
    const gone = runFrom(first, lines.length, is.gone);
    const from = isOpen(gone) ? gone + 1 : gone;
    known = { first, gone, from, come: runFrom(from, lines.length, is.come) };
    return known;
  };
  return (at) => {
    if (!is.gone(at) && !is.come(at)) return [];
    const { first, gone, from, come } = runAt(at);
    if (gone === first || gone - first !== come - from) return [];
    const nth = is.gone(at) ? at - first : at - from;
    const found = changedWords(lines.at(first + nth)!.slice(1), lines.at(from + nth)!.slice(1));
    return (is.gone(at) ? found.old : found.now).map(([begin, end]) => [begin + 1, end + 1]);
  };
};
