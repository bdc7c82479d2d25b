import { describe, expect, test } from 'vitest';
import { systemClock } from './clock.ts';
import { systemRandom } from './random.ts';

describe('clock', () => {
  test('now is Unix milliseconds, monotonic never goes back', () => {
    expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(1_000);
    const readings = Array.from({ length: 1_000 }, () => systemClock.monotonic());
    expect(readings).toEqual([...readings].sort((a, b) => a - b));
  });

  test('sleep lasts at least its time, and a moment for zero, less or no number', async () => {
    const start = systemClock.monotonic();
    await systemClock.sleep(20);
    expect(systemClock.monotonic() - start).toBeGreaterThanOrEqual(20);
    await Promise.all([0, -5, Number.NaN].map((ms) => systemClock.sleep(ms)));
  });

  test('a sleep of nothing lets all that waits go first', async () => {
    const order: string[] = [];
    setImmediate(() => order.push('waited'));
    await systemClock.sleep(0).then(() => order.push('slept'));
    expect(order).toEqual(['waited', 'slept']);
  });

  test('an abort ends a sleep of any length at once, before it or in it', async () => {
    const controller = new AbortController();
    // Longer than a timer can be: Node would fire it after one millisecond.
    const long = systemClock.sleep(2 ** 40, controller.signal);
    expect(
      await Promise.race([long.then(() => 'woke'), systemClock.sleep(20).then(() => 'still asleep')]),
    ).toBe('still asleep');
    controller.abort();
    await long;
    await systemClock.sleep(2 ** 40, controller.signal);
  });
});

describe('random', () => {
  test('exact lengths, fresh bytes, no two alike', () => {
    const seen = new Set<string>();
    for (let i = 0; i < 2_000; i++) seen.add(Buffer.from(systemRandom.bytes(16)).toString('hex'));
    expect(seen.size).toBe(2_000);
    for (const n of [0, 1, 31, 32, 511, 512, 513, 5_000, 70_000])
      expect(systemRandom.bytes(n)).toHaveLength(n);
    expect(new Set(systemRandom.bytes(5_000)).size).toBeGreaterThan(250);
  });

  test('what was handed out is the caller’s own: writing to it changes no later draw', () => {
    const first = systemRandom.bytes(32);
    first.fill(0);
    const next = systemRandom.bytes(32);
    expect(next).not.toEqual(first);
    expect(next.buffer.byteLength).toBe(32);
  });
});
