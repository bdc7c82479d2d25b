/** A kernel lock that many processes take for short: served in the order in which they came, whoever dies meanwhile. */
import type { FileHandle } from 'node:fs/promises';
import { heldBy, kernelLocks, openLockFile, writeOwner } from './lock.ts';
import { monotonicMs } from './monotonic.ts';

/** So many wait in order; who comes beyond them stands, and gets the last seat by chance. */
const SEATS = 16;
/** One looks again soon, then less often, most so who waits further back: or many would slow the owner down. */
const LOOK_MS = { first: 1, door: 2, eachSeat: 1 };
/** Free at so many looks for each that is before one: these are stopped, else the first of them would have taken it. */
const UNTAKEN_LOOKS = 32;

export type ShortLock = { hold<T>(run: () => Promise<T>): Promise<T>; close(): Promise<void> };

/**
 * A lock that is taken many times: the file stays open between. Whoever waits shares the line, so that nobody passes by
 * them, and has a seat of a row, each a lock too. One moves from a seat to the next alone, so nobody is overtaken but who is
 * stopped before it had the lock, or as slow as that, and all that a process had is free when it dies. `conflict` names the owner when
 * `timeoutMs` are over: it is held then.
 */
export async function openShortLock(path: string, owner: string, timeoutMs: number): Promise<ShortLock> {
  const [lock, line] = (await openAll([path, `${path}.next`])) as [FileHandle, FileHandle];
  let seats: FileHandle[] | undefined;
  const take = async () => {
    if (passes(lock, line)) return;
    const end = monotonicMs() + timeoutMs;
    // Opened by whoever has to wait: most never do
    seats ??= await openAll(Array.from({ length: SEATS }, (_, seat) => `${path}.next.${seat}`));
    await waitInLine({ lock, line, seats }, async () => {
      if (monotonicMs() < end) return false;
      if (kernelLocks().tryLock(lock.fd)) return true;
      throw await heldBy(path, lock);
    });
  };
  return {
    hold: async (run) => {
      await take();
      try {
        await writeOwner(lock, owner);
        return await run();
      } finally {
        kernelLocks().unlock(lock.fd);
      }
    },
    close: () => closeAll([lock, line, ...(seats ?? [])]),
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

/** Takes the lock at once where nobody has it and nobody waits. */
function passes(lock: FileHandle, line: FileHandle): boolean {
  const { tryLock, unlock } = kernelLocks();
  if (!tryLock(line.fd)) return false;
  try {
    return tryLock(lock.fd);
  } finally {
    unlock(line.fd);
  }
}

type Row = { lock: FileHandle; line: FileHandle; seats: readonly FileHandle[] };

/** Resolves with the lock taken; `atTheEnd` says whether it took it when there was no time left, or throws. */
async function waitInLine({ lock, line, seats }: Row, atTheEnd: () => Promise<boolean>): Promise<void> {
  const { tryLock, unlock } = kernelLocks();
  let [isInLine, seat] = [false, seats.length];
  let seenFree = 0;
  /** Takes what nobody takes. */
  const takesUntaken = (): boolean => {
    const isFree = tryLock(lock.fd);
    seenFree = isFree ? seenFree + 1 : 0;
    // Whoever sits nearer has seen enough before one has
    if (seenFree >= UNTAKEN_LOOKS * seat) return true;
    if (isFree) unlock(lock.fd);
    return false;
  };
  const leaveSeat = () => {
    const present = seats[seat];
    if (present !== undefined) unlock(present.fd);
  };
  try {
    for (let looked = 0; ; looked++) {
      // Refused while somebody passes: the next look gets it
      isInLine ||= tryLock(line.fd, { shared: true });
      for (let next = seats[seat - 1]; next !== undefined && tryLock(next.fd); next = seats[seat - 1]) {
        leaveSeat();
        seat -= 1;
        seenFree = 0;
      }
      if (seat === 0 ? tryLock(lock.fd) : takesUntaken()) return;
      if (await atTheEnd()) return;
      const look = Math.min(LOOK_MS.first + looked, LOOK_MS.door + seat * LOOK_MS.eachSeat);
      await new Promise((resolve) => setTimeout(resolve, look));
    }
  } finally {
    leaveSeat();
    if (isInLine) unlock(line.fd);
  }
}

async function openAll(paths: readonly string[]): Promise<FileHandle[]> {
  const files: FileHandle[] = [];
  try {
    for (const path of paths) files.push(await openLockFile(path));
    return files;
  } catch (error) {
    await closeAll(files);
    throw error;
  }
}

async function closeAll(files: readonly FileHandle[]): Promise<void> {
  for (const file of files) await file.close();
}
