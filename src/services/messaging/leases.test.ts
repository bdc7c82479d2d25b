import { expect, test } from 'vitest';
import { Leases } from './leases.ts';

test('a node may act until its lease ends, by the last word of its Host, and not at all once it runs here no more', () => {
  let now = 0;
  const leases = new Leases({ monotonic: () => now });
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
