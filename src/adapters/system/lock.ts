/** Kernel locks: free the instant their owner dies, held while it is stopped; no lease that could be taken over. */
import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { EntangleError } from '../../core/errors.ts';
import type { AcquireLock } from '../../ports/index.ts';
import { loadAddon } from './addon.ts';
import { openPrivate } from './files.ts';
import { monotonicMs } from './monotonic.ts';

const OWNER_BYTES = 512;
const FLAGS = constants.O_RDWR | constants.O_CREAT;

/** Locks of whole files alone: macOS has no others. */
type Native = { tryLock(fd: number, options?: { shared: boolean }): boolean; unlock(fd: number): void };
/** What the package has compiled; from which byte on and how many, where none are all. */
type Addon = {
  tryLock(fd: number, from: number, bytes: number, isExclusive: boolean): void;
  unlock(fd: number, from: number, bytes: number): void;
};
let native: Native | undefined;

/** Taken from where it lies: the package reads a dozen others to look for it, which takes longer than all locks of a command. */
const builtAddon = (): Addon =>
  loadAddon(() =>
    createRequire(import.meta.url)(
      `fs-native-extensions/prebuilds/${process.platform}-${process.arch}/fs-native-extensions.node`,
    ),
  );

const locksOf = (addon: Addon): Native => ({
  tryLock(fd, { shared } = { shared: false }) {
    try {
      addon.tryLock(fd, 0, 0, !shared);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return false;
      throw error;
    }
  },
  unlock: (fd) => addon.unlock(fd, 0, 0),
});

/** Loaded on first use: commands that lock nothing do not pay for a native addon. */
export function kernelLocks(): Native {
  try {
    native ??= locksOf(builtAddon());
    return native;
  } catch (cause) {
    const hint = 'use a platform that fs-native-extensions has a prebuilt binary for';
    throw new EntangleError('unavailable', 'file locks do not work here', { hint, cause });
  }
}

export const openLockFile = (path: string): Promise<FileHandle> => openPrivate(path, FLAGS);

/** Takes the lock at once or throws `conflict` with the owner's name; the lock file itself stays for good. */
export const acquireLock: AcquireLock = async (path, owner) => {
  const file = await openLockFile(path);
  try {
    if (!kernelLocks().tryLock(file.fd)) throw await heldBy(path, file);
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
    return !kernelLocks().tryLock(file.fd);
  } finally {
    await file.close();
  }
}

/**
 * The text is for people: another process reads it only to say who holds the lock, so a full disk does not
 * keep anybody from locking. Padded, so that one write replaces a longer name.
 */
export async function writeOwner(file: FileHandle, owner: string): Promise<void> {
  const text = `${owner} (pid ${process.pid}, since ${STARTED})`;
  const bytes = Buffer.alloc(OWNER_BYTES, ' ');
  bytes.write(text.slice(0, OWNER_BYTES / 4));
  await file.write(bytes, 0, OWNER_BYTES, 0).catch(() => {});
}
const STARTED = new Date(Date.now() - monotonicMs()).toISOString();

export async function heldBy(path: string, file: FileHandle): Promise<EntangleError> {
  const bytes = Buffer.alloc(OWNER_BYTES);
  const { bytesRead } = await file.read(bytes, 0, OWNER_BYTES, 0);
  const owner = bytes.subarray(0, bytesRead).toString().trim() || 'another process';
  return new EntangleError('conflict', `${path} is held by ${owner}`, {
    hint: 'stop that process: only one may serve a home at a time',
  });
}
