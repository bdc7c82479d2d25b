/** A turn begins only where there is disk for it; what is over the bound goes first, and never what is needed. */
import { expect, test } from 'vitest';
import { NO_BOUND, type SingleRunner, startReadyRunner } from '../../../test/sim/single-runner.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { KEPT_DISK, KEPT_WORK } from '../../core/bounds.ts';
import { EntangleError } from '../../core/errors.ts';
import { nowSeconds } from '../messaging/home.ts';

const [S, T, U] = [0xe1, 0xe2, 0xe3].map(uuidOf) as [string, string, string];
const MIB = 1024 ** 2;

/** Of 1000 MiB or that many names; what is used is what `taken` says at that moment. */
const bounded = (one: SingleRunner, taken: () => { bytes?: number; entries?: number; free?: number }) => {
  const none = { bytes: 0, entries: 0, free: NO_BOUND.bytes };
  one.runner.disk = {
    ...{ bytes: 1000 * MIB, entries: 100_000 },
    used: async () => ({ ...none, ...taken() }),
  };
};

test.each([
  [
    'bytes of its bound',
    { bytes: 900 * MIB },
    'a turn needs 256 MiB of disk, and its runner has 100 MiB left for all that run: it may keep 1000 MiB, and keeps 900 MiB',
  ],
  [
    'bytes of the disk',
    { free: 5 * MIB },
    'a turn needs 256 MiB of disk, and its runner has 5 MiB left for all that run: it may keep 1000 MiB, and keeps 0 MiB',
  ],
  [
    'files',
    { entries: 95_000 },
    'a turn needs 10000 files, and its runner has 5000 left for all that run: it may keep 100000, and keeps 95000',
  ],
])(
  'T153 a task for which there are too few %s fails before its turn, with both numbers',
  async (_what, taken, words) => {
    const one = await startReadyRunner();
    bounded(one, () => taken);
    await one.request(S);
    await one.reach(S, 'failed');
    expect(one.session(S)).toMatchObject({ state: 'failed', reason: 'no_disk' });
    expect(one.said('task.result')[0]!.body.summary).toBe(words);
    expect(one.runs).toEqual([]);
  },
);

test('T153 files of failed turns go first, the oldest first, and no more than it takes; then the turn begins', async () => {
  const one = await startReadyRunner();
  const { commit } = one.runner.git;
  one.runner.git.commit = () => Promise.reject(new EntangleError('invalid', 'they cannot be read'));
  for (const id of [S, T]) {
    await one.request(id);
    await one.reach(id, 'failed');
  }
  one.runner.git.commit = commit;
  const kept = () => [...one.runner.leftTurns];
  expect(kept()).toEqual([`/r1/turns/${S}-1`, `/r1/turns/${T}-1`]);
  one.runner.ampleAt = Number.NEGATIVE_INFINITY;
  bounded(one, () => ({ bytes: kept().length * 400 * MIB }));
  await one.request(U);
  await one.reach(U, 'waiting_approval');
  expect(kept()).toEqual([`/r1/turns/${T}-1`]);
  expect(one.logged).toContain(
    `the files of a turn that could not be committed are not kept any more in /r1/turns/${S}-1`,
  );
});

test('T153 then commits go that only time keeps, and none that a session needs', async () => {
  const one = await startReadyRunner();
  await one.request(S);
  await one.reach(S, 'waiting_approval');
  const needed = one.turn(S)!.commit_id!;
  const [store, known] = [...one.machine.stores][0]!;
  const stray = 'ab'.repeat(20);
  known.commits.set(stray, known.commits.get(needed)!);
  for (const commit of [stray, needed]) known.held.set(commit, nowSeconds(one.home) - 2 * KEPT_WORK.least);
  one.runner.ampleAt = Number.NEGATIVE_INFINITY;
  bounded(one, () => ({ bytes: known.commits.has(stray) ? 999 * MIB : 0 }));
  await one.request(T);
  await one.reach(T, 'waiting_approval');
  expect([known.commits.has(stray), known.commits.has(needed)]).toEqual([false, true]);
  expect(one.logged).toContain(
    `commit ${stray} is not kept any more in ${store}: this runner keeps too much`,
  );
});

test('all that lies there is counted once a minute while there is ample room, else for each turn', async () => {
  const one = await startReadyRunner();
  let looks = 0;
  const look = (entries: number) => () => {
    looks += 1;
    return { entries };
  };
  one.runner.disk = { ...NO_BOUND, used: async () => ({ bytes: 0, free: NO_BOUND.bytes, ...look(0)() }) };
  for (const id of [S, T]) {
    await one.request(id);
    await one.reach(id, 'waiting_approval');
  }
  expect(looks).toBe(1);
  one.runner.ampleAt = Number.NEGATIVE_INFINITY;
  bounded(one, look(100_000 - 3 * KEPT_DISK.turn.entries));
  for (const id of [U, uuidOf(0xe4)]) {
    await one.request(id);
    await one.reach(id, 'waiting_approval');
  }
  expect(looks).toBe(3);
});
