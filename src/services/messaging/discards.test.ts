/** T111: relays are told what was durably read, in bundles, and nothing before it is durable. */
import { expect, test } from 'vitest';
import { answeringRelay } from '../../../test/sim/answering-relay.ts';
import { createMemoryHome, seededRandom } from '../../../test/sim/memory-home.ts';
import { virtualClock } from '../../../test/sim/virtual-clock.ts';
import { createDiscards } from './discards.ts';

const discarding = () => {
  const time = virtualClock();
  const home = createMemoryHome({
    kind: 'user',
    name: 'alice',
    clock: time.clock,
    random: seededRandom('discards'),
  });
  const { session } = answeringRelay();
  const told: [string, readonly string[]][] = [];
  session.discard = async (me, ids) => void told.push([me, ids]);
  const discards = createDiscards(home, () => session);
  return { time, home, discards, told };
};
const ids = (count: number, from = 0) => Array.from({ length: count }, (_, i) => `wrap ${from + i}`);

test('a hundred at once, or what has waited for half a minute, each key by itself and each wrap once', async () => {
  const { time, discards, told } = discarding();
  for (const id of [...ids(99), ...ids(99)]) discards.note('a', id);
  await discards.flush();
  expect(told).toEqual([]);
  discards.note('b', 'wrap 99');
  await discards.flush();
  expect(told).toEqual([
    ['a', ids(99)],
    ['b', ['wrap 99']],
  ]);
  discards.note('a', 'late');
  await time.pass(29_999);
  await discards.flush();
  expect(told).toHaveLength(2);
  await time.pass(1);
  await discards.flush();
  expect(told.at(-1)).toEqual(['a', ['late']]);
});

test('half a minute counts from the first that waits, however many come behind it', async () => {
  const { time, discards, told } = discarding();
  // A clock that has run for long before anything came
  await time.pass(60_000);
  for (const ms of [0, 20_000, 9_999]) {
    await time.pass(ms);
    discards.note('a', `after ${ms}`);
    await discards.flush();
    expect(told).toEqual([]);
  }
  await time.pass(1);
  await discards.flush();
  expect(told).toEqual([['a', ['after 0', 'after 20000', 'after 9999']]]);
});

test('who leaves tells all of it, and nothing where nothing waits', async () => {
  const { discards, told } = discarding();
  await discards.flush(true);
  discards.note('a', 'one');
  await discards.flush(true);
  await discards.flush(true);
  expect(told).toEqual([['a', ['one']]]);
});

test('not before the ledger is on the disk', async () => {
  const { home, discards, told } = discarding();
  let release = () => {};
  const synced = new Promise<void>((resolve) => {
    release = resolve;
  });
  const { append } = home.ledger;
  home.ledger.append = async (lines) => {
    await synced;
    return append.call(home.ledger, lines);
  };
  discards.note('a', 'one');
  const flushed = discards.flush(true);
  await Promise.resolve();
  expect(told).toEqual([]);
  release();
  await flushed;
  expect(told).toEqual([['a', ['one']]]);
});
