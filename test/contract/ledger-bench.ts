/** Ledgers under test: files of one process, files that processes share, and memory. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { openLedger } from '../../src/adapters/ledger/ledger.ts';
import { readLedger } from '../../src/adapters/ledger/read.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import type { Line } from '../../src/core/ledger/line.ts';
import type { Clock, Ledger } from '../../src/ports/index.ts';
import { memoryLedger } from '../sim/memory-ledger.ts';
import { sha256 } from '../support/ledger-events.ts';

export type OpenedLedger = { ledger: Ledger; durable(): Promise<Line[]> };
export type Follow = (line: Line) => void;

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'entangle-ledger-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

export const collect = async (lines: AsyncIterable<Line>): Promise<Line[]> => {
  const all: Line[] = [];
  for await (const line of lines) all.push(line);
  return all;
};
let serial = 0;
export const fileLedger =
  (mode: 'exclusive' | 'shared') =>
  async (follow: Follow): Promise<OpenedLedger> => {
    const own = join(directory, String(serial++));
    const ledger = await openLedger({ directory: own, mode, from: 0, follow, clock: systemClock, sha256 });
    return { ledger, durable: () => collect(readLedger(own, 1)) };
  };
/** Every sync takes a turn of the event loop, as a disk would. */
const clock: Clock = { ...systemClock, sleep: () => new Promise((done) => setImmediate(done)) };
export const ledgerInMemory = async (follow: Follow): Promise<OpenedLedger> => {
  const lines: Line[] = [];
  const sync = { ms: () => 1, keptOf: () => 0 };
  return { ledger: memoryLedger({ lines, clock, sha256, follow, sync }), durable: async () => [...lines] };
};
