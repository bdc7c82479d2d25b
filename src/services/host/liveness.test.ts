/** Whether runners are heard, on record: once a change, by what was heard alone, and not without end. */
import { describe, expect, test } from 'vitest';
import { type SingleHost, startSingleHost } from '../../../test/sim/single-host.ts';
import { bothWays, key } from '../../../test/support/fold-kit.ts';
import type { Liveness } from '../../core/vocabulary.ts';
import { record } from '../messaging/rejections.ts';
import { createLivenessRecord, livenessNow } from './liveness.ts';

type Told = { runner: string; state: Liveness; silenceMs: number };
const told = (one: SingleHost): Told[] =>
  one.home.disk.lines
    .filter(({ event }) => event.tags.some(([name, type]) => name === 'type' && type === 'runner.liveness'))
    .map(({ event }) => JSON.parse(event.content));
const states = (one: SingleHost) => told(one).map(({ state }) => state);
const heardFor = async (one: SingleHost, ms: number) => {
  for (let left = ms; left > 0; left -= 10_000) {
    await one.heartbeat('runner');
    await one.time.pass(10_000);
  }
};

describe('a runner', () => {
  test('that is heard, falls silent and is heard again: one record for each change, none for a beat', async () => {
    const one = await startSingleHost();
    await one.addRunner('runner', 'r1');
    await heardFor(one, 120_000);
    expect(states(one)).toEqual(['live']);
    await one.time.pass(400_000);
    expect(states(one)).toEqual(['live', 'stale', 'offline']);
    expect(told(one)[1]!.silenceMs).toBeGreaterThanOrEqual(60_000);
    expect(told(one)[1]!.silenceMs).toBeLessThan(80_000);
    await heardFor(one, 30_000);
    expect(states(one)).toEqual(['live', 'stale', 'offline', 'live']);
    expect(one.logged).toEqual(
      expect.arrayContaining(['runner r1 is stale', 'runner r1 is offline', 'runner r1 is live']),
    );
  });

  test('that is revoked, or left, alarms nobody', async () => {
    const one = await startSingleHost();
    await one.addRunner('runner', 'r1');
    await one.addRunner('runner2', 'r2');
    await one.time.pass(1_000);
    await one.trust('runner', 'r1', 'revoked');
    await one.hear({ type: 'runner.goodbye', from: 'runner2', to: 'host', body: {} });
    await one.time.pass(400_000);
    expect(states(one)).toEqual(['live', 'live']);
  });

  const flap = async (one: SingleHost, times: number) => {
    for (let n = 0; n < times; n++) {
      await one.time.pass(75_000);
      await one.heartbeat('runner');
      await one.time.pass(1_000);
    }
  };
  test('that flaps has twelve records an hour, of which one is for being gone', async () => {
    const one = await startSingleHost();
    await one.addRunner('runner', 'r1');
    await flap(one, 20);
    expect(told(one)).toHaveLength(11);
    await one.time.pass(360_000);
    expect(states(one).slice(11)).toEqual(['offline']);
    // Back and gone again: the twelve are used, and that it is gone is what was said last
    await flap(one, 3);
    expect(told(one)).toHaveLength(12);
    await one.time.pass(3_600_000);
    await heardFor(one, 30_000);
    expect(states(one).slice(12)).toEqual(['live']);
  });

  test('that flapped before this Host was started has what is left of the twelve', async () => {
    const one = await startSingleHost();
    await one.addRunner('runner', 'r1');
    await one.time.pass(1_000);
    for (let n = 2; n <= 11; n++) {
      const state = n % 2 === 0 ? 'stale' : 'live';
      const runner = one.actors.runner.pubkey;
      await record(one.home, 'runner.liveness', { runner, n, state, silenceMs: 0 });
    }
    await flap(one, 4);
    expect(told(one)).toHaveLength(11);
    await one.time.pass(360_000);
    expect(states(one).slice(11)).toEqual(['offline']);
  });
});

test('a Host that was stopped itself says nothing of others by that', async () => {
  const one = await startSingleHost();
  await one.addRunner('runner', 'r1');
  await one.time.pass(1_000);
  const look = createLivenessRecord(one.host);
  const { clock } = one.home;
  const monotonic = clock.monotonic.bind(clock);
  const stoppedMs = 400_000;
  one.home.clock.monotonic = () => monotonic() + stoppedMs;
  await look();
  expect(states(one)).toEqual(['live']);
  one.home.clock.monotonic = monotonic;
});

test.each<[Liveness | null, number | null, number, Liveness | null]>([
  ['live', 59_999, 1e9, null],
  ['live', 60_000, 60_000, 'stale'],
  ['live', 60_000, 59_999, null],
  ['stale', 300_000, 300_000, 'offline'],
  ['stale', 0, 0, 'live'],
  // Nothing is better because nobody could listen
  ['offline', 400_000, 0, null],
  // A Host that has just started heard nobody yet
  ['offline', null, 10_000, null],
  ['live', null, 59_999, null],
  ['live', null, 60_000, 'stale'],
  // Of one that was never heard nothing is known
  [null, null, 1e9, null],
  [null, 0, 0, 'live'],
])('of one that is %s, was heard %s ms ago, listened to for %s ms: %s', (known, heard, listened, state) => {
  expect(livenessNow(known, heard, listened)).toBe(state);
});

test('the last word counts, however it came', () => {
  const of = { runner: key('runner'), silenceMs: 0 };
  for (const tables of bothWays('host', ({ record }) => {
    record('host', 'runner.liveness', { ...of, n: 2, state: 'stale' });
    record('host', 'runner.liveness', { ...of, n: 1, state: 'live' });
    record('host', 'runner.liveness', { ...of, n: 1, state: 'live' });
  }))
    expect(tables.get('runner_liveness', key('runner'))).toMatchObject({
      ...{ n: 2, state: 'stale' },
      recorded: [
        [2, expect.any(Number)],
        [1, expect.any(Number)],
      ],
    });
});
