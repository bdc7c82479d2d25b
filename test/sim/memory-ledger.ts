/**
 * A ledger in memory that is as honest as a disk: lines are followed at once and durable later, all that wait together
 * by one sync. A crash loses what was not synced but for some first lines of it, of which nobody was told.
 */

import { isoTime } from '../../src/core/encoding/time.ts';
import {
  type Entry,
  encodeLine,
  GENESIS,
  type Hash,
  type Head,
  type Line,
  nextLine,
} from '../../src/core/ledger/line.ts';
import type { Clock, Ledger } from '../../src/ports/index.ts';
import type { ProcessLife } from './process-life.ts';

export type SimulatedSync = {
  /** How long the next sync takes. */
  ms(): number;
  /** How many of so many lines under way reach the disk all the same when the process crashes. */
  keptOf(lines: number): number;
};
export type MemoryLedgerOptions = {
  /** The lines on disk. */
  lines: Line[];
  clock: Clock;
  sha256: Hash;
  follow: (line: Line) => void;
  life?: ProcessLife;
  sync?: SimulatedSync;
};
type Job = {
  build: () => Entry[];
  lines: Line[];
  resolve: (lines: Line[]) => void;
  reject: (error: unknown) => void;
};

const NEVER = new Promise<never>(() => {});

export const memoryLedger = (options: MemoryLedgerOptions): Ledger => {
  const { lines: disk, clock, sha256, follow, life, sync } = options;
  let head: Head = disk.at(-1) ?? GENESIS;
  /** Waiting for their `build`; followed and waiting for the disk. */
  const waiting: Job[] = [];
  let pending: Job[] = [];
  let isBuilding = false;
  let syncing: Promise<void> | null = null;
  let isClosed = false;
  let failure: { error: unknown } | null = null;
  life?.onEnd(() => {
    const lost = pending.flatMap(({ lines }) => lines);
    disk.push(...lost.slice(0, sync?.keptOf(lost.length) ?? 0));
    pending = [];
  });
  const flush = async (): Promise<void> => {
    // A burst of appends in one tick shares one write.
    await Promise.resolve();
    while (pending.length > 0) {
      const jobs = pending.length;
      if (failure) {
        for (const job of pending.splice(0)) job.reject(failure.error);
        continue;
      }
      if (sync) await clock.sleep(sync.ms());
      const durable = pending.splice(0, jobs);
      disk.push(...durable.flatMap(({ lines }) => lines));
      for (const { lines, resolve } of durable) resolve(lines);
    }
    syncing = null;
  };
  const linesOf = (entries: Entry[]): Line[] => {
    const at = isoTime(clock.now());
    const lines: Line[] = [];
    for (const entry of entries) lines.push(nextLine(sha256, lines.at(-1) ?? head, at, entry));
    for (const line of lines) encodeLine(line);
    return lines;
  };
  const buildOne = (job: Job): void => {
    try {
      if (failure) throw failure.error;
      job.lines = linesOf(job.build());
    } catch (error) {
      job.reject(error);
      return;
    }
    pending.push(job);
    try {
      for (const line of job.lines) {
        head = line;
        follow(line);
      }
    } catch (error) {
      failure = { error };
    }
  };
  /** An append from inside a build or a follower waits for its end. */
  const buildAll = (): void => {
    if (isBuilding) return;
    isBuilding = true;
    for (let job = waiting.shift(); job; job = waiting.shift()) buildOne(job);
    isBuilding = false;
  };
  return {
    get head() {
      return { n: head.n, chain: head.chain };
    },
    unwritable: null,
    append(build) {
      if (life?.isOver) return NEVER;
      if (failure) return Promise.reject(failure.error);
      if (isClosed) return Promise.reject(new Error('the ledger is closed'));
      return new Promise((resolve, reject) => {
        waiting.push({ build, lines: [], resolve, reject });
        buildAll();
        syncing ??= flush();
      });
    },
    async catchUp() {},
    async *read(from) {
      if (life?.isOver) await NEVER;
      for (let n = Math.max(from, 1); n <= disk.length; n++) yield disk[n - 1]!;
    },
    async close() {
      isClosed = true;
      await syncing;
    },
  };
};
