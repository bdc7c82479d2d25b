/** What one commit has in its tree, as bytes: a name may be anything that a file system takes. */
import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { EntangleError } from '../../core/errors.ts';
import { inSlices, resting } from '../../core/in-slices.ts';
import { checkPath } from '../../core/source/paths.ts';
import { lossyText } from '../../core/source/text.ts';
import type { Steps } from '../../core/steps.ts';
import { systemClock } from '../system/clock.ts';
import { hashFileAt } from '../system/hash-file.ts';
import { gitFailed } from './failure.ts';
import { COLLECT_LIMITS, LISTED_ENTRIES } from './limits.ts';
import { catFile, git, runGit } from './run.ts';
import { withScratch } from './store.ts';

/** `raw`: the path with one character for each byte. `isOdd`: no path of a change, since it is not safe everywhere. */
export type TreeEntry = { mode: string; id: string; size: number; raw: string; path: string; isOdd: boolean };

export const isLink = ({ mode }: TreeEntry): boolean => mode === '120000';
export const isSubmodule = ({ mode }: TreeEntry): boolean => mode === '160000';

export const tooLarge = (): EntangleError =>
  new EntangleError('invalid', 'the commit is too large for a workspace', {
    hint: `keep it to at most ${COLLECT_LIMITS.entries} files and ${COLLECT_LIMITS.bytes / 1024 / 1024} MiB`,
  });

/** By store and id, the one looked at last at the end: what an id names never changes. */
const listed = new Map<string, readonly TreeEntry[]>();

/** Every file of a commit or a tree, by its id, within the limits of a workspace (docs/threats.md T82: a tree can be a bomb). */
export const listTree = async (store: string, id: string): Promise<readonly TreeEntry[]> => {
  const key = `${store}\0${id}`;
  const entries = listed.get(key) ?? (await readListing(store, id));
  listed.delete(key);
  listed.set(key, entries);
  let held = 0;
  for (const one of listed.values()) held += one.length + 1;
  for (const [oldest, one] of listed) {
    if (held <= LISTED_ENTRIES) break;
    listed.delete(oldest);
    held -= one.length + 1;
  }
  return entries;
};

/** The same without keeping it. */
export const readListing = async (store: string, commit: string): Promise<readonly TreeEntry[]> => {
  const args = ['-r', '-l', '-z', '--full-tree', commit];
  const limits = { maxOutput: 32 * 1024 * 1024, overflow: tooLarge() };
  const result = await runGit({ store, verb: 'ls-tree', args, ...limits });
  if (result.code !== 0) throw gitFailed('ls-tree', result);
  const entries = await inSlices(systemClock, readRows(result.bytes));
  const bytes = entries.reduce((sum, entry) => sum + entry.size, 0);
  if (entries.length > COLLECT_LIMITS.entries || bytes > COLLECT_LIMITS.bytes) throw tooLarge();
  return entries;
};

/** So many are looked at between two rests. */
export const FILES_A_STEP = 256;
function* readRows(listing: Buffer): Steps<TreeEntry[]> {
  const rows = listing.toString('latin1').split('\0').slice(0, -1);
  const entries: TreeEntry[] = [];
  for (const row of rows) {
    entries.push(readRow(row));
    if (entries.length % FILES_A_STEP === 0) yield;
  }
  return entries;
}

const readRow = (row: string): TreeEntry => {
  const match = /^([0-7]{6}) [a-z]+ ([0-9a-f]{40}|[0-9a-f]{64}) +([0-9]+|-)\t(.+)$/s.exec(row);
  if (!match) throw new EntangleError('invalid', 'the tree of the commit is damaged');
  const [mode, id, size, raw] = match.slice(1) as [string, string, string, string];
  return { mode: canonicalMode(mode), id, size: Number(size === '-' ? 0 : size), raw, ...entryName(raw) };
};

/** Old tools wrote other permissions: git itself reads but one of them. */
export const canonicalMode = (mode: string): string =>
  /^100/.test(mode) ? (Number.parseInt(mode, 8) & 0o100 ? '100755' : '100644') : mode;

/** A path as text, and whether no change can be at it. */
export const entryName = (raw: string): { path: string; isOdd: boolean } => {
  const bytes = Buffer.from(raw, 'latin1');
  const path = bytes.toString('utf8');
  try {
    checkPath(path);
    if (Buffer.from(path).equals(bytes)) return { path, isOdd: false };
  } catch (error) {
    if (!(error instanceof EntangleError)) throw error;
  }
  return { path: lossyText(bytes), isOdd: true };
};

const missing = (): EntangleError =>
  new EntangleError('invalid', 'a changed file is missing from the git store or damaged');

/** Contents of blobs by id. */
export const readBlobs = async (
  store: string,
  entries: readonly Pick<TreeEntry, 'id' | 'size'>[],
): Promise<Map<string, Uint8Array>> => {
  const blobs = new Map<string, Uint8Array>();
  const sizes = new Map(entries.map((entry) => [entry.id, entry.size]));
  if (sizes.size === 0) return blobs;
  const input = [...sizes.keys()].map((id) => `${id}\n`).join('');
  const expected = [...sizes.values()].reduce((sum, size) => sum + size + 200, 0);
  const all = await catFile({ store, args: ['--batch'], input, maxOutput: expected });
  const rest = resting(systemClock);
  let at = 0;
  for (const [id, size] of sizes) {
    const start = all.indexOf(10, at) + 1;
    if (all.toString('latin1', at, start) !== `${id} blob ${size}\n` || start + size >= all.length) {
      throw missing();
    }
    blobs.set(id, Uint8Array.from(all.subarray(start, start + size)));
    at = start + size + 1;
    if (blobs.size % FILES_A_STEP === 0) await rest();
  }
  return blobs;
};

/** sha256 of a content that is too large to be held, through a file beside the store. */
export const digestOfBlob = (store: string, { id, size }: Pick<TreeEntry, 'id' | 'size'>): Promise<string> =>
  withScratch(store, async (scratch) => {
    await git({ store, verb: 'unpack-file', args: [id], cwd: scratch });
    const [name = ''] = await readdir(scratch);
    const hash = createHash('sha256');
    if ((await hashFileAt(hash, join(scratch, name))) !== size) throw missing();
    return hash.digest('hex');
  });
