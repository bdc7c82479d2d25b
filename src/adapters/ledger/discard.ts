/** Removes a ledger as a whole, when nothing in it was ever answered. */
import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { acquireLock } from '../system/lock.ts';
import { removeMark } from './mark.ts';
import { removeSeals } from './seals.ts';

/**
 * What was derived from it goes first, then its segments, the newest first: what a crash leaves is a shorter ledger.
 * Throws conflict, with nothing removed, while a process has it.
 */
export const discardLedger = async (directory: string, derived: readonly string[]): Promise<void> => {
  if (!existsSync(directory)) return;
  const lock = await acquireLock(join(directory, 'lock'), 'entangle join');
  try {
    for (const path of derived) await rm(path, { force: true });
    await removeMark(directory);
    await removeSeals(directory);
    const segments = (await readdir(directory)).filter((name) => name.endsWith('.ndjson'));
    for (const name of segments.sort().reverse()) await rm(join(directory, name));
  } finally {
    await lock.release();
  }
};
