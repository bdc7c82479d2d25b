/** What the Host says of itself, out of its ledger and what it only counts. */
import { expect, test } from 'vitest';
import { hostKit, START } from '../../../test/support/host-kit.ts';
import { wholeRow } from '../../../test/support/rows.ts';
import { npub } from '../../core/encoding/id.ts';
import { isoTime } from '../../core/encoding/time.ts';
import { listRejects, status } from './status.ts';

const SIGNER = 'c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5';
type Kit = ReturnType<typeof hostKit>;
/** What was refused and is not in the ledger yet. */
const counting = ({ host }: Kit, items: ReturnType<typeof host.exchange.rejected>) => {
  host.exchange = { ...host.exchange, rejected: () => items };
};

test('the status counts runners, open sessions, and every refusal', () => {
  const kit = hostKit();
  const { tables } = kit.home;
  expect(status(kit.host)).toMatchObject({
    runners: 0,
    rejects: 0,
    sessions: { open: 0, all: 0 },
    revision: null,
  });
  tables.put('hellos', wholeRow('hellos', { pubkey: 'r1', name: 'r1' }));
  tables.put('hellos', wholeRow('hellos', { pubkey: 'u1', name: 'alice', role: 'user' }));
  for (const [id, open] of [
    ['s1', 1],
    ['s2', 0],
    ['s3', 0],
  ] as const)
    tables.put('sessions', wholeRow('sessions', { id, open }));
  tables.put('rejects', { reason: 'no_edge', signer: SIGNER, count: 3, first: START, last: START });
  counting(kit, [
    { reason: 'bad_mac', signer: null, count: 2, first: START, last: START },
    { reason: 'no_edge', signer: SIGNER, count: 1, first: START, last: START },
  ]);
  kit.time.monotonic += 1_234;
  expect(status(kit.host)).toMatchObject({
    runners: 1,
    rejects: 6,
    sessions: { open: 1, all: 3 },
    uptimeMs: 1_234,
  });
});

test('rejects are one row a reason and signer, counted in the ledger and since, newest first', () => {
  const kit = hostKit();
  const at = (seconds: number) => isoTime((START + seconds) * 1000);
  for (const [reason, signer, last] of [
    ['older', '', 1],
    ['newer', SIGNER, 5],
  ] as const)
    kit.home.tables.put('rejects', { reason, signer, count: 2, first: START, last: START + last });
  counting(kit, [
    { reason: 'newer', signer: null, count: 1, first: START + 3, last: START + 3 },
    { reason: 'older', signer: null, count: 4, first: START + 7, last: START + 9 },
  ]);
  expect(listRejects(kit.host)).toEqual({
    items: [
      { reason: 'older', signer: null, count: 6, first: at(0), last: at(9) },
      { reason: 'newer', signer: npub(SIGNER), count: 2, first: at(0), last: at(5) },
      { reason: 'newer', signer: null, count: 1, first: at(3), last: at(3) },
    ],
    next: null,
  });
});

test('the list of rejects is bounded', () => {
  const kit = hostKit();
  for (let i = 0; i < 501; i++)
    kit.home.tables.put('rejects', { reason: `r${i}`, signer: '', count: 1, first: START, last: START + i });
  const { items } = listRejects(kit.host);
  expect([items.length, items[0]!.reason, items.at(-1)!.reason]).toEqual([500, 'r500', 'r1']);
});
