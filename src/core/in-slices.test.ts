/** Long work rests, so that others go on. */
import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { inSlices, inTurn, slicing } from './in-slices.ts';
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

/** A loop whose turns are taken by hand: works take two milliseconds each. */
const loop = () => {
  let now = 0;
  const waiting: (() => void)[] = [];
  const done: number[] = [];
  const take = inTurn({
    monotonic: () => now,
    sleep: () => new Promise((wake) => waiting.push(wake)),
  });
  return {
    done,
    take: (n: number) =>
      take(() => {
        now += 2;
        done.push(n);
        return n;
      }),
    turn: async (ms = 0) => {
      now += ms;
      for (const wake of waiting.splice(0)) wake();
      await setImmediate();
    },
  };
};
test('works that come all at once are done as they came, a slice of them in each turn', async () => {
  const { done, take, turn } = loop();
  const all = Promise.all(Array.from({ length: 10 }, (_, n) => take(n)));
  const seen: number[] = [];
  for (let turns = 0; turns < 4; turns++) {
    await turn();
    seen.push(done.length);
  }
  expect(seen).toEqual([4, 8, 10, 10]);
  expect(await all).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});
test('those that come one by one in a turn are a slice, too', async () => {
  const { done, take } = loop();
  for (let n = 0; n < 4; n++) await take(n);
  void take(4);
  await setImmediate();
  expect(done).toEqual([0, 1, 2, 3]);
});
test('one that comes later waits for no turn', async () => {
  const { take, turn } = loop();
  expect(await take(0)).toBe(0);
  await turn(60_000);
  expect(await take(1)).toBe(1);
});
test('one that throws holds up none', async () => {
  const take = inTurn({ monotonic: () => 0, sleep: async () => {} });
  const broken = take(() => {
    throw new Error('broken');
  });
  const next = take(() => 'done');
  await expect(broken).rejects.toThrow('broken');
  expect(await next).toBe('done');
});
