/** A serving home writes its read models by how much of them is new, and nothing while nothing was folded. */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import { openProjection } from '../../adapters/sqlite/projection.ts';
import { ROWS } from '../../core/projection/rows.ts';
import type { LedgerMode } from '../../core/vocabulary.ts';
import { saveAtIntervals } from './save-projection.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'entangle-saves-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** A home that serves, whose next half minute begins when the test says so. */
const serving = async () => {
  const file = join(directory, 'projection.sqlite');
  const projection = await openProjection({
    ...{ file, schema: ROWS, schemaVersion: 1, sha256: suiteWasm.sha256 },
  });
  let wake = () => {};
  let asleep = () => {};
  const sleep = (_ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve) => {
      wake = resolve;
      signal?.addEventListener('abort', () => resolve());
      asleep();
    });
  const lines = (count: number) => {
    for (let i = 0; i < count; i++) projection.fold(projection.folded + 1, () => {});
  };
  const read = (at: number) => projection.tables.put('syncs', { relay: 'wss://r', key: 'aa', at });
  const refuse = (count: number) => {
    for (let n = 0; n < count; n++) projection.tables.put('refused', { id: `${n}`, at: 2_000_000_000 });
  };
  const start = async (mode: LedgerMode = 'exclusive') => {
    const slept = new Promise<void>((resolve) => {
      asleep = resolve;
    });
    const saving = saveAtIntervals(projection, mode, () => {}, { now: Date.now, sleep });
    await slept;
    return saving;
  };
  const passes = async () => {
    const slept = new Promise<void>((resolve) => {
      asleep = resolve;
    });
    wake();
    await slept;
  };
  const written = () =>
    stat(file).then(
      ({ ino }) => ino,
      () => null,
    );
  return { projection, lines, read, refuse, start, passes, written };
};

test('what was folded at the start is written at once, later lines once they are a sixteenth of all', async () => {
  const { projection, lines, start, passes } = await serving();
  lines(320);
  const saving = await start();
  expect(projection.saved).toBe(320);
  lines(19);
  await passes();
  expect(projection.saved).toBe(320);
  lines(1);
  await passes();
  expect(projection.saved).toBe(340);
  lines(1);
  await saving.stop();
  expect(projection.saved).toBe(341);
});

test('a small home waits for sixteen lines, not for a sixteenth of few', async () => {
  const { projection, lines, start, passes } = await serving();
  lines(16);
  const saving = await start();
  lines(15);
  await passes();
  expect(projection.saved).toBe(16);
  await saving.stop();
});

test('T150 an idle home writes nothing, though it reads its relays; what it read is written at its end', async () => {
  const { lines, read, start, passes, written } = await serving();
  lines(20);
  const saving = await start();
  const before = await written();
  for (const at of [1_800_000_000, 1_800_009_000]) {
    read(at);
    await passes();
  }
  expect(await written()).toBe(before);
  await saving.stop();
  expect(await written()).not.toBe(before);
});

test('wraps that were refused are written down while it serves', async () => {
  const { refuse, start, passes, written } = await serving();
  const saving = await start();
  expect(await written()).toBeNull();
  refuse(15);
  await passes();
  expect(await written()).toBeNull();
  refuse(16);
  await passes();
  expect(await written()).not.toBeNull();
  await saving.stop();
});

test('what a relay is like is written when it changed, and not because it is the same later', async () => {
  const { projection, lines, start, passes, written } = await serving();
  lines(20);
  const saving = await start();
  const told = async (state: 'connecting' | 'synced', at: number) => {
    projection.tables.put('relays', { relay: 'wss://r', state, detail: '', at });
    await passes();
    return written();
  };
  const first = await told('connecting', 1_800_000_000);
  const synced = await told('synced', 1_800_000_001);
  expect(synced).not.toBe(first);
  expect(await told('synced', 1_800_000_002)).toBe(synced);
  await saving.stop();
});

test('a command that only looks saves what it had to fold, one that adds lines leaves them until they are sixteen', async () => {
  const { projection, lines, start } = await serving();
  const runs = async (folds: number, adds: number) => {
    lines(folds);
    const saving = await start('shared');
    lines(adds);
    await saving.stop();
    return projection.folded - projection.saved;
  };
  expect(await runs(1_000, 0)).toBe(0);
  expect([await runs(0, 1), await runs(0, 0), await runs(1, 0), await runs(0, 0)]).toEqual([1, 1, 2, 2]);
  expect([await runs(1, 0), await runs(3, 12), await runs(0, 1)]).toEqual([0, 15, 0]);
  expect([await runs(14_000, 0), await runs(15, 0), await runs(1, 0)]).toEqual([0, 15, 0]);
});
