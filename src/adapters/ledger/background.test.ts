/** The check beside a serving process: it finds what no start looks at, in small slices, and the next start knows. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { entry, sha256 } from '../../../test/support/ledger-events.ts';
import { markSigner, ownEntry } from '../../../test/support/ledger-marks.ts';
import type { Suite } from '../../core/crypto/suite.ts';
import type { Verification } from '../../core/ledger/verification.ts';
import type { Clock } from '../../ports/index.ts';
import { suiteWasm } from '../crypto/suite-wasm.ts';
import { systemClock } from '../system/clock.ts';
import {
  type BackgroundOptions,
  lastVerification,
  verifyAfterFault,
  verifyInBackground,
} from './background.ts';
import { openLedger } from './ledger.ts';
import { segmentPath } from './read.ts';

const LINES = 300;
/** Signatures have rows of their own in `verify.test.ts`; here each of them is right. */
const suite: Suite = { ...suiteWasm, verify: () => true };
let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'entangle-background-'));
  const ledger = await opened();
  await ledger.append(() => [ownEntry(7)]);
  for (let i = 0; i < LINES - 1; i += 50)
    await ledger.append(() =>
      Array.from({ length: Math.min(50, LINES - 1 - i) }, (_, j) => entry(`e${i + j}`)),
    );
  await ledger.close();
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const opened = (told: string[] = []) =>
  openLedger({
    ...{ directory, mode: 'exclusive', from: 0, known: LINES, follow: () => {} },
    ...{ clock: systemClock, sha256, marks: markSigner(7), segmentBytes: 40_000 },
    onMark: (why) => told.push(why),
  });
const flip = async () => {
  const path = segmentPath(directory, 2);
  const bytes = await readFile(path);
  bytes[20_000]! ^= 1;
  await writeFile(path, bytes);
};

/** A clock that counts a millisecond for each look at it, and waits for nobody; `slept` are the pauses, in order. */
const quickClock = (mostSleeps = 1_000_000) => {
  const slept: number[] = [];
  let at = 0;
  const clock: Clock = {
    now: () => 1_790_000_000_000,
    monotonic: () => ++at,
    sleep: async (ms, signal) => {
      slept.push(ms);
      if (slept.length >= mostSleeps || ms > 1_000_000)
        await new Promise((resolve) => signal?.addEventListener('abort', resolve));
    },
  };
  return { clock, slept };
};
const found = async (options: Partial<BackgroundOptions> = {}) => {
  const { clock, slept } = quickClock();
  const { promise, resolve } = Promise.withResolvers<Verification>();
  const check = verifyInBackground({ directory, suite, clock, found: resolve, load: () => 0, ...options });
  const verification = await promise;
  return { verification, slept, check };
};
const RIGHT = { at: 1_790_000_000_000, lines: LINES, fault: null };

test('every line is gone over in slices of a few, beside the process that serves', async () => {
  const ledger = await opened();
  const { verification, slept, check } = await found();
  expect(verification).toEqual(RIGHT);
  expect(check.last()).toEqual(RIGHT);
  expect(await lastVerification(directory)).toEqual(RIGHT);
  // A look at the clock a line, five of them a slice
  expect(slept.filter((ms) => ms === 45).length).toBeGreaterThan(LINES / 7);
  expect(slept.slice(0, 1)).toEqual([60_000]);
  await check.stop();
  await ledger.close();
});

test('T155 a changed byte of a sealed segment is named with file and line, and nothing is served again before it is right', async () => {
  const told: string[] = [];
  const after = () =>
    verifyAfterFault(directory, suite, { tell: (why) => told.push(why), verified: () => {} });
  await after();
  await flip();
  const before: string[] = [];
  const ledger = await opened(before);
  expect([before, told]).toEqual([[], []]);
  const { verification, check } = await found();
  expect(verification.fault).toMatch(/000002\.ndjson is damaged at byte \d+, line \d+: /);
  await check.stop();
  await ledger.close();
  await expect(after()).rejects.toThrowError(/000002\.ndjson is damaged/);
  await expect(after()).rejects.toThrowError(/000002\.ndjson is damaged/);
  expect(told[0]).toContain(verification.fault);

  // The file is back from a backup
  await flip();
  await after();
  expect([told.length, await lastVerification(directory)]).toEqual([3, null]);
  await after();
  expect(told.length).toBe(3);
});

test('a fault is told once, and is not looked for again', async () => {
  await flip();
  let times = 0;
  const { slept, clock } = quickClock();
  const { promise, resolve } = Promise.withResolvers<void>();
  const check = verifyInBackground({
    ...{ directory, suite, clock, load: () => 0 },
    found: () => {
      times += 1;
      resolve();
    },
  });
  await promise;
  await check.stop();
  expect([times, slept.filter((ms) => ms === 86_400_000).length]).toEqual([1, 1]);
});

test('while the process has much else to do it waits, and has its turn all the same', async () => {
  const pauses = async (load: number): Promise<number> => {
    const { clock, slept } = quickClock();
    const { verification, check } = await found({ clock, load: () => load });
    await check.stop();
    expect(verification).toEqual(RIGHT);
    return slept.filter((ms) => ms === 45).length;
  };
  const idle = await pauses(0.2);
  expect(await pauses(0.9)).toBe(idle * 100);
});

test('stopped in the middle of it, it says nothing', async () => {
  const { clock, slept } = quickClock(10);
  const check = verifyInBackground({
    ...{ directory, suite, clock, load: () => 0 },
    found: () => expect.unreachable(),
  });
  await expect.poll(() => slept.length).toBe(10);
  await check.stop();
  expect([check.last(), await lastVerification(directory)]).toEqual([null, null]);
});

test('what another left in that file is not what was found', async () => {
  await writeFile(join(directory, 'checked.json'), '{"fault":"x"}');
  expect(await lastVerification(directory)).toBeNull();
});
