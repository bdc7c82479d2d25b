/** T175: how often somebody may ask. */
import { describe, expect, test } from 'vitest';
import { ratesOf, tooOften } from './rates.ts';

const asked = (times: number, ask: () => number): number[] => Array.from({ length: times }, ask);

describe('T175 a rate', () => {
  test('lets a burst in at once, then one for each that is given back, and says when', () => {
    const ask = ratesOf({ perSecond: 2, burst: 3, most: 10 });
    expect(asked(5, () => ask('a', 1_000))).toEqual([0, 0, 0, 500, 500]);
    expect(ask('a', 1_499)).toBe(1);
    expect(ask('a', 1_500)).toBe(0);
    expect(ask('a', 1_500)).toBe(500);
    expect(asked(4, () => ask('a', 60_000))).toEqual([0, 0, 0, 500]);
  });
  test('is of each asker by itself', () => {
    const ask = ratesOf({ perSecond: 1, burst: 1, most: 10 });
    expect([ask('a', 0), ask('a', 0), ask('b', 0)]).toEqual([0, 1_000, 0]);
  });
  test('remembers so many askers: who asked longest ago is forgotten first, not who asks on', () => {
    const ask = ratesOf({ perSecond: 1, burst: 1, most: 2 });
    expect([ask('flood', 0), ask('one', 0), ask('flood', 0)]).toEqual([0, 0, 1_000]);
    expect([ask('two', 0), ask('flood', 0), ask('one', 0)]).toEqual([0, 1_000, 0]);
  });
  test.each([
    [1, 1],
    [1_000, 1],
    [1_001, 2],
  ])('a wait of %i ms is %i s on the wire', (ms, seconds) => {
    expect(tooOften(ms)).toMatchObject({
      ...{ status: 429, retryAfter: seconds },
      body: { error: { code: 'unavailable', hint: `try again in ${seconds} s` } },
    });
  });
});
