/** Two Hosts under one authority: what a person is shown of it, and until when. */
import { expect, test } from 'vitest';
import { startSingleUser } from '../../../test/sim/single-user.ts';
import { EPOCH } from '../../../test/support/world.ts';
import { shownTime } from '../../core/encoding/time.ts';
import { conflictRows } from './host-conflict.ts';
import { liveView } from './live.ts';

const bootOf = (n: number): string => `b${n}`.repeat(16);
const start = async () => {
  const alice = await startSingleUser();
  await alice.acknowledge();
  const hear = (epoch: { n: number; boot: string }) =>
    alice.hear({
      ...{ type: 'ack', from: 'host', to: 'user', epoch },
      body: { stream: '00'.repeat(16), high: 0, top: 0, missing: [] },
    });
  return { alice, hear };
};

test('both boots, the evidence, and since when; the last time as it is counted', async () => {
  const { alice, hear } = await start();
  expect(conflictRows(alice.user)).toEqual([]);
  await alice.time.pass(60_000);
  const event = await hear({ n: EPOCH.n, boot: bootOf(7) });
  const at = shownTime(alice.time.clock.now() / 1000);
  await alice.time.pass(5_000);
  await hear({ n: EPOCH.n, boot: bootOf(8) });
  expect(conflictRows(alice.user)).toEqual([
    {
      ...{ id: event.id, node: 'host', session: null, state: 'refused', epoch: EPOCH.n },
      ...{ obeyed: EPOCH.boot, refused: [bootOf(7), bootOf(8)], since: at },
      last: shownTime(alice.time.clock.now() / 1000),
      kept: null,
      title: `two Hosts run under one key, both as epoch ${EPOCH.n}`,
    },
  ]);
  // After it was written down, too
  await alice.time.pass(7_200_000);
  const [row] = conflictRows({ ...alice.user, exchange: { ...alice.user.exchange, rejected: () => [] } });
  expect(Date.parse(row!.last) - Date.parse(row!.since)).toBe(5_000);
});

test('it is over when the Host started anew, and stands first while it is not', async () => {
  const { alice, hear } = await start();
  await hear({ n: EPOCH.n, boot: bootOf(7) });
  await alice.askApproval();
  expect(liveView(alice.user).items.map(({ what }) => what)).toEqual(['conflict', 'approval']);
  const { type, from, body } = {
    type: 'routes',
    from: 'host',
    body: alice.heard('routes').at(-1)!.body,
  } as const;
  const epoch = { n: EPOCH.n + 1, boot: bootOf(9) };
  await alice.hear({ type, from, to: 'user', epoch, body: { ...body, n: body.n + 1 } });
  expect(alice.home.tables.get('epoch', 'host')).toMatchObject(epoch);
  expect(liveView(alice.user).items.map(({ what }) => what)).toEqual(['approval']);
});
