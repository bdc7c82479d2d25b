/** What differs between two commits, file by file, with the contents of a few at a time. */
import { inSlices } from '../../core/in-slices.ts';
import { MAX_COMPARED } from '../../core/source/change-document.ts';
import type { ChangedFile, FileSide } from '../../core/source/changes.ts';
import { checkPath, comparePaths } from '../../core/source/paths.ts';
import type { Steps } from '../../core/steps.ts';
import { systemClock } from '../system/clock.ts';
import { digestOfBlob, FILES_A_STEP, isSubmodule, listTree, readBlobs, type TreeEntry } from './entries.ts';

/** What is at a path on both sides. */
export type ChangedPair = { path: string; old: TreeEntry | undefined; now: TreeEntry | undefined };
/** Contents that are in memory together; a larger file is there alone. */
export const AT_ONCE = 16 * 1024 * 1024;

/**
 * Changed files between two commits, sorted by path. From two bounded listings: `diff-tree` queues every pair before it
 * prints one, which a tree bomb makes endless.
 */
export async function* compareCommits(store: string, from: string, to: string): AsyncGenerator<ChangedFile> {
  const [before, after] = [await listTree(store, from), await listTree(store, to)];
  yield* withContents(store, await inSlices(systemClock, differing(before, after)));
}

/** A tree may have a hundred thousand files. */
function* differing(before: readonly TreeEntry[], after: readonly TreeEntry[]): Steps<ChangedPair[]> {
  const left = new Map<string, TreeEntry>();
  for (const [at, entry] of before.entries()) {
    left.set(entry.raw, entry);
    if (at % FILES_A_STEP === 0) yield;
  }
  const pairs: ChangedPair[] = [];
  for (const [at, now] of after.entries()) {
    const old = left.get(now.raw);
    left.delete(now.raw);
    if (old?.id !== now.id || old.mode !== now.mode) pairs.push({ path: now.path, old, now });
    if (at % FILES_A_STEP === 0) yield;
  }
  for (const old of left.values()) pairs.push({ path: old.path, old, now: undefined });
  return pairs;
}

function* sortedByPath(pairs: readonly ChangedPair[]): Steps<ChangedPair[]> {
  const checked: ChangedPair[] = [];
  for (const [at, pair] of pairs.entries()) {
    checked.push({ ...pair, path: checkPath(pair.path) });
    if (at % FILES_A_STEP === 0) yield;
  }
  return checked.sort((a, b) => comparePaths(a.path, b.path));
}

/** The same of pairs that are known. */
export async function* withContents(
  store: string,
  pairs: readonly ChangedPair[],
  read = readBlobs,
): AsyncGenerator<ChangedFile> {
  for (const group of grouped(await inSlices(systemClock, sortedByPath(pairs)))) {
    const blobs = await read(store, heldSides(group));
    const side = async (entry: TreeEntry | undefined): Promise<FileSide | null> => {
      if (entry === undefined) return null;
      const { mode, size } = entry;
      if (size > MAX_COMPARED) return { mode, size, sha256: await digestOfBlob(store, entry) };
      return { mode, bytes: blobs.get(entry.id) ?? submodule(entry) };
    };
    for (const { path, old, now } of group) yield { path, old: await side(old), new: await side(now) };
  }
}

/** Both sides, as far as their contents are held. */
export const heldSides = (pairs: readonly ChangedPair[]): TreeEntry[] =>
  pairs.flatMap(({ old, now }) => [old, now]).filter(isHeld);

const isHeld = (entry: TreeEntry | undefined): entry is TreeEntry =>
  entry !== undefined && !isSubmodule(entry) && entry.size <= MAX_COMPARED;
const submodule = ({ id }: TreeEntry): Uint8Array => new TextEncoder().encode(`Subproject commit ${id}\n`);

const grouped = (pairs: readonly ChangedPair[]): ChangedPair[][] => {
  const groups: ChangedPair[][] = [];
  let size = AT_ONCE + 1;
  for (const pair of pairs) {
    const more = (pair.old?.size ?? 0) + (pair.now?.size ?? 0);
    if (size + more > AT_ONCE) {
      groups.push([]);
      size = 0;
    }
    groups.at(-1)!.push(pair);
    size += more;
  }
  return groups;
};
