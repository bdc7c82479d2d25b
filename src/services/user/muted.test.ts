/** Which sessions are muted to whoever launched them: by the node that has the attempt, and for others than themselves. */
import { expect, test } from 'vitest';
import { startSingleSession } from '../../../test/sim/single-session.ts';
import { SESSION } from '../../../test/sim/single-user.ts';
import { NOW } from '../../../test/support/world.ts';
import { shownTime } from '../../core/encoding/time.ts';
import { liveView } from './live.ts';
import { mutedRows } from './muted.ts';

const away = (name: string, since: number) => ({ node: 'builder', name, ask: 'approval' as const, since });
const start = async () => {
  const one = await startSingleSession();
  const { alice, update } = one;
  await alice.acknowledge();
  await update('accepted');
  const { request } = alice.home.tables.get('sessions', SESSION)!;
  const say = (n: number, unreached: ReturnType<typeof away>[], attempt = 1) =>
    alice.hear({
      ...{ type: 'task.waiting', from: 'node', to: 'user', re: request! },
      body: { session: SESSION, attempt, n, unreached },
    });
  return { ...one, say };
};
const waits = (alice: Awaited<ReturnType<typeof start>>['alice']) =>
  mutedRows(alice.home).map((row) => row.waits.map(({ name }) => name));

test('with whom it waits for and since when, before all that waits for this person', async () => {
  const { alice, say } = await start();
  expect(mutedRows(alice.home)).toEqual([]);
  // Not since before it was asked, nor since later than now
  const { at } = alice.home.tables.get('sessions', SESSION)!;
  const now = Math.floor(alice.home.clock.now() / 1000);
  await say(1, [away('bob', NOW + 3600), away('carol', NOW - 60)]);
  const row = {
    id: `muted ${SESSION}`,
    session: SESSION,
    node: 'builder',
    state: 'unreached',
    title: 'write',
  };
  const one = { node: 'builder', ask: 'approval' };
  expect(mutedRows(alice.home)).toEqual([
    {
      ...{ ...row, since: shownTime(at) },
      waits: [
        { ...one, name: 'bob', since: shownTime(now) },
        { ...one, name: 'carol', since: shownTime(at) },
      ],
    },
  ]);
  await alice.askApproval();
  expect(liveView(alice.user).items.map(({ what }) => what)).toEqual(['muted', 'approval']);
});

test('by the newest that was said, whichever came last', async () => {
  const { alice, say } = await start();
  await say(2, [away('bob', NOW)]);
  await say(1, [away('carol', NOW)]);
  expect(waits(alice)).toEqual([['bob']]);
  await say(3, []);
  expect(waits(alice)).toEqual([]);
});

test('not by what was said of another attempt', async () => {
  const { alice, say } = await start();
  await say(1, [away('bob', NOW)], 2);
  expect(waits(alice)).toEqual([]);
});

test('not for themselves: what is asked of whoever reads this has reached them', async () => {
  const { alice, say } = await start();
  await say(1, [away('alice', NOW)]);
  expect(waits(alice)).toEqual([]);
  await say(2, [away('alice', NOW), away('bob', NOW)]);
  expect(waits(alice)).toEqual([['bob']]);
});

test('not when it is over', async () => {
  const { alice, say, hearResult } = await start();
  await say(1, [away('bob', NOW)]);
  await hearResult({ state: 'failed' });
  expect(waits(alice)).toEqual([]);
});
