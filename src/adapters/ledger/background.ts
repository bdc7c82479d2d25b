/** A process that serves goes over all of its ledger again, beside what it is there for. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Suite } from '../../core/crypto/suite.ts';
import { readVerification, type Verification, writeVerification } from '../../core/ledger/verification.ts';
import type { Clock } from '../../ports/index.ts';
import { readBounded, writeAtomic } from '../system/files.ts';
import { verifyLedger } from './verify.ts';

const NAME = 'checked.json';
const MAX_BYTES = 16_384;
/** A start is busy enough; a day has room for millions of lines. */
const FIRST_MS = 60_000;
const AGAIN_MS = 86_400_000;
/** A tenth of an idle processor, and never so long that anything waits for it. */
const SLICE_MS = 5;
const PAUSE_MS = 45;
/** Of a pause in which the process did so much else, another follows; but now and then a slice has its turn. */
const BUSY = 0.3;
const MOST_PAUSES = 100;

export type BackgroundOptions = {
  directory: string;
  suite: Suite;
  clock: Clock;
  /** Told once of each ending: what was found. */
  found: (verification: Verification) => void;
  /** The first begins so much later. */
  firstMs?: number;
  /** Which part of the time since it was last asked the process was at work, from 0 to 1. */
  load?: () => number;
};
export type BackgroundCheck = {
  /** The newest; null before the first. */
  last(): Verification | null;
  stop(): Promise<void>;
};

/** What was found last in this ledger; null where nothing was, or nothing that can be read. */
export const lastVerification = async (directory: string): Promise<Verification | null> => {
  const bytes = await readBounded(join(directory, NAME), MAX_BYTES).catch(() => undefined);
  return bytes === undefined ? null : readVerification(bytes.toString('utf8'));
};

/** After a fault nothing is taken as it was: throws at it, as long as it is there, before anything is served. */
export const verifyAfterFault = async (
  directory: string,
  suite: Suite,
  { tell, verified }: { tell: (why: string) => void; verified: (line: number) => void },
): Promise<void> => {
  const fault = (await lastVerification(directory))?.fault;
  if (!fault) return;
  tell(`every line of the ledger is verified first, since one was not as it was written: ${fault}`);
  await verifyLedger(directory, suite, { verified });
  await rm(join(directory, NAME), { force: true });
};

/** Until a fault is found: there is no more to say then, and the next start verifies all before it serves. */
export const verifyInBackground = (options: BackgroundOptions): BackgroundCheck => {
  const { clock, directory, firstMs = FIRST_MS, found } = options;
  const stopping = new AbortController();
  let last: Verification | null = null;
  const loop = async () => {
    last = await lastVerification(directory);
    await clock.sleep(firstMs, stopping.signal);
    while (!stopping.signal.aborted && !last?.fault) {
      last = (await verifyOnce(options, stopping.signal)) ?? last;
      if (last === null || stopping.signal.aborted) return;
      // Where the disk takes nothing, this process knows it all the same
      await writeAtomic(join(directory, NAME), Buffer.from(writeVerification(last))).catch(() => undefined);
      found(last);
      await clock.sleep(AGAIN_MS, stopping.signal);
    }
  };
  const running = loop();
  return {
    last: () => last,
    stop: () => {
      stopping.abort();
      return running;
    },
  };
};

/** Null where it was stopped. A disk that cannot be read is a fault too. */
const verifyOnce = async (
  { directory, suite, clock, load = loadOfProcess() }: BackgroundOptions,
  signal: AbortSignal,
): Promise<Verification | null> => {
  let lines = 0;
  let began = clock.monotonic();
  const pause = async () => {
    load();
    for (let pauses = 0; pauses < MOST_PAUSES; pauses++) {
      await clock.sleep(PAUSE_MS, signal);
      if (signal.aborted) throw STOPPED;
      if (load() < BUSY) break;
    }
    began = clock.monotonic();
  };
  const verified = (line: number) => {
    lines = line;
  };
  const rest = () => (clock.monotonic() - began < SLICE_MS ? undefined : pause());
  try {
    await verifyLedger(directory, suite, { verified, rest });
    return { at: clock.now(), lines, fault: null };
  } catch (error) {
    return error === STOPPED ? null : { at: clock.now(), lines, fault: (error as Error).message };
  }
};

const STOPPED = new Error('stopped');

const loadOfProcess = (): (() => number) => {
  let before = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    return utilization;
  };
};
