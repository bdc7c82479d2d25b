/** Commits that a store holds for no branch, each under a reference of its own; and what goes when nothing holds it. */
import { readdir, rename, stat, utimes } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fits } from '../../core/encoding/grammar.ts';
import { COMMIT_ID } from '../../core/grammars.ts';
import type { Tidied } from '../../ports/index.ts';
import { removeTree } from '../system/remove-tree.ts';
import { readRef } from './refs.ts';
import { git } from './run.ts';
import { forgetStore, GONE, openStore } from './store.ts';

const HELD = 'refs/entangle';

/** Reachable by its own reference, since now: that is when its file was written, which nobody else can say. */
export const keep = async (store: string, commit: string): Promise<void> => {
  const ref = `${HELD}/${commit}`;
  if ((await readRef(store, ref)) !== commit) await git({ store, verb: 'update-ref', args: [ref, commit] });
  const now = new Date();
  await utimes(join(store, ref), now, now).catch(unlessPacked);
};

/** Whoever packed it by hand keeps it: what is not a file of its own is not looked at again. */
const unlessPacked = (error: NodeJS.ErrnoException): void => {
  if (error.code !== 'ENOENT') throw error;
};

/** Commits that a store holds for no branch, with since when, in seconds. */
export const heldIn = async (store: string): Promise<{ commit: string; since: number }[]> => {
  // Evidence of all commits stands beside them there, under names of its own
  const held = (await namesIn(join(store, HELD))).filter((name) => fits(COMMIT_ID, name));
  const found = await Promise.all(
    held.map(async (commit) => ({ commit, at: await changedAt(join(store, HELD, commit)) })),
  );
  return found.flatMap(({ commit, at }) => (at === null ? [] : [{ commit, since: Math.floor(at / 1000) }]));
};

/** When a store was last fetched into, or held or let go of a commit, in milliseconds: each of these writes one of its names. */
export const usedAt = async (store: string): Promise<number> => {
  const names = ['.', 'objects', 'objects/pack', 'refs', HELD, 'packed-refs'];
  const times = await Promise.all(names.map((name) => changedAt(join(store, name))));
  return Math.max(
    0,
    ...times.map((at) => at ?? 0),
    ...(await heldIn(store)).map(({ since }) => since * 1000),
  );
};
const changedAt = (path: string): Promise<number | null> =>
  stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    },
  );

/** Gone at once for whoever opens it next: half a store would pass for a whole one. */
export const removeStore = async (store: string): Promise<void> => {
  const away = join(dirname(store), `${GONE}${basename(store)}`);
  await removeTree(away);
  await rename(store, away);
  forgetStore(store);
  await removeTree(away);
};

/** So many commits that went, packs, and fifties of single objects together are worth writing the packs anew. */
const ENOUGH = 20;
const OBJECTS_EACH = 50;
const REPACK_MS = 10 * 60_000;

/** Call inside `withStore`, while nobody else uses the store. */
export const tidyStore = async (
  store: string,
  keeps: (commit: string, since: number) => boolean,
  thorough: boolean,
): Promise<Tidied> => {
  // What a git of before left goes as when the store was opened first
  forgetStore(store);
  await openStore(store);
  const dropped: string[] = [];
  for (const { commit, since } of await heldIn(store)) if (!keeps(commit, since)) dropped.push(commit);
  const input = dropped.map((commit) => `delete ${HELD}/${commit}\n`).join('');
  if (input !== '') await git({ store, verb: 'update-ref', args: ['--stdin'], input });
  const { packs, single } = await counted(store);
  const isWorth = dropped.length + packs + single / OBJECTS_EACH >= ENOUGH;
  const isRepacked = thorough || isWorth;
  if (isRepacked) {
    // One new pack of all that is held, whole before any old one goes
    const args = ['-a', '-d', '-q', '--threads=1', '--window-memory=64m'];
    await git({ store, verb: 'repack', args, timeoutMs: REPACK_MS });
    await git({ store, verb: 'prune', args: ['--expire=now'], timeoutMs: REPACK_MS });
  }
  return { dropped, isRepacked };
};

const namesIn = (directory: string): Promise<string[]> => readdir(directory).catch(() => []);

const counted = async (store: string): Promise<{ packs: number; single: number }> => {
  const objects = join(store, 'objects');
  const packs = (await namesIn(join(objects, 'pack'))).filter((name) => name.endsWith('.pack')).length;
  const single = (await namesIn(objects)).filter((name) => name.length === 2);
  const names = await Promise.all(single.map((name) => namesIn(join(objects, name))));
  return { packs, single: names.flat().length };
};
