/** What differs between two commits, file by file, with the contents of a few at a time. */
import { MAX_COMPARED } from '../../core/source/change-document.ts';
import type { ChangedFile, FileSide } from '../../core/source/changes.ts';
import { checkPath, comparePaths } from '../../core/source/paths.ts';
import { digestOfBlob, isSubmodule, listTree, readBlobs, type TreeEntry } from './entries.ts';

type Pair = { path: string; old: TreeEntry | undefined; now: TreeEntry | undefined };
/** Contents that are in memory together; a larger file is there alone. */
export const AT_ONCE = 16 * 1024 * 1024;
type List = typeof listTree;

/**
 * Changed files between two commits, sorted by path. From two bounded listings: `diff-tree` queues every pair before it
 * prints one, which a tree bomb makes endless.
 */
export async function* compareCommits(
  store: string,
  from: string,
  to: string,
  { list = listTree, read = readBlobs }: { list?: List; read?: typeof readBlobs } = {},
): AsyncGenerator<ChangedFile> {
  const pairs = (await changedPairs(store, from, to, list))
    .map((pair) => ({ ...pair, path: checkPath(pair.path) }))
    .sort((a, b) => comparePaths(a.path, b.path));
  for (const group of grouped(pairs)) {
    const blobs = await read(store, group.flatMap(({ old, now }) => [old, now]).filter(isHeld));
    const side = async (entry: TreeEntry | undefined): Promise<FileSide | null> => {
      if (entry === undefined) return null;
      const { mode, size } = entry;
      if (size > MAX_COMPARED) return { mode, size, sha256: await digestOfBlob(store, entry) };
      return { mode, bytes: blobs.get(entry.id) ?? submodule(entry) };
    };
    for (const { path, old, now } of group) yield { path, old: await side(old), new: await side(now) };
  }
}

const changedPairs = async (store: string, from: string, to: string, list: List): Promise<Pair[]> => {
  const before = new Map((await list(store, from)).map((entry) => [entry.raw, entry]));
  const after = new Map((await list(store, to)).map((entry) => [entry.raw, entry]));
  return [...new Set([...before.keys(), ...after.keys()])]
    .map((raw): Pair => pairOf(before.get(raw), after.get(raw)))
    .filter(({ old, now }) => old?.id !== now?.id || old?.mode !== now?.mode);
};

/** Both sides of what differs, as far as their contents are held. */
export const changedEntries = async (
  store: string,
  from: string,
  to: string,
  list: List,
): Promise<TreeEntry[]> =>
  (await changedPairs(store, from, to, list)).flatMap(({ old, now }) => [old, now]).filter(isHeld);

const pairOf = (old: TreeEntry | undefined, now: TreeEntry | undefined): Pair => ({
  path: (now ?? old)!.path,
  old,
  now,
});
const isHeld = (entry: TreeEntry | undefined): entry is TreeEntry =>
  entry !== undefined && !isSubmodule(entry) && entry.size <= MAX_COMPARED;
const submodule = ({ id }: TreeEntry): Uint8Array => new TextEncoder().encode(`Subproject commit ${id}\n`);

const grouped = (pairs: readonly Pair[]): Pair[][] => {
  const groups: Pair[][] = [];
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
