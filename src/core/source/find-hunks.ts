/** The hunks that lead from one content to another, found in steps. */
import { atOnce, type Steps } from '../steps.ts';
import { eachInSteps, linesOfBytes } from './byte-lines.ts';
import { type Edits, fewestEdits } from './edits.ts';
import type { Hunk } from './hunks.ts';

type Run = Pick<Edits, 'sign'> & { lines: readonly string[] };

/** Equal lines around each change. */
export const CONTEXT = 3;
// Past this many edits the search costs more than a reader gains from a minimal diff
const MAX_EDITS = 2000;

/** The hunks that lead from one content to the other, with so many equal lines around each change. */
export const hunksBetween = (old: Uint8Array, now: Uint8Array, context: number): Hunk[] =>
  atOnce(findingHunks(old, now, context));
export function* findingHunks(old: Uint8Array, now: Uint8Array, context: number): Steps<Hunk[]> {
  const [before, after] = [yield* linesOfBytes(old), yield* linesOfBytes(now)];
  return yield* grouping(yield* findingRuns(before, after), context);
}

function* findingRuns(old: readonly string[], now: readonly string[]): Steps<Run[]> {
  let head = 0;
  while (head < old.length && head < now.length && old[head] === now[head]) head++;
  yield;
  let tail = 0;
  const most = Math.min(old.length, now.length) - head;
  while (tail < most && old[old.length - 1 - tail] === now[now.length - 1 - tail]) tail++;
  yield;
  const [before, after] = [old.slice(head, old.length - tail), now.slice(head, now.length - tail)];
  const edits = (yield* fewestEdits(before, after, MAX_EDITS)) ?? [
    { sign: '-' as const, count: before.length },
    { sign: '+' as const, count: after.length },
  ];
  let [oldAt, newAt] = [0, 0];
  const changed = edits.map(({ sign, count }): Run => {
    const lines = sign === '+' ? after.slice(newAt, newAt + count) : before.slice(oldAt, oldAt + count);
    if (sign !== '+') oldAt += count;
    if (sign !== '-') newAt += count;
    return { sign, lines };
  });
  const same = (lines: readonly string[]): Run => ({ sign: ' ', lines });
  const runs = [same(old.slice(0, head)), ...changed, same(old.slice(old.length - tail))];
  return runs.filter(({ lines }) => lines.length > 0);
}

function* grouping(runs: readonly Run[], context: number): Steps<Hunk[]> {
  const hunks: Hunk[] = [];
  let [oldAt, newAt] = [0, 0];
  let open: Hunk | null = null;
  function* take(hunk: Hunk, sign: Run['sign'], lines: readonly string[]): Steps<void> {
    yield* eachInSteps(lines, (line) => hunk.lines.push(sign + line));
    if (sign !== '+') hunk.oldLines += lines.length;
    if (sign !== '-') hunk.newLines += lines.length;
  }
  const begin = (skipped: number): Hunk => {
    const hunk = {
      oldStart: oldAt + skipped,
      newStart: newAt + skipped,
      oldLines: 0,
      newLines: 0,
      lines: [],
    };
    hunks.push(hunk);
    return hunk;
  };
  for (const [i, { sign, lines }] of runs.entries()) {
    if (sign === ' ') {
      const isLast = i === runs.length - 1;
      const ends = isLast || lines.length > 2 * context;
      if (open) yield* take(open, ' ', ends ? lines.slice(0, context) : lines);
      if (open && ends) open = null;
      if (!isLast && open === null) {
        const before = context === 0 ? [] : lines.slice(-context);
        open = begin(lines.length - before.length);
        yield* take(open, ' ', before);
      }
    } else {
      open ??= begin(0);
      yield* take(open, sign, lines);
    }
    if (sign !== '+') oldAt += lines.length;
    if (sign !== '-') newAt += lines.length;
  }
  // An empty side is named by the line before it, as git does
  return hunks.map((hunk) => ({
    ...hunk,
    oldStart: hunk.oldStart + (hunk.oldLines > 0 ? 1 : 0),
    newStart: hunk.newStart + (hunk.newLines > 0 ? 1 : 0),
  }));
}
