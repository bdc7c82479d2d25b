/** What operators read of revisions: their history, what runs under the newest, and whom it has reached. */
import { describe, expect, test } from 'vitest';
import { type SingleHost, startSingleHost, WITH_HELPER, WITH_MANY } from '../../../test/sim/single-host.ts';
import { hostKit, START } from '../../../test/support/host-kit.ts';
import { wholeRow } from '../../../test/support/rows.ts';
import type { Name } from '../../../test/support/world.ts';
import { graphDelivery, graphState, listHistory } from './graph-state.ts';
import { claimEpoch } from './host.ts';

describe('the history of revisions', () => {
  const withRevisions = (count: number) => {
    const kit = hostKit();
    for (let n = 1; n <= count; n++)
      kit.home.tables.put('revisions', { n, digest: `d${n}`, parent: null, by: 'one', at: START });
    const page = (cursor: string | null) => {
      const { items, next } = listHistory(kit.host, cursor);
      const numbers = items.map(({ revision }) => revision);
      const active = items.filter((one) => one.active).map(({ revision }) => revision);
      return { count: items.length, first: numbers[0], last: numbers.at(-1), next, active };
    };
    return page;
  };
  test('is empty before the first', () => {
    expect(withRevisions(0)(null)).toMatchObject({ count: 0, next: null });
  });
  test('goes on below the last of a page, and ends with the first', () => {
    const page = withRevisions(203);
    expect(page(null)).toEqual({ count: 200, first: 203, last: 4, next: '4', active: [203] });
    expect(page('4')).toEqual({ count: 3, first: 3, last: 1, next: null, active: [] });
  });
  test('names the lowest of a page that begins above it, though one is left', () => {
    expect(withRevisions(201)(null)).toMatchObject({ last: 2, next: '2' });
  });
});

test('what runs is shown with names, where they are known; what is over is not', () => {
  const { host, home } = hostKit();
  const { tables } = home;
  const running = {
    fence: 1,
    revision: 1,
    lease: 1,
    offer: '',
    inputs: {},
    accept: null,
    reason: null,
    detail: null,
    line: 1,
  };
  const assignment = (id: string, node: string, runner: string, state: 'accepted' | 'revoked') =>
    tables.put('assignments', { ...running, id, node, runner, state, pubkey: null });
  tables.put('hellos', wholeRow('hellos', { pubkey: 'r1', name: 'build-1' }));
  tables.put('trust', { pubkey: 'r1', name: 'build-1', state: 'trusted', epoch: 1, seq: 1 });
  assignment('1', 'a', 'r1', 'accepted');
  assignment('2', 'b', 'r2', 'accepted');
  assignment('3', 'c', 'r1', 'revoked');
  tables.put('users', { pubkey: 'u1', name: 'alice', revision: 1 });
  tables.put('keys', { pubkey: 'u1', role: 'user', name: 'another', said: '' });
  tables.put('keys', { pubkey: 'n1', role: 'node', name: 'helper', said: '' });
  for (const [id, requester] of [
    ['s1', 'u1'],
    ['s2', 'n1'],
    ['s3', 'x1'],
  ] as const)
    tables.put('sessions', wholeRow('sessions', { id, requester, node: 'a' }));
  tables.put('sessions', wholeRow('sessions', { id: 's4', requester: 'u1', node: 'a', open: 0 }));
  tables.put('approvals', wholeRow('approvals', { id: 'p1', session: 's1' }));
  tables.put('approvals', wholeRow('approvals', { id: 'p2', session: 's1', open: 0 }));
  host.presence.heard('r1');
  expect(graphState(host)).toEqual({
    assignments: [
      { node: 'a', runner: 'build-1' },
      { node: 'b', runner: '' },
    ],
    secrets: [],
    principals: [],
    revoked: [],
    decisions: [],
    sessions: [
      { id: 's1', node: 'a', requester: 'alice', held: false },
      { id: 's2', node: 'a', requester: 'helper', held: false },
      { id: 's3', node: 'a', requester: '', held: false },
    ],
    approvals: [{ id: 'p1', session: 's1', operation: 'source.publish' }],
    runners: [
      { name: 'build-1', engines: [], labels: {}, sandbox: [], probes: [], live: true, load: 1, taken: 0 },
    ],
  });
});

describe('the newest revision has reached', () => {
  const BOB_APPROVES = WITH_HELPER.replace('bob delegates_to', 'bob approves');
  type Which = { key: Name; type?: 'routes' | 'blob.part'; nth?: number };
  /** Acknowledges what was said to a key, up to the last of it or the nth. */
  const acknowledge = async (one: SingleHost, { key, type = 'routes', nth = -1 }: Which) => {
    const told = one.said(type).filter(({ to }) => to === one.actors[key].pubkey);
    const [, stream, n] = told.at(nth)!.event.tags.find(([tag]) => tag === 'seq')!;
    const body = { stream: stream!, high: Number(n), top: Number(n), missing: [] };
    await one.hear({ type: 'ack', from: key, to: 'host', body });
    await one.time.pass(0);
  };
  const parties = async (one: SingleHost) =>
    Object.fromEntries((await graphDelivery(one.host)).parties.map(({ node, ...rest }) => [node, rest]));
  const acked = async (one: SingleHost) =>
    Object.entries(await parties(one)).flatMap(([node, party]) => (party.acked ? [node] : []));
  /** Both agents on one runner, everybody told. */
  const told = async () => {
    const one = await startSingleHost();
    await one.apply(WITH_HELPER);
    await one.addRunner('runner', 'r1');
    await one.time.until('both offers', () => one.said('assignment.offer').length === 2, 5000);
    await one.accept(one.offers('builder')[0]!, one.actors.node);
    await one.accept(one.offers('helper')[0]!, one.actors.peer);
    await one.time.pass(1000);
    return one;
  };

  test('nobody before there is one, and no agent that runs nowhere', async () => {
    const one = await startSingleHost();
    expect(await graphDelivery(one.host)).toEqual({ revision: 0, parties: [] });
    await one.apply();
    await one.time.pass(1000);
    const person = { kind: 'user', affected: true, online: null, acked: false };
    expect(await parties(one)).toEqual({ alice: person, bob: person });
  });

  test('whoever has acknowledged it: of two nodes on a runner the one whose routes it has', async () => {
    const one = await told();
    const agent = { kind: 'agent', affected: true, online: true, acked: false };
    expect(await parties(one)).toMatchObject({ alice: { acked: false }, builder: agent, helper: agent });
    await acknowledge(one, { key: 'user' });
    expect(await acked(one)).toEqual(['alice']);
    const first = one.said('routes').find(({ to }) => to === one.actors.runner.pubkey)!;
    await acknowledge(one, { key: 'runner', nth: 0 });
    expect(await acked(one)).toEqual(['alice', first.body.self.name]);
    await acknowledge(one, { key: 'runner' });
    expect(await acked(one)).toEqual(['alice', 'builder', 'helper']);
  });

  test('nobody who has only the routes of the one before', async () => {
    const one = await told();
    for (const key of ['user', 'bob', 'runner'] as const) await acknowledge(one, { key });
    expect(await acked(one)).toEqual(['alice', 'bob', 'builder', 'helper']);
    await one.apply(BOB_APPROVES);
    expect(await acked(one)).toEqual([]);
  });

  test('whom it concerns: those whose neighbourhood is another than in the one before', async () => {
    const one = await told();
    await one.apply(WITH_HELPER.replace('$bob', '$stranger'));
    await one.apply(BOB_APPROVES.replace('$bob', '$stranger'));
    const concerned = Object.entries(await parties(one)).map(([node, { affected }]) => [node, affected]);
    expect(Object.fromEntries(concerned)).toEqual({
      alice: false,
      bob: true,
      builder: true,
      helper: false,
    });
  });

  test('no node on a runner that is silent: it is not online', async () => {
    const one = await told();
    await one.addRunner('runner2', 'r2');
    await one.time.pass(60_000);
    await one.heartbeat('runner2');
    expect((await parties(one)).builder).toMatchObject({ online: false });
    await one.heartbeat('runner');
    expect((await parties(one)).builder).toMatchObject({ online: true });
  });

  test('who has the list of their peers, all of its parts: not who only knows its name', async () => {
    const one = await startSingleHost();
    await one.apply(WITH_MANY);
    await one.time.pass(1000);
    await acknowledge(one, { key: 'user' });
    expect(await acked(one)).toEqual([]);
    const { sha256 } = one.said('routes').find(({ body }) => body.list)!.body.list!;
    const [asker, holder] = [one.actors.user.pubkey, one.home.self.pubkey];
    one.home.tables.put('blob_requests', { id: 'unanswered', sha256, asker, holder, served: 0 });
    expect(await acked(one)).toEqual([]);
    one.home.tables.remove('blob_requests', 'unanswered');
    await one.hear({ type: 'blob.get', from: 'user', to: 'host', body: { sha256 } });
    await one.time.pass(1000);
    await acknowledge(one, { key: 'user', type: 'blob.part', nth: 0 });
    expect(await acked(one)).toEqual([]);
    await acknowledge(one, { key: 'user', type: 'blob.part' });
    expect(await acked(one)).toEqual(['alice']);
  });

  test('nobody any more once the Host has started anew', async () => {
    const one = await told();
    await acknowledge(one, { key: 'user' });
    expect(await acked(one)).toEqual(['alice']);
    await claimEpoch(one.home);
    expect(await acked(one)).toEqual([]);
  });
});
