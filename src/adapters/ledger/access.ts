/** Who may write to a ledger: one process alone, one at a time beside others, or none where writing is forbidden. */
import { join } from 'node:path';
import type { LedgerMode } from '../../core/vocabulary.ts';
import type { AcquireLock } from '../../ports/index.ts';
import { forbidsWriting, systemFiles } from '../system/files.ts';
import { openShortLock, type ShortLock } from '../system/short-lock.ts';

const LOCK_TIMEOUT_MS = 5_000;

export type AccessOptions = {
  directory: string;
  /** Who asks for the lock, for the message that another process shows. */
  owner?: string;
  /** Exclusive mode: takes `<directory>/lock` for life. Without it the caller holds a lock of its own. */
  acquireLock?: AcquireLock;
  lockTimeoutMs?: number;
};

export type Access = {
  /** Held for each turn; undefined for who writes alone. */
  shared: ShortLock | undefined;
  /** Why nothing may be written. */
  unwritable: NodeJS.ErrnoException | null;
  release(): Promise<void>;
};

export const accessTo = (mode: LedgerMode, options: AccessOptions): Promise<Access> =>
  mode === 'shared' ? beside(options) : alone(options);

const lockPath = (directory: string): string => join(directory, 'lock');

async function alone({ directory, owner = 'entangle', acquireLock }: AccessOptions): Promise<Access> {
  await systemFiles.directory(directory);
  const held = await acquireLock?.(lockPath(directory), owner);
  return { shared: undefined, unwritable: null, release: async () => held?.release() };
}

/** Whole lines can be read without a lock: what forbids writing does not keep a command from showing them. */
async function beside(options: AccessOptions): Promise<Access> {
  const { directory, owner = 'entangle', lockTimeoutMs = LOCK_TIMEOUT_MS } = options;
  try {
    await systemFiles.directory(directory);
    const shared = await openShortLock(lockPath(directory), owner, lockTimeoutMs);
    return { shared, unwritable: null, release: () => shared.close() };
  } catch (error) {
    if (!forbidsWriting(error)) throw error;
    return { shared: UNLOCKED, unwritable: error, release: async () => {} };
  }
}

const UNLOCKED: ShortLock = { hold: (run) => run(), close: async () => {} };
