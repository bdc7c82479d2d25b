/** Kernel locks: free the instant their owner dies, held while it is stopped; no lease that could be taken over. */
import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { EntangleError } from '../../core/errors.ts';
import type { AcquireLock } from '../../ports/index.ts';
import { openPrivate } from './files.ts';

const OWNER_BYTES = 512;
const TURN_BYTES = 32;
const FLAGS = constants.O_RDWR | constants.O_CREAT;
/**
 * How often one looks again, in milliseconds. In the room: of many the one that came first gets it, since who waits longer
 * looks sooner; and those that came last slow nobody down. At the door there is one at a time.
 */
const ROOM_MS = { first: 40, last: 4, halvesEach: 150 };
const DOOR_MS = 2;

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
    if (!kernel().tryLock(file.fd)) throw heldBy(path, (await turnIn(file)).owner);
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

/** Takes the lock; `conflict` names the owner when the same one had it for all of `timeoutMs`. */
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
    const wait = { path, lock, timeoutMs };
    await waitFor(room, wait, inRoom);
    try {
      await waitFor(lock, wait, () => DOOR_MS);
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

type Wait = { path: string; lock: FileHandle; timeoutMs: number };

/** While the lock goes from one owner to the next it comes here too: only one that stays is given up on. */
async function waitFor(
  wanted: FileHandle,
  { path, lock, timeoutMs }: Wait,
  again: (waited: number) => number,
): Promise<void> {
  if (kernel().tryLock(wanted.fd)) return;
  const start = performance.now();
  let [turn, since] = [await turnIn(lock), start];
  for (let now = start; !kernel().tryLock(wanted.fd); now = performance.now()) {
    if (now - since >= timeoutMs) {
      const present = await turnIn(lock);
      if (present.which === turn.which) throw heldBy(path, present.owner);
      [turn, since] = [present, now];
    }
    await new Promise((resolve) => setTimeout(resolve, again(now - start)));
  }
}

const inRoom = (waited: number): number =>
  Math.max(ROOM_MS.first * 2 ** -(waited / ROOM_MS.halvesEach), ROOM_MS.last);

/**
 * The text is for people: another process reads it only to say who holds the lock, so a full disk does not
 * keep anybody from locking. Padded, so that one write replaces a longer name; at its end, which turn it is.
 */
async function writeOwner(file: FileHandle, owner: string): Promise<void> {
  const text = `${owner} (pid ${process.pid}, since ${STARTED})`;
  const bytes = Buffer.alloc(OWNER_BYTES, ' ');
  bytes.write(text.slice(0, OWNER_BYTES / 4));
  bytes.write(`${performance.now()}`.slice(0, TURN_BYTES), OWNER_BYTES - TURN_BYTES);
  await file.write(bytes, 0, OWNER_BYTES, 0).catch(() => {});
}
const STARTED = new Date(performance.timeOrigin).toISOString();

/** `which`: another one each time that somebody takes the lock. */
async function turnIn(file: FileHandle): Promise<{ which: string; owner: string }> {
  const bytes = Buffer.alloc(OWNER_BYTES);
  const { bytesRead } = await file.read(bytes, 0, OWNER_BYTES, 0);
  const owner = bytes
    .subarray(0, Math.min(bytesRead, OWNER_BYTES - TURN_BYTES))
    .toString()
    .trim();
  return { which: bytes.toString('latin1'), owner: owner || 'another process' };
}

const heldBy = (path: string, owner: string): EntangleError =>
  new EntangleError('conflict', `${path} is held by ${owner}`, {
    hint: 'stop that process: only one may serve a home at a time',
  });
