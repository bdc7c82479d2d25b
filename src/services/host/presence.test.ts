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

test('a runner is silent a minute after it was heard, or after this Host started where it was not heard yet', () => {
  let now = 90_000;
  const presence = new Presence({ monotonic: () => now });
  const silent = () => ['a', 'b'].map((runner) => presence.isSilent(runner));
  now += 59_999;
  presence.heard('a');
  expect(silent()).toEqual([false, false]);
  now += 1;
  expect(silent()).toEqual([false, true]);
  now += 59_999;
  expect(silent()).toEqual([true, true]);
});

test('where nobody was heard for a minute, nobody is silent until a minute after the first is heard again', () => {
  let now = 90_000;
  const presence = new Presence({ monotonic: () => now });
  for (const runner of ['a', 'b']) presence.heard(runner);
  now += 60_000;
  presence.heard('a');
  expect(presence.isSilent('b')).toBe(false);
  now += 59_999;
  presence.heard('a');
  expect(presence.isSilent('b')).toBe(false);
  now += 1;
  expect([presence.isSilent('a'), presence.isSilent('b')]).toEqual([false, true]);
});

test('who is not heard while another one is, however seldom, is silent in the end; who is heard as seldom is not', () => {
  let now = 90_000;
  const presence = new Presence({ monotonic: () => now });
  for (const runner of ['a', 'b', 'c']) presence.heard(runner);
  const silent: boolean[] = [];
  for (let beat = 0; beat < 12; beat++) {
    now += 61_000;
    presence.heard('a');
    silent.push(presence.isSilent('b'));
    if (beat % 6 === 5) presence.heard('c');
  }
  expect(silent).toEqual(silent.map((_, beat) => beat >= 11));
  expect([presence.isSilent('a'), presence.isSilent('c')]).toEqual([false, false]);
  presence.heard('b');
  expect(presence.isSilent('b')).toBe(false);
});
