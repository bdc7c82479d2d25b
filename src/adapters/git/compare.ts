/** What differs between two commits, file by file, with the contents of a few at a time. */
import { MAX_COMPARED } from '../../core/source/change-document.ts';
import type { ChangedFile, FileSide } from '../../core/source/changes.ts';
import { checkPath, comparePaths } from '../../core/source/paths.ts';
import { digestOfBlob, isSubmodule, listTree, readBlobs, type TreeEntry } from './entries.ts';

/** What is at a path on both sides. */
export type ChangedPair = { path: string; old: TreeEntry | undefined; now: TreeEntry | undefined };
/** Contents that are in memory together; a larger file is there alone. */
export const AT_ONCE = 16 * 1024 * 1024;

/**
 * Changed files between two commits, sorted by path. From two bounded listings: `diff-tree` queues every pair before it
 * prints one, which a tree bomb makes endless.
 */
export async function* compareCommits(store: string, from: string, to: string): AsyncGenerator<ChangedFile> {
  const before = new Map((await listTree(store, from)).map((entry) => [entry.raw, entry]));
  const after = new Map((await listTree(store, to)).map((entry) => [entry.raw, entry]));
  const pairs = [...new Set([...before.keys(), ...after.keys()])]
    .map((raw): ChangedPair => pairOf(before.get(raw), after.get(raw)))
    .filter(({ old, now }) => old?.id !== now?.id || old?.mode !== now?.mode);
  yield* withContents(store, pairs);
}

/** The same of pairs that are known. */
export async function* withContents(
  store: string,
  pairs: readonly ChangedPair[],
  read = readBlobs,
): AsyncGenerator<ChangedFile> {
  const sorted = pairs
    .map((pair) => ({ ...pair, path: checkPath(pair.path) }))
    .sort((a, b) => comparePaths(a.path, b.path));
  for (const group of grouped(sorted)) {
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

const pairOf = (old: TreeEntry | undefined, now: TreeEntry | undefined): ChangedPair => ({
  path: (now ?? old)!.path,
  old,
  now,
});
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
