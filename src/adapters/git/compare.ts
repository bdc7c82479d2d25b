/** What differs between two commits, file by file, with the contents of a few at a time. */
import { EntangleError } from '../../core/errors.ts';
import type { ChangedFile, FileSide } from '../../core/source/changes.ts';
import { checkPath, comparePaths } from '../../core/source/paths.ts';
import { catFile } from './run.ts';
import { type Entry, listTree } from './tree.ts';

type Pair = { path: string; old: Entry | undefined; now: Entry | undefined };
/** Contents that are in memory together; a larger file is there alone. */
const AT_ONCE = 16 * 1024 * 1024;

/**
 * Changed files between two commits, sorted by path. From two bounded listings: `diff-tree` queues every pair before it
 * prints one, which a tree bomb makes endless.
 */
export async function* compareCommits(store: string, from: string, to: string): AsyncGenerator<ChangedFile> {
  const before = new Map((await listTree(store, from)).map((entry) => [entry.path, entry]));
  const after = new Map((await listTree(store, to)).map((entry) => [entry.path, entry]));
  const pairs = [...new Set([...before.keys(), ...after.keys()])]
    .map((path): Pair => ({ path, old: before.get(path), now: after.get(path) }))
    .filter(({ old, now }) => old?.id !== now?.id || old?.mode !== now?.mode)
    .sort((a, b) => comparePaths(checkPath(a.path), checkPath(b.path)));
  for (const group of grouped(pairs)) {
    const blobs = await readBlobs(store, group.flatMap(({ old, now }) => [old, now]).filter(isBlob));
    const side = (entry: Entry | undefined): FileSide | null =>
      entry === undefined ? null : { mode: entry.mode, bytes: blobs.get(entry.id) ?? submodule(entry) };
    for (const { path, old, now } of group) yield { path, old: side(old), new: side(now) };
  }
}

const isBlob = (entry: Entry | undefined): entry is Entry => entry !== undefined && entry.mode !== '160000';
const submodule = ({ id }: Entry): Uint8Array => new TextEncoder().encode(`Subproject commit ${id}\n`);

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

/** Contents of blobs by id. */
const readBlobs = async (store: string, entries: readonly Entry[]): Promise<Map<string, Uint8Array>> => {
  const blobs = new Map<string, Uint8Array>();
  const sizes = new Map(entries.map((entry) => [entry.id, entry.size]));
  if (sizes.size === 0) return blobs;
  const input = [...sizes.keys()].map((id) => `${id}\n`).join('');
  const expected = [...sizes.values()].reduce((sum, size) => sum + size + 200, 0);
  const all = await catFile({ store, args: ['--batch'], input, maxOutput: expected });
  let at = 0;
  for (const [id, size] of sizes) {
    const start = all.indexOf(10, at) + 1;
    if (all.toString('latin1', at, start) !== `${id} blob ${size}\n` || start + size >= all.length) {
      throw new EntangleError('invalid', 'a changed file is missing from the git store or damaged');
    }
    blobs.set(id, Uint8Array.from(all.subarray(start, start + size)));
    at = start + size + 1;
  }
  return blobs;
};
