/** A reconciliation runs after each change, one at a time, again where something changed meanwhile, and after a failure. */
import { expect, test } from 'vitest';
import { virtualClock } from '../../../test/sim/virtual-clock.ts';
import { reconcile } from './reconciler.ts';

/** A reconciliation every ten seconds whose runs take as long as they are told to. */
const running = (takesMs = 0, error: Error | null = null) => {
  const time = virtualClock();
  const began: number[] = [];
  const failures: unknown[] = [];
  const state = { takesMs, atOnce: 0, most: 0, error };
  const loop = reconcile(
    time.clock,
    10_000,
    async () => {
      began.push(time.elapsed());
      state.atOnce += 1;
      state.most = Math.max(state.most, state.atOnce);
      if (state.takesMs > 0) await time.clock.sleep(state.takesMs);
      state.atOnce -= 1;
      if (state.error) throw state.error;
    },
    (error) => failures.push(error),
  );
  return { time, began, failures, state, loop };
};

test('it runs at once, then when time itself may be the change', async () => {
  const { time, began } = running();
  await time.pass(9_999);
  expect(began).toEqual([0]);
  await time.pass(10_001);
  expect(began).toEqual([0, 10_000, 20_000]);
});

test('a change makes it run at once', async () => {
  const { time, began, loop } = running();
  await time.pass(3_000);
  loop.poke();
  await time.pass(0);
  expect(began).toEqual([0, 3_000]);
  await time.pass(9_999);
  expect(began).toHaveLength(2);
});

test('what changes during a run makes it run again, once, and never two at a time', async () => {
  const { time, began, state, loop } = running(1_000);
  await time.pass(500);
  for (let i = 0; i < 3; i++) loop.poke();
  await time.pass(5_000);
  expect(began).toEqual([0, 1_000]);
  expect(state.most).toBe(1);
});

test('a failure is told and tried again after a second', async () => {
  const error = new Error('not now');
  const { time, began, failures, state } = running(0, error);
  await time.pass(1_500);
  expect([began, failures]).toEqual([
    [0, 1_000],
    [error, error],
  ]);
  state.error = null;
  await time.pass(1_000);
  expect(began).toEqual([0, 1_000, 2_000]);
  await time.pass(5_000);
  expect(began).toHaveLength(3);
});

test('stopped, it ends the run under way and begins no other', async () => {
  const { time, began, state, loop } = running(1_000);
  await time.pass(500);
  loop.poke();
  let isStopped = false;
  const stopped = loop.stop().then(() => {
    isStopped = true;
  });
  await time.pass(499);
  expect(isStopped).toBe(false);
  await time.pass(1);
  await stopped;
  expect(state.atOnce).toBe(0);
  loop.poke();
  await time.pass(60_000);
  expect(began).toEqual([0]);
});

test('stopped while it waits, it does not run again', async () => {
  const { time, began, loop } = running();
  await time.pass(100);
  await loop.stop();
  await time.pass(60_000);
  expect(began).toEqual([0]);
});
