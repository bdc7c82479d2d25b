/** What a runner keeps of its stores, for whom and for how long. */
import { describe, expect, test } from 'vitest';
import { RUNNER_GRAPH, type SingleRunner, startReadyRunner } from '../../../test/sim/single-runner.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { KEPT_WORK } from '../../core/bounds.ts';
import { nowSeconds } from '../messaging/home.ts';
import { createStoreCare, keeperOf } from './store-care.ts';

const S = uuidOf(0xe1);
const HOUR = 3600;

/** Whether what was held so long ago is kept. */
const kept = (one: SingleRunner, commit: string, seconds: number, now = nowSeconds(one.home)): boolean =>
  keeperOf(one.home, now)(commit, now - seconds);
const asked = async (graph = RUNNER_GRAPH) => {
  const one = await startReadyRunner({ graph });
  await one.request(S);
  await one.reach(S, 'waiting_approval');
  return one;
};
const ended = (one: SingleRunner) => one.time.until('the end', () => one.session(S)?.open === 0, 30_000);

describe('a commit is kept', () => {
  test('as long as its session is open, and its base', async () => {
    const one = await asked();
    const { commit_id, base } = one.turn(S)!;
    for (const commit of [commit_id!, base!]) expect(kept(one, commit, 10 * KEPT_WORK.seconds)).toBe(true);
  });

  test('as long as an approval of it is good, though its push was refused', async () => {
    const one = await asked();
    one.remote.refusal = 'a hook says no';
    await one.decide(S, 'user');
    await ended(one);
    const { commit_id, expires } = one.turn(S)!;
    const ofAges = (now: number) =>
      [10 * KEPT_WORK.seconds, KEPT_WORK.seconds - HOUR].map((age) => kept(one, commit_id!, age, now));
    expect([ofAges(expires - 1), ofAges(expires)]).toEqual([
      [true, true],
      [false, true],
    ]);
    // People may have been asked long after the turn
    one.home.tables.put('approvals', { ...one.approval(S)!, expires: expires + 60 });
    expect(ofAges(expires)).toEqual([true, true]);
  });

  test('for a day when it is published, since a turn may have begun at it', async () => {
    const one = await asked();
    await one.decide(S, 'user');
    await ended(one);
    const { commit_id } = one.turn(S)!;
    expect(one.session(S)).toMatchObject({ state: 'completed' });
    expect([kept(one, commit_id!, KEPT_WORK.least - HOUR), kept(one, commit_id!, KEPT_WORK.least)]).toEqual([
      true,
      false,
    ]);
  });

  test('for two weeks where the record does not name it, such as of a turn that failed', async () => {
    const one = await startReadyRunner();
    const commit = 'ab'.repeat(20);
    expect([kept(one, commit, KEPT_WORK.seconds - HOUR), kept(one, commit, KEPT_WORK.seconds)]).toEqual([
      true,
      false,
    ]);
  });
});

test('T153 what is not kept goes from a store that is free, the log says so, and what an open session needs stays', async () => {
  const one = await asked();
  const { commit_id } = one.turn(S)!;
  const [store, known] = [...one.machine.stores][0]!;
  const old = nowSeconds(one.home) - 2 * KEPT_WORK.seconds;
  const stray = 'ab'.repeat(20);
  known.commits.set(stray, { ...known.commits.get(commit_id!)!, message: 'of nobody' });
  for (const commit of [stray, commit_id!]) known.held.set(commit, old);
  // As at the next start
  const care = createStoreCare(one.runner);
  const looked = async () => {
    care.look();
    await one.time.finish('the care', care.ended());
  };
  const leave = await one.runner.gate.enter(store);
  await looked();
  expect([known.commits.has(stray), known.commits.has(commit_id!)]).toEqual([true, true]);
  leave();
  await looked();
  expect([known.commits.has(stray), known.commits.has(commit_id!)]).toEqual([false, true]);
  expect(one.logged).toContain(`commit ${stray} is not kept any more in ${store}`);
});

test('T153 a runner looks after its stores at its start and once an hour', async () => {
  const one = await startReadyRunner();
  const { monotonic } = one.home.clock;
  let [later, listed] = [0, 0];
  const clock = { ...one.home.clock, monotonic: () => monotonic() + later };
  const stores = async () => {
    listed += 1;
    return [];
  };
  const care = createStoreCare({ ...one.runner, home: { ...one.home, clock }, stores });
  for (const [passed, times] of [
    [0, 1],
    [KEPT_WORK.everyMs - 1, 1],
    [KEPT_WORK.everyMs + 60_000, 2],
  ] as const) {
    later = passed;
    care.look();
    await one.time.finish('the care', care.ended());
    expect(listed).toBe(times);
  }
});
