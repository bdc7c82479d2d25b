/**
 * Where the objects of others are until they are judged, as `git receive-pack` keeps what is pushed to it: a store of their own
 * that borrows what the store has. What is refused was never in the store.
 */
import { readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { forgetStore, isSha256, openStore, useSha256, withScratch } from './store.ts';

type Work = (apart: string, takeIn: () => Promise<void>) => Promise<void>;

/** `takeIn` gives the packs that came to the store; call it inside `withStore`. */
export const withQuarantine = (store: string, work: Work): Promise<void> =>
  withScratch(store, async (apart) => {
    try {
      if (isSha256(store)) await useSha256(apart);
      await openStore(apart);
      await writeFile(join(apart, 'objects/info/alternates'), `${join(store, 'objects')}\n`, { mode: 0o600 });
      await work(apart, () => movePacks(apart, store));
    } finally {
      forgetStore(apart);
    }
  });

/** Its index last: a pack without one is none, wherever this ends. */
const movePacks = async (from: string, to: string): Promise<void> => {
  const packs = (store: string): string => join(store, 'objects/pack');
  const names = (await readdir(packs(from))).filter((name) => name.startsWith('pack-'));
  const isIndex = (name: string): boolean => name.endsWith('.idx');
  for (const name of [...names.filter((one) => !isIndex(one)), ...names.filter(isIndex)])
    await rename(join(packs(from), name), join(packs(to), name));
};
