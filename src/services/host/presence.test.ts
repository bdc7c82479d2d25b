/** What was heard when, on a clock that did not begin with this Host. */
import { expect, test } from 'vitest';
import { Presence } from './presence.ts';

test('a Host that has renewed nothing yet counts from its own start, not from that of the machine', () => {
  let now = 90_000;
  const presence = new Presence({ monotonic: () => now });
  now += 700;
  expect([presence.uptimeMs, presence.sinceLastPossibleRenewal('a'), presence.sinceRenewal('a')]).toEqual([
    700,
    700,
    null,
  ]);
  presence.renewed('a');
  now += 40;
  expect([presence.uptimeMs, presence.sinceLastPossibleRenewal('a')]).toEqual([740, 40]);
  expect(presence.sinceLastPossibleRenewal('b')).toBe(740);
});
