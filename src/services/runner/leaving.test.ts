/** What a runner said is heard before it leaves, and what its recipient will never hear holds it up for two days. */
import { expect, test } from 'vitest';
import { createMemoryHome, seededRandom } from '../../../test/sim/memory-home.ts';
import { virtualClock } from '../../../test/sim/virtual-clock.ts';
import { wholeRow } from '../../../test/support/rows.ts';
import { isHeardOut } from './leaving.ts';

const DAY = 86_400_000;
const SENDER = 'ab'.repeat(32);
const of = { sender: SENDER, recipient: 'cd'.repeat(32), stream: 'ef'.repeat(16) };
const UNSENT = { type: 'turn.observed', key: of.recipient, dedup: 'd', epoch: 1, expiration: null, line: 1 };
/** Messages of one stream, one a day, of which these are not acknowledged. */
const said = (unheard: readonly number[]) => {
  const { tables } = createMemoryHome({
    ...{ kind: 'runner', name: 'r1', clock: virtualClock().clock, random: seededRandom('leaving') },
  });
  for (const seq of [1, 2, 3]) {
    const id = `${seq}`.padStart(64, '0');
    tables.put('messages', wholeRow('messages', { ...of, id, dir: 'out', seq, kept: seq * DAY }));
    if (unheard.includes(seq)) tables.put('outbox', { ...of, ...UNSENT, id, seq });
  }
  return tables;
};

test.each([
  ['nothing', [], 4, true],
  ['one that a later one was heard after, a day ago', [1], 2, false],
  ['the same two days later', [1], 3, true],
  ['the newest, however old: its recipient may be away', [3], 400, false],
  ['all of them', [1, 2, 3], 400, false],
  ['an old one, and one that may still be heard', [1, 3], 4, false],
])('unheard is %s', (_, unheard, days, isOut) => {
  expect(isHeardOut(said(unheard), SENDER, days * DAY)).toBe(isOut);
});

test('what another key said holds nothing up', () => {
  expect(isHeardOut(said([1, 2, 3]), 'ff'.repeat(32), 4 * DAY)).toBe(true);
});
