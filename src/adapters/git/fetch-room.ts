/**
 * Private room for what is fetched: gone with the work, and where a process was killed over it, with the next work. What
 * a remote writes into it has a bound, which git's own fetch knows none of.
 */
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EntangleError } from '../../core/errors.ts';
import { forbidsWriting, systemFiles } from '../system/files.ts';
import { acquireLock } from '../system/lock.ts';
import { withLock } from '../system/short-lock.ts';

const OWNER = 'entangle user artifact fetch';
/** Many may begin at once, and one of them may have much to clear. */
const TURN_MS = 60_000;

type Room = { path: string; release(): Promise<void> };

/** Gives `work` an empty directory below `rooms`; where a home may not be written, among what is temporary. */
export const withFetchRoom = async <T>(rooms: string, work: (store: string) => Promise<T>): Promise<T> => {
  const { path, release } = await openRoom(rooms).catch((error: unknown) => elsewhere(error));
  try {
    return await work(await mkdtemp(join(path, 'store-')));
  } finally {
    await remove(path);
    await release();
  }
};

/** One at a time: a room whose lock is free is then one that a killed process left. */
const openRoom = async (rooms: string): Promise<Room> => {
  await systemFiles.directory(rooms);
  const turn = { path: join(rooms, 'lock'), owner: OWNER, timeoutMs: TURN_MS };
  return withLock(turn, async () => {
    for (const entry of await readdir(rooms, { withFileTypes: true }))
      if (entry.isDirectory()) await clearLeft(join(rooms, entry.name));
    const path = await mkdtemp(join(rooms, 'room-'));
    return { path, ...(await lockOf(path)) };
  });
};

const lockOf = (room: string) => acquireLock(join(room, 'lock'), OWNER);

const clearLeft = async (room: string): Promise<void> => {
  const lock = await lockOf(room).catch((error: unknown) => {
    if (error instanceof EntangleError && error.code === 'conflict') return null;
    throw error;
  });
  if (lock === null) return;
  await remove(room);
  await lock.release();
};

const elsewhere = async (error: unknown): Promise<Room> => {
  if (!forbidsWriting(error)) throw error;
  return { path: await mkdtemp(join(tmpdir(), 'entangle-fetch-')), release: async () => undefined };
};

/** A git that was stopped may write its last while this goes on. */
const remove = (path: string): Promise<void> => rm(path, { recursive: true, force: true, maxRetries: 5 });

/** A file that grows tells nobody. */
const LOOK_MS = 100;

/** Stops `work`, and throws, as soon as files below the directory have more bytes than that. */
export const withinBytes = async <T>(
  directory: string,
  most: number,
  work: (stop: AbortSignal) => Promise<T>,
): Promise<T> => {
  const stop = new AbortController();
  const look = async (): Promise<void> => {
    if ((await bytesBelow(directory)) > most) stop.abort(tooMuch(most));
  };
  const timer = setInterval(() => void look(), LOOK_MS);
  try {
    const done = await work(stop.signal);
    await look();
    stop.signal.throwIfAborted();
    return done;
  } finally {
    clearInterval(timer);
  }
};

/** Some of them may go while they are looked at. */
const bytesBelow = async (directory: string): Promise<number> => {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile());
  const sizes = files.map(({ parentPath, name }) => stat(join(parentPath, name)).catch(() => ({ size: 0 })));
  return (await Promise.all(sizes)).reduce((sum, { size }) => sum + size, 0);
};

const tooMuch = (most: number): EntangleError =>
  new EntangleError('invalid', `the remote gives more than ${most} bytes for this commit; nothing was kept`, {
    hint: 'fetch it in a clone of that repository: what a clone has is not got again',
  });
