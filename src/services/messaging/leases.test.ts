import { expect, test } from 'vitest';
import { Leases } from './leases.ts';

test('a node may act until its lease ends, by the last word of its Host, and not at all once it runs here no more', () => {
  let now = 0;
  const leases = new Leases({ monotonic: () => now, now: () => now });
  expect([leases.isLive('a'), leases.endOf('a')]).toEqual([false, undefined]);
  leases.grant('a', 100);
  leases.grant('b', 100);
  now = 99;
  expect(leases.isLive('a')).toBe(true);
  now = 100;
  expect(leases.isLive('a')).toBe(false);
  leases.grant('a', 300);
  const before = leases.basis;
  leases.grant('a', 200);
  expect([leases.endOf('a'), leases.isLive('a'), leases.basis !== before]).toEqual([200, true, true]);
  leases.remove('a');
  expect([leases.isLive('a'), leases.endOf('a'), leases.endOf('b')]).toEqual([false, undefined, 100]);
});

test('T191 a machine that slept, or whose clock was set on, may not act before its lease is renewed; set back, no longer', () => {
  const clock = { monotonic: 0, now: 1_000_000 };
  const leases = new Leases({ monotonic: () => clock.monotonic, now: () => clock.now });
  leases.grant('a', 60_000);
  clock.now += 59_999;
  expect(leases.isLive('a')).toBe(true);
  // Asleep: the monotonic clock stood still
  clock.now += 1;
  expect(leases.isLive('a')).toBe(false);
  leases.grant('a', 60_000);
  expect(leases.isLive('a')).toBe(true);
  clock.now -= 3_600_000;
  clock.monotonic += 60_000;
  expect(leases.isLive('a')).toBe(false);
});
