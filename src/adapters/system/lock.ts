/** Kernel locks: free the instant their owner dies, held while it is stopped; no lease that could be taken over. */
import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { EntangleError } from '../../core/errors.ts';
import type { AcquireLock } from '../../ports/index.ts';
import { openPrivate } from './files.ts';

const OWNER_BYTES = 512;
const FLAGS = constants.O_RDWR | constants.O_CREAT;
/** How often a waiter looks again, in milliseconds: soon at first, then less often, or many would slow the owner down. */
const RETRY_MS = { first: 2, last: 20 };

type Native = { tryLock(fd: number): boolean; unlock(fd: number): void };
let native: Native | undefined;

/** Loaded on first use: commands that lock nothing do not pay for a native addon. */
function kernel(): Native {
  try {
    native ??= createRequire(import.meta.url)('fs-native-extensions') as Native;
    return native;
  } catch (cause) {
    const hint = 'use a platform that fs-native-extensions has a prebuilt binary for';
    throw new EntangleError('unavailable', 'file locks do not work here', { hint, cause });
  }
}

/** Takes the lock at once or throws `conflict` with the owner's name; the lock file itself stays for good. */
export const acquireLock: AcquireLock = async (path, owner) => {
  const file = await openPrivate(path, FLAGS);
  try {
    if (!kernel().tryLock(file.fd)) throw await heldBy(path, file);
    await writeOwner(file, owner);
  } catch (error) {
    await file.close();
    throw error;
  }
  let released = false;
  return {
    release: async () => {
      if (released) return;
      released = true;
      // Closing frees the lock; before that, so that nobody reads the name of an owner that is gone.
      await file.truncate(0).finally(() => file.close());
    },
  };
};

/** Whether somebody has it now; what may not be looked at counts as had. */
export async function isLockHeld(path: string): Promise<boolean> {
  const file = await openPrivate(path, constants.O_RDWR).catch((error: NodeJS.ErrnoException) => error);
  if (file instanceof Error) return file.code !== 'ENOENT';
  try {
    return !kernel().tryLock(file.fd);
  } finally {
    await file.close();
  }
}

/** Takes the lock, waiting its turn at most `timeoutMs`. `conflict` names the owner when the time is over. */
export type ShortLock = { hold<T>(run: () => Promise<T>): Promise<T>; close(): Promise<void> };

/**
 * A lock that is taken many times for short: the file stays open between. The second file is a waiting room
 * for one: who releases the lock must pass it to take the lock again, so a busy writer starves nobody.
 */
export async function openShortLock(path: string, owner: string, timeoutMs: number): Promise<ShortLock> {
  const lock = await openPrivate(path, FLAGS);
  const room = await openPrivate(`${path}.next`, FLAGS).catch(async (error: unknown) => {
    await lock.close();
    throw error;
  });
  const take = async () => {
    const end = performance.now() + timeoutMs;
    await waitFor(room, path, lock, end);
    try {
      await waitFor(lock, path, lock, end);
    } finally {
      kernel().unlock(room.fd);
    }
  };
  return {
    hold: async (run) => {
      await take();
      try {
        await writeOwner(lock, owner);
        return await run();
      } finally {
        kernel().unlock(lock.fd);
      }
    },
    close: async () => {
      await lock.close();
      await room.close();
    },
  };
}

/** One short lock: takes it, runs, releases it. */
export async function withLock<T>(
  options: { path: string; owner: string; timeoutMs: number },
  run: () => Promise<T>,
): Promise<T> {
  const lock = await openShortLock(options.path, options.owner, options.timeoutMs);
  try {
    return await lock.hold(run);
  } finally {
    await lock.close();
  }
}

async function waitFor(wanted: FileHandle, path: string, lock: FileHandle, end: number): Promise<void> {
  for (let wait = RETRY_MS.first; !kernel().tryLock(wanted.fd); wait = Math.min(wait + 1, RETRY_MS.last)) {
    if (performance.now() >= end) throw await heldBy(path, lock);
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

/**
 * The text is for people: another process reads it only to say who holds the lock, so a full disk does not
 * keep anybody from locking. Padded, so that one write replaces a longer name.
 */
async function writeOwner(file: FileHandle, owner: string): Promise<void> {
  const text = `${owner} (pid ${process.pid}, since ${STARTED})`;
  const bytes = Buffer.alloc(OWNER_BYTES, ' ');
  bytes.write(text.slice(0, OWNER_BYTES / 4));
  await file.write(bytes, 0, OWNER_BYTES, 0).catch(() => {});
}
const STARTED = new Date(performance.timeOrigin).toISOString();

async function heldBy(path: string, file: FileHandle): Promise<EntangleError> {
  const bytes = Buffer.alloc(OWNER_BYTES);
  const { bytesRead } = await file.read(bytes, 0, OWNER_BYTES, 0);
  const owner = bytes.subarray(0, bytesRead).toString().trim() || 'another process';
  return new EntangleError('conflict', `${path} is held by ${owner}`, {
    hint: 'stop that process: only one may serve a home at a time',
  });
}
