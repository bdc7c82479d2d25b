/**
 * The fewest lines that go and come between two lists, in steps: what `diffArrays` of the package `diff` finds, to the edit,
 * since what it found is signed. That searches at once, for a quarter of a second where two thousand lines differ.
 */
import type { Steps } from '../steps.ts';

export type Edits = { sign: ' ' | '-' | '+'; count: number };

const WORK_A_STEP = 20_000;
const NONE = -1;

/** One behind the other, as many of one sign as follow each other; null where there are more than `most`. */
export function* fewestEdits(
  old: readonly string[],
  now: readonly string[],
  most: number,
): Steps<Edits[] | null> {
  const longest = Math.min(old.length + now.length, most);
  /** Of each path that was looked at: where in the old list it ends, and twice the path before its last edit, one more where a line came. */
  const [ends, froms]: [number[], number[]] = [[], []];
  /** The newest path of each diagonal, which is how much farther it is in the old list than in the new one. */
  const best = new Int32Array(2 * longest + 3).fill(NONE);
  const middle = longest + 1;
  let work = 0;
  /** Along all that is the same, and kept; true where both lists end. */
  const follow = (from: number, start: number, diagonal: number): boolean => {
    let at = start;
    while (at + 1 < old.length && at + 1 - diagonal < now.length && old[at + 1] === now[at + 1 - diagonal])
      at++;
    best[middle + diagonal] = ends.length;
    ends.push(at);
    froms.push(from);
    work += at - start + 1;
    return at + 1 >= old.length && at - diagonal + 1 >= now.length;
  };
  if (follow(NONE, -1, 0)) return editsOf(ends, froms);
  let [lowest, highest] = [-longest, longest];
  for (let edits = 1; edits <= longest; edits++)
    for (let to = Math.max(lowest, -edits); to <= Math.min(highest, edits); to += 2) {
      const [removing, adding] = [best[middle + to - 1]!, best[middle + to + 1]!];
      best[middle + to - 1] = NONE;
      const [before, above] = [ends[removing] ?? NONE, ends[adding] ?? NONE];
      const canAdd = adding !== NONE && above >= to && above - to < now.length;
      const canRemove = removing !== NONE && before + 1 < old.length;
      if (!canAdd && !canRemove) {
        best[middle + to] = NONE;
        continue;
      }
      const isAdded = !canRemove || (canAdd && before < above);
      if (isAdded ? follow(adding * 2 + 1, above, to) : follow(removing * 2, before + 1, to))
        return editsOf(ends, froms);
      const end = ends.at(-1)!;
      if (end + 1 >= old.length) highest = Math.min(highest, to - 1);
      if (end - to + 1 >= now.length) lowest = Math.max(lowest, to + 1);
      if (work < WORK_A_STEP) continue;
      work = 0;
      yield;
    }
  return null;
}

/** Back from the last path to the first. */
const editsOf = (ends: readonly number[], froms: readonly number[]): Edits[] => {
  const edits: Edits[] = [];
  const put = (sign: Edits['sign'], count: number) => {
    const last = edits.at(-1);
    if (last?.sign === sign) last.count += count;
    else if (count > 0) edits.push({ sign, count });
  };
  for (let path = ends.length - 1; path !== NONE; ) {
    const from = froms[path]!;
    const isFirst = from === NONE;
    const isAdded = from % 2 === 1;
    const before = isFirst ? NONE : from >> 1;
    const start = isFirst ? -1 : ends[before]! + (isAdded ? 0 : 1);
    put(' ', ends[path]! - start);
    if (!isFirst) put(isAdded ? '+' : '-', 1);
    path = before;
  }
  return edits.reverse();
};
