/** Long work rests, so that others go on. */
import { expect, test } from 'vitest';
import { inSlices, slicing } from './in-slices.ts';
import type { Steps } from './steps.ts';

function* work(steps: number, each: () => void): Steps<string> {
  for (let step = 0; step < steps; step++) {
    each();
    yield;
  }
  return 'done';
}

test('it rests when it took as long as a slice, and gives what it made', async () => {
  let now = 0;
  const rests: number[] = [];
  const clock = {
    monotonic: () => now,
    sleep: async () => {
      rests.push(now);
      now += 100;
    },
  };
  expect(
    await inSlices(
      clock,
      work(20, () => (now += 2)),
    ),
  ).toBe('done');
  expect(rests).toEqual([8, 116, 224, 332, 440]);
});
test('many short works rest as one long does', async () => {
  let [now, rests] = [0, 0];
  const sleep = async () => {
    rests += 1;
  };
  const run = slicing({ monotonic: () => now, sleep });
  for (let each = 0; each < 12; each++) await run(work(1, () => (now += 2)));
  expect(rests).toBe(3);
});
test('short work does not', async () => {
  const clock = { monotonic: () => 0, sleep: () => Promise.reject(new Error('rested')) };
  expect(
    await inSlices(
      clock,
      work(1_000, () => undefined),
    ),
  ).toBe('done');
});
test('what it throws is thrown', async () => {
  const clock = { monotonic: () => 0, sleep: async () => {} };
  const broken = () => {
    throw new Error('broken');
  };
  await expect(inSlices(clock, work(1, broken))).rejects.toThrow('broken');
});
