/**
 * A ledger in memory that is as honest as a disk: lines are followed at once and durable later, all that wait together
 * by one sync. A crash loses what was not synced but for some first lines of it, of which nobody was told.
 */

import { isoTime } from '../../src/core/encoding/time.ts';
import {
  type Entry,
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
type Job = { lines: Line[]; done: (lines: Line[]) => void };

const NEVER = new Promise<never>(() => {});

export const memoryLedger = (options: MemoryLedgerOptions): Ledger => {
  const { lines: disk, clock, sha256, follow, life, sync } = options;
  let head: Head = disk.at(-1) ?? GENESIS;
  let pending: Job[] = [];
  let syncing: Promise<void> | null = null;
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
      if (sync) await clock.sleep(sync.ms());
      const durable = pending.splice(0, jobs);
      disk.push(...durable.flatMap(({ lines }) => lines));
      for (const { lines, done } of durable) done(lines);
    }
    syncing = null;
  };
  const build = (entries: Entry[]): Line[] => {
    const at = isoTime(clock.now());
    const lines: Line[] = [];
    for (const entry of entries) {
      const line = nextLine(sha256, lines.at(-1) ?? head, at, entry);
      lines.push(line);
    }
    return lines;
  };
  return {
    get head() {
      return { n: head.n, chain: head.chain };
    },
    append(entries) {
      if (life?.isOver) return NEVER;
      let lines: Line[];
      try {
        lines = build(entries());
      } catch (error) {
        return Promise.reject(error);
      }
      for (const line of lines) {
        head = line;
        follow(line);
      }
      return new Promise((done) => {
        pending.push({ lines, done });
        syncing ??= flush();
      });
    },
    async catchUp() {},
    async *read(from) {
      if (life?.isOver) await NEVER;
      for (let n = from; n <= disk.length; n++) yield disk[n - 1]!;
    },
    async close() {
      await syncing;
    },
  };
};
