/** Sessions as an operator lists and looks at them: pages, filters, attempts, and what an operator wants. */
import { expect, test } from 'vitest';
import {
  OPERATOR,
  SEEN_SESSION,
  type SingleHost,
  startSingleHost,
  WITH_HELPER,
} from '../../../test/sim/single-host.ts';
import { wholeRow } from '../../../test/support/rows.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { callHost } from '../../core/host-api/client.ts';
import type { SessionState } from '../../core/vocabulary.ts';
import { cancelSession } from './cancel-session.ts';

const S = SEEN_SESSION;
const observe = (one: SingleHost, state: SessionState, step: number, session = S) =>
  one.observe({ session, state, step });
const held = async () => {
  const one = await startSingleHost();
  await one.place();
  return one;
};
/** So many sessions of which every third goes on, in turns of two nodes. */
const many = async (n: number) => {
  const one = await startSingleHost();
  await one.apply(WITH_HELPER);
  for (let i = 0; i < n; i++)
    one.home.tables.put(
      'sessions',
      wholeRow('sessions', {
        ...{ id: uuidOf(1000 + i), node: i % 2 === 0 ? 'builder' : 'helper', line: 1000 + i },
        ...(i % 3 === 0 ? { open: 1 } : { open: 0, state: 'completed' }),
      }),
    );
  return one;
};
type Query = { open?: 'true'; node?: string };
const pages = async (one: SingleHost, query: Query = {}, between = () => {}) => {
  const found: string[][] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const at = cursor === undefined ? {} : { cursor };
    const page = await callHost(one.client, 'sessions.list', { query: { ...query, ...at } });
    found.push(page.items.map(({ id }) => id));
    cursor = page.next;
    between();
  }
  return found;
};
const idsOf = (n: number, isIt: (i: number) => boolean) =>
  Array.from({ length: n }, (_, i) => n - 1 - i).flatMap((i) => (isIt(i) ? [uuidOf(1000 + i)] : []));

test.each<[string, Query, (i: number) => boolean]>([
  ['all', {}, () => true],
  ['those that go on', { open: 'true' }, (i) => i % 3 === 0],
  ['those of a node', { node: 'helper' }, (i) => i % 2 === 1],
  ['those of a node that go on', { node: 'helper', open: 'true' }, (i) => i % 6 === 3],
])('%s are listed, each once, in pages of 200 at most, open ones first', async (_what, query, isIt) => {
  const one = await many(1500);
  const found = await pages(one, query);
  const all = idsOf(1500, isIt);
  const isOpen = (id: string) => one.home.tables.get('sessions', id)!.open === 1;
  expect(found.flat()).toEqual([...all.filter(isOpen), ...all.filter((id) => !isOpen(id))]);
  expect(
    found
      .map((page) => page.length)
      .slice(0, -1)
      .every((size) => size === 200),
  ).toBe(true);
});

test('none is left out of the pages where some end meanwhile', async () => {
  const one = await many(1500);
  let next = 0;
  const end = () => {
    for (let i = 0; i < 60; i += 1, next += 3)
      one.home.tables.put('sessions', {
        ...one.home.tables.get('sessions', uuidOf(1000 + (next % 1500)))!,
        ...{ open: 0, state: 'completed' },
      });
  };
  const found = await pages(one, {}, end);
  expect(new Set(found.flat()).size).toBe(1500);
});

test('one is shown with its attempts, its runner and fence, and what an operator wants of it', async () => {
  const one = await held();
  await observe(one, 'accepted', 1);
  await one.time.pass(5_000);
  await observe(one, 'active', 2);
  const seen = () => callHost(one.client, 'sessions.show', { params: { session: S.slice(-8) } });
  const attempt = { attempt: 1, runner: 'r1', fence: 1, state: 'active', reason: null };
  expect(await seen()).toMatchObject({
    ...{ id: S, node: 'builder', requester: 'alice', state: 'active', held: true, cancel: null },
    attempts: [{ ...attempt, told: null }],
    approvals: [],
  });
  const [{ first, last } = { first: '', last: '' }] = (await seen()).attempts;
  expect(Date.parse(last) - Date.parse(first)).toBe(5_000);
  expect((await seen()).since).toBe(first);
  await cancelSession(one.host, { session: S, reason: 'too dear' }, OPERATOR);
  await one.time.pass(1_000);
  expect(await seen()).toMatchObject({
    cancel: { by: OPERATOR, reason: 'too dear' },
    attempts: [{ told: { acked: false } }],
  });
  const [row] = one.home.tables.list('outbox', { type: 'session.cancel' });
  const ack = { stream: row!.stream, high: row!.seq, top: row!.seq, missing: [] };
  await one.hear({ type: 'ack', from: 'runner', to: 'host', body: ack });
  expect((await seen()).attempts).toMatchObject([{ told: { acked: true } }]);
});

test('its end is what its runner says, whatever was wanted', async () => {
  const one = await held();
  await observe(one, 'accepted', 1);
  await cancelSession(one.host, { session: S }, OPERATOR);
  await one.time.pass(1_000);
  const { items } = await callHost(one.client, 'sessions.list');
  expect(items).toMatchObject([{ state: 'accepted', cancel: { by: OPERATOR, reason: null } }]);
  await observe(one, 'cancelled', 2);
  const { items: after } = await callHost(one.client, 'sessions.list');
  expect(after).toMatchObject([{ state: 'cancelled', held: false, cancel: { by: OPERATOR } }]);
});

test('a piece that several ids have is refused, and one that none has', async () => {
  const one = await held();
  for (const session of [S, uuidOf(0xe2)]) await observe(one, 'accepted', 1, session);
  const show = (session: string) => callHost(one.client, 'sessions.show', { params: { session } });
  await expect(show(S.slice(0, 8))).rejects.toMatchObject({ code: 'not_found' });
  await expect(show('abcdef')).rejects.toMatchObject({ code: 'not_found' });
});

test('is ended over the API by whoever may change the graph, for the operator who asks', async () => {
  const one = await held();
  await observe(one, 'accepted', 1);
  const cancel = () =>
    callHost(one.client, 'sessions.cancel', { params: { session: S }, body: { reason: 'x' } });
  expect(await cancel()).toMatchObject({
    id: S,
    state: 'accepted',
    cancel: { by: 'bootstrap', reason: 'x' },
  });
  await expect(cancel()).rejects.toMatchObject({ code: 'conflict' });
});
