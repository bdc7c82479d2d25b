/** "Did you mean …?" for names in files and words on the command line. */

/** Edits between two words, at most `limit`; more than that is `limit + 1`. */
export const editDistance = (one: string, two: string, limit: number): number => {
  if (Math.abs(one.length - two.length) > limit) return limit + 1;
  let before: number[] = [];
  let row = Array.from({ length: two.length + 1 }, (_, column) => column);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= two.length; j++) {
      const same = one[i - 1] === two[j - 1];
      let cost = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (same ? 0 : 1));
      // A swap of neighbours is one slip of the fingers: `bulider`.
      if (i > 1 && j > 1 && one[i - 1] === two[j - 2] && one[i - 2] === two[j - 1])
        cost = Math.min(cost, before[j - 2]! + 1);
      next.push(cost);
    }
    if (Math.min(...next) > limit) return limit + 1;
    before = row;
    row = next;
  }
  return row[two.length]!;
};

/** The candidate nearest to the word, or null when none is near enough to be what was meant. */
export const nearest = (word: string, candidates: Iterable<string>): string | null => {
  let best: string | null = null;
  let limit = Math.min(3, Math.max(1, Math.floor(word.length / 3)));
  for (const candidate of candidates) {
    const edits = editDistance(word, candidate, limit);
    if (edits > limit) continue;
    best = candidate;
    if (edits <= 1) break;
    limit = edits - 1;
  }
  return best;
};
