/** What a runner keeps of sessions that are over: listed with its size, and removed on demand. */
import { join } from 'node:path';
import { fencedPlace } from '../../adapters/engines/account.ts';
import { createAcpEngine } from '../../adapters/engines/acp/engine.ts';
import { diskUse } from '../../adapters/engines/disk-use.ts';
import { createExecEngine } from '../../adapters/engines/exec/engine.ts';
import { keptPlacesIn, leftPlacesIn } from '../../adapters/engines/left-over.ts';
import { createGit } from '../../adapters/git/git.ts';
import { goneStoresIn, storesIn } from '../../adapters/git/store.ts';
import { heldIn, removeStore, usedAt } from '../../adapters/git/tidy.ts';
import { systemClock } from '../../adapters/system/clock.ts';
import { acquireLock, isLockHeld } from '../../adapters/system/lock.ts';
import { removeTree } from '../../adapters/system/remove-tree.ts';
import type { TidyStays } from '../../core/command-words.ts';
import { EntangleError } from '../../core/errors.ts';
import type { Tables } from '../../core/projection/rows.ts';
import { keeperOf } from '../../services/runner/store-care.ts';
import { isStoreOld, type OldPlace, oldPlace, type TidyTerms } from '../../services/runner/tidy.ts';
import { runnerConfig } from '../../services/setup/config.ts';
import { foldedTables } from '../wiring/folded-tables.ts';
import { requireMember } from '../wiring/home-config.ts';

export type TidyPlace = OldPlace & { path: string; bytes: number };
/** `commits`: that go of it; `isWhole`: it goes as a whole. */
export type TidyStore = {
  path: string;
  bytes: number;
  commits: number;
  isWhole: boolean;
  stays: TidyStays | null;
};
/** `isServed`: another process has the stores; `freed`: bytes that went, or would at least. */
export type TidiedRunner = {
  isDryRun: boolean;
  isServed: boolean;
  places: TidyPlace[];
  stores: TidyStore[];
  freed: number;
};
type Wanted = { olderMs: number; isDryRun: boolean; tell: (text: string) => void };
type Work = Wanted & { directory: string; tables: Tables; terms: TidyTerms };

/** Who serves has its home's lock: then its stores stay, and it tidies them itself each hour. A dry run takes no lock. */
export const tidyRunner = async (directory: string, wanted: Wanted): Promise<TidiedRunner> => {
  await requireMember(directory, runnerConfig, 'runner');
  const lock = join(directory, 'ledger', 'lock');
  const held = wanted.isDryRun ? null : await acquireLock(lock, 'entangle runner tidy').catch(unlessHeld);
  const isServed = held === null && (await isLockHeld(lock));
  try {
    const terms = { now: systemClock.now(), olderMs: wanted.olderMs, isServed };
    // Before the record is read: a turn that begins after that is in none of them
    const paths = await placesIn(directory);
    const work = { ...wanted, directory, tables: await foldedTables(directory), terms };
    const [places, stores] = [await tidyPlaces(work, paths), await tidyStores(work)];
    const { isDryRun } = wanted;
    const freed = [...places, ...stores].reduce((sum, one) => sum + one.freed, 0);
    const without = <T extends { freed: number }>({ freed: _, ...one }: T) => one;
    return { isDryRun, isServed, places: places.map(without), stores: stores.map(without), freed };
  } finally {
    await held?.release();
  }
};
const unlessHeld = (error: unknown): null => {
  if (error instanceof EntangleError && error.code === 'conflict') return null;
  throw error;
};
type Freed<T> = T & { freed: number };

const sizeOf = async (path: string): Promise<number> => (await diskUse([path])).bytes;

const placesIn = async (directory: string): Promise<string[]> => {
  const turns = [...new Set([join(directory, 'turns'), await fencedPlace(directory)])];
  const paths = await Promise.all(turns.flatMap((one) => [leftPlacesIn(one), keptPlacesIn(one)]));
  return paths.flat().sort();
};

const tidyPlaces = async (work: Work, paths: readonly string[]): Promise<Freed<TidyPlace>[]> => {
  const places: Freed<TidyPlace>[] = [];
  for (const path of paths) {
    const place = { ...oldPlace(work.tables, path, work.terms), path, bytes: await sizeOf(path) };
    const goes = place.stays === null && (await isRemoved(work, path, () => clearPlace(path)));
    const stays = place.stays ?? (goes ? null : 'failed');
    places.push({ ...place, stays, freed: goes ? place.bytes : 0 });
  }
  return places;
};
/** What a turn left running must not write there any more. */
const clearPlace = async (path: string): Promise<void> => {
  for (const engine of [createExecEngine(), createAcpEngine()]) await engine.recover(`${path}/scratch`);
  await removeTree(path);
};

/** False where it could not be; of a dry run true. */
const isRemoved = async (
  { isDryRun, tell }: Wanted,
  path: string,
  remove: () => Promise<unknown>,
): Promise<boolean> => {
  if (isDryRun) return true;
  try {
    await remove();
    return true;
  } catch (error) {
    tell(`cannot tidy ${path}: ${error instanceof Error ? error.message : String(error)}`);
    return false;
  }
};

const tidyStores = async (work: Work): Promise<Freed<TidyStore>[]> => {
  const { directory, tables, terms, isDryRun } = work;
  const now = Math.floor(terms.now / 1000);
  const keeps = keeperOf({ tables }, now, true);
  const goes = (commit: string, since: number) =>
    now - since >= terms.olderMs / 1000 && !keeps(commit, since);
  if (!isDryRun && !terms.isServed) for (const path of await goneStoresIn(directory)) await removeTree(path);
  const stores: Freed<TidyStore>[] = [];
  for (const path of (await storesIn(directory)).sort()) {
    const held = await heldIn(path);
    const going = held.filter(({ commit, since }) => goes(commit, since));
    const isWhole = going.length === held.length && isStoreOld(await usedAt(path), terms);
    const bytes = await sizeOf(path);
    const store = { path, bytes, commits: going.length, isWhole };
    const isWanted = isWhole || going.length > 0;
    if (terms.isServed || !isWanted) {
      const stays = terms.isServed ? 'served' : 'needed';
      stores.push({ ...store, ...(terms.isServed ? { commits: 0, isWhole: false } : {}), stays, freed: 0 });
      continue;
    }
    const remove = () =>
      isWhole ? removeStore(path) : createGit().tidy(path, (commit, since) => !goes(commit, since), true);
    const isDone = await isRemoved(work, path, remove);
    const left = !isDone ? bytes : isWhole ? 0 : await sizeOf(path);
    stores.push({ ...store, stays: isDone ? null : 'failed', freed: Math.max(0, bytes - left) });
  }
  return stores;
};
