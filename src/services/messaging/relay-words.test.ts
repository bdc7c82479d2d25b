/** T121: a relay's words are told once each time they change, and kept for who asks. */
import { expect, test } from 'vitest';
import { createMemoryHome, RELAY_URL, seededRandom } from '../../../test/sim/memory-home.ts';
import { virtualClock } from '../../../test/sim/virtual-clock.ts';
import type { RelayStatus } from '../../ports/index.ts';
import { createRelayWords, relayTrouble, troubleClause } from './relay-words.ts';

const telling = () => {
  const time = virtualClock();
  const logged: string[] = [];
  const home = createMemoryHome({
    kind: 'user',
    name: 'alice',
    clock: time.clock,
    random: seededRandom('words'),
    log: (level, text) => void logged.push(`${level} ${text}`),
  });
  const tell = createRelayWords(home);
  const say = (state: RelayStatus['state'], detail?: string) =>
    tell({ url: RELAY_URL, state, ...(detail === undefined ? {} : { detail }) });
  return { time, home, logged, say };
};

test('a change is told once, and its end', () => {
  const { home, logged, say } = telling();
  for (let i = 0; i < 3; i++) {
    say('connecting', 'connect ECONNREFUSED');
    say('closed', 'connect ECONNREFUSED');
  }
  expect(relayTrouble(home)).toEqual([`${RELAY_URL} (closed): connect ECONNREFUSED`]);
  say('open');
  expect(logged).toHaveLength(1);
  say('synced');
  say('synced');
  say('synced', 'refuses kind 1059: blocked: no');
  expect(logged).toEqual([
    `warning relay ${RELAY_URL} (connecting): connect ECONNREFUSED`,
    `info relay ${RELAY_URL} works`,
    `warning relay ${RELAY_URL} (synced): refuses kind 1059: blocked: no`,
  ]);
});

test('a relay that works from the start is not told of', () => {
  const { home, logged, say } = telling();
  for (const state of ['connecting', 'open', 'synced'] as const) say(state);
  expect(logged).toEqual([]);
  expect(relayTrouble(home)).toEqual([]);
  expect(home.tables.get('relays', RELAY_URL)).toMatchObject({ state: 'synced', detail: '' });
});

test('a relay with new words each time is told of thirty times an hour; how it is now is kept', async () => {
  const { time, home, logged, say } = telling();
  for (let i = 0; i < 100; i++) say('open', `says: ${i}`);
  expect(logged).toHaveLength(30);
  expect(relayTrouble(home)).toEqual([`${RELAY_URL} (open): says: 99`]);
  await time.pass(3_600_000);
  say('open', 'says: an hour later');
  expect(logged).toHaveLength(30);
  await time.pass(1);
  for (let i = 0; i < 100; i++) say('open', `says: later ${i}`);
  expect(logged).toHaveLength(60);
});

test('what relays say goes behind a sentence, each in its own clause', () => {
  expect(troubleClause([])).toBe('');
  expect(troubleClause(['a (open): x', 'b (open): y'])).toBe('; relay a (open): x; relay b (open): y');
});
