/** The record of operators: who asked for what, in which order, with which outcome, page by page and as it comes. */
import { describe, expect, test } from 'vitest';
import { graphOf } from '../../../test/sim/single-home.ts';
import { HOST_GRAPH, startSingleHost } from '../../../test/sim/single-host.ts';
import { canonicalGraph } from '../../core/graph/revision.ts';
import type { AuditEntry } from '../../core/host-api/shapes.ts';
import { auditBehind, listAudit } from './audit.ts';
import { auditWhat, auditWords, withOutcomes } from './audit-words.ts';

const begin = async () => {
  const one = await startSingleHost();
  const post = (path: string, body: unknown) => one.client({ method: 'POST', path, body }).catch(() => null);
  const invite = (name: string) => post('/v1/invites', { role: 'runner', name, expiresMs: 60_000 });
  const words = async (cursor?: string) => {
    const { items } = await listAudit(one.home, cursor === undefined ? {} : { cursor });
    return withOutcomes([], items).map(auditWords);
  };
  return { ...one, post, invite, words };
};

test('says who did what, with which outcome, once each', async () => {
  const one = await begin();
  const canonical = canonicalGraph(graphOf(one.world, HOST_GRAPH));
  await one.post('/v1/graph', { canonical, base: { n: 0, digest: null } });
  await one.invite('r1');
  await one.post('/v1/runners/r9/trust', { state: 'revoked', words: 'one two' });
  await one.post('/v1/nothing', {});
  expect(await one.words()).toEqual([
    'bootstrap (admin): apply a graph on revision 0: done',
    'bootstrap (admin): invite r1: done',
    'bootstrap (admin): revoke runner r9: refused: not_found',
    'bootstrap (admin): POST /v1/nothing: refused: not_found',
  ]);
  const { items } = await listAudit(one.home, { cursor: '0' });
  expect(items.slice(0, 2)).toMatchObject([
    { operation: 'graph.apply', outcome: 'asked', who: 'bootstrap', role: 'admin' },
    { operation: 'graph.apply', outcome: 'done', digest: items[0]!.digest },
  ]);
  const ids = new Set(one.home.disk.lines.map(({ event }) => event.id));
  expect(items.every(({ event }) => ids.has(event))).toBe(true);
});

test('says which runners were heard no more, between what operators did, as it comes', async () => {
  const one = await begin();
  await one.addRunner('runner', 'r1');
  await one.time.pass(30_000);
  await one.invite('r2');
  const { items } = await listAudit(one.home, {});
  const look = auditBehind(one.home, {});
  const seen = one.host.news.count;
  await one.time.pass(60_000);
  expect(one.host.news.count).toBeGreaterThan(seen);
  expect((await look(items.at(-1)!.cursor)).map(({ data }) => auditWords(data as AuditEntry))).toEqual([
    'the Host: runner r1: is stale',
  ]);
  await one.invite('r3');
  expect(await one.words()).toEqual([
    'the Host: runner r1: is live',
    'bootstrap (admin): invite r2: done',
    'the Host: runner r1: is stale',
    'bootstrap (admin): invite r3: done',
  ]);
});

test('without a cursor is the last page, and with one what follows it', async () => {
  const one = await begin();
  for (let n = 0; n < 60; n++) await one.invite(`r${n}`);
  const last = await listAudit(one.home, {});
  expect([last.items.length, last.items.at(-1)?.target, last.next]).toEqual([100, 'r59', null]);
  const first = await listAudit(one.home, { cursor: '0' });
  expect([first.items.length, first.items[0]?.target]).toEqual([100, 'r0']);
  const rest = await listAudit(one.home, { cursor: first.next! });
  expect([rest.items.length, rest.next]).toEqual([20, null]);
  await expect(listAudit(one.home, { cursor: '999999' })).rejects.toMatchObject({ code: 'not_found' });
  expect(() => auditBehind(one.home, { cursor: '999999' })).toThrow(/the ledger has/);
});

test('comes as it is asked: who follows is told at once', async () => {
  const one = await begin();
  const seen = one.host.news.count;
  await one.invite('r1');
  expect(one.host.news.count).toBeGreaterThan(seen);
  const look = auditBehind(one.home, {});
  const told = await look('0');
  expect(told.map(({ data }) => data)).toMatchObject([{ outcome: 'asked' }, { outcome: 'done' }]);
  expect(await look(told.at(-1)!.cursor)).toEqual([]);
});

describe('what was asked', () => {
  test('and has no outcome stands there as that; an outcome is of the same request and nobody else’s', async () => {
    const one = await begin();
    await one.invite('r1');
    const { items } = await listAudit(one.home, {});
    const [asked, done] = items as [(typeof items)[number], (typeof items)[number]];
    expect(withOutcomes([], [asked]).map(auditWords)).toEqual([
      'bootstrap (admin): invite r1: asked, without an outcome',
    ]);
    expect(withOutcomes([asked], [done])).toEqual([done]);
    for (const other of [{ who: 'eve' }, { route: '/v1/graph' }, { digest: 'sha256:00' }])
      expect(withOutcomes([asked], [{ ...done, ...other }])).toHaveLength(2);
    expect(withOutcomes([asked], [asked])).toHaveLength(2);
  });
  test('is said as an act, without the parts of its path', async () => {
    const one = await begin();
    await one.invite('r1');
    const [asked] = (await listAudit(one.home, {})).items;
    const said = (operation: string, target: string) => auditWhat({ ...asked!, operation, target });
    expect(said('runners.trust', 'r1/trust trusted')).toBe('trust runner r1');
    expect(said('runners.trust', 'r1/trust rejected')).toBe('reject runner r1');
    // A body without its shape wants nothing that could be named
    expect(said('runners.trust', 'r1/trust')).toBe('decide about runner r1');
    expect(said('operators.revoke', 'late/revoke')).toBe('revoke operator late');
    expect(said('secrets.remove', 'TOKEN/remove')).toBe('remove secret TOKEN');
    expect(said('assignments.create', 'coder on r1')).toBe('assign coder on r1');
    expect(said('assignments.revoke', 'coder/revoke')).toBe('take coder off its runner');
    expect(said('nothing', 'x')).toBe('POST /v1/invites');
  });
  test('by nobody that is known is said to be that', async () => {
    const one = await begin();
    await one.invite('r1');
    const [asked] = (await listAudit(one.home, {})).items;
    expect(auditWords({ ...asked!, who: 'unknown', role: 'none', outcome: 'unauthenticated' })).toBe(
      'somebody unknown: invite r1: refused: unauthenticated',
    );
  });
});
