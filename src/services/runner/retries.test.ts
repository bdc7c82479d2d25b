/** How long a session that fails waits for its next try, and since when it has failed. */
import { expect, test } from 'vitest';
import { Retries } from './retries.ts';

const start = () => {
  let now = 5000;
  const retries = new Retries({ monotonic: () => now });
  const pass = (ms: number) => {
    now += ms;
  };
  return { retries, pass };
};

test('each failure is waited for twice as long as the one before, and at most a minute', () => {
  const { retries, pass } = start();
  const waits = Array.from({ length: 9 }, () => {
    retries.failed('a');
    let ms = 0;
    for (; retries.isWaiting('a'); ms += 500) pass(500);
    return ms;
  });
  expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
});

test('it has failed since its first failure, until a step goes through', () => {
  const { retries, pass } = start();
  retries.failed('a');
  pass(1500);
  retries.failed('a');
  pass(500);
  expect([retries.troubledFor('a'), retries.isWaiting('a')]).toEqual([2000, true]);
  expect([retries.troubledFor('b'), retries.isWaiting('b')]).toEqual([0, false]);
  retries.clear('a');
  expect([retries.troubledFor('a'), retries.isWaiting('a')]).toEqual([0, false]);
});
