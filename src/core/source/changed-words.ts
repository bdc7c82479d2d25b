/** The words in which a line that went away and the one that came for it differ. */
import { diffArrays } from 'diff';

/** A part of a line, in UTF-16 units: from the first on, before the second. */
export type Part = readonly [from: number, to: number];

/** Of a longer line, or one with more differences, nobody reads words. */
const LONGEST = 1_000;
const MOST_EDITS = 64;
/** So much of one change is compared word by word: it may have a hundred thousand lines. */
const MOST_UNITS = 400_000;

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

const runFrom = (lines: readonly string[], from: number, is: (at: number) => boolean): number => {
  let to = from;
  while (to < lines.length && is(to)) to += 1;
  return to;
};

/**
 * By the number of a line of a diff: its parts that changed, where as many lines came as went. The first that went is
 * held against the first that came. `is`: whether a line is one that went or came, which a name of a file is not.
 */
export const changedParts = (
  lines: readonly string[],
  is: { gone(at: number): boolean; come(at: number): boolean },
): Map<number, readonly Part[]> => {
  const parts = new Map<number, readonly Part[]>();
  let left = MOST_UNITS;
  for (let at = 0; at < lines.length; ) {
    const gone = runFrom(lines, at, is.gone);
    // One that says that a file has no line end there
    const from = gone > at && lines[gone]?.startsWith('\\') ? gone + 1 : gone;
    const come = gone > at ? runFrom(lines, from, is.come) : gone;
    for (let i = 0; gone - at === come - from && at + i < gone; i++) {
      const [old, now] = [lines[at + i]!.slice(1), lines[from + i]!.slice(1)];
      left -= old.length + now.length;
      if (left < 0) return parts;
      const found = changedWords(old, now);
      parts.set(at + i, behindSign(found.old)).set(from + i, behindSign(found.now));
    }
    at = Math.max(come, at + 1);
  }
  return parts;
};
const behindSign = (parts: readonly Part[]): Part[] => parts.map(([from, to]) => [from + 1, to + 1]);
