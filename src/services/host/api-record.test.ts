/** A mutation is on record before it happens, and with how it ended: also when it failed, whatever it failed of. */
import { describe, expect, test } from 'vitest';
import { graphOf, tagOf } from '../../../test/sim/single-home.ts';
import { HOST_GRAPH, type SingleHost, startSingleHost } from '../../../test/sim/single-host.ts';
import { hostKit } from '../../../test/support/host-kit.ts';
import { digestOf } from '../../core/encoding/canonical.ts';
import { canonicalGraph } from '../../core/graph/revision.ts';
import { pathOf } from '../../core/host-api/route.ts';
import { newToken, tokenDigest } from '../../core/host-api/token.ts';

const ask = (one: SingleHost, path: string, body: unknown, method: 'GET' | 'POST' = 'POST') =>
  one.client({ method, path, body });
const recordsOf = ({ home }: SingleHost): Record<string, string>[] =>
  home.disk.lines
    .filter(({ event }) => tagOf(event, 'type') === 'host.operator_request.completed')
    .map(({ event }) => JSON.parse(event.content));
const outcomes = (one: SingleHost) => recordsOf(one).map(({ outcome }) => outcome);
const INVITE = { role: 'runner', name: 'r1', expiresMs: 60_000 };

type Failed = {
  code: string;
  what: string;
  path: string;
  body(one: SingleHost): unknown;
  before?(one: SingleHost): unknown;
};
const FAILED: readonly Failed[] = [
  {
    code: 'conflict',
    what: 'an invite for a name that is taken',
    path: '/v1/invites',
    before: (one) => one.join('runner', 'r1'),
    body: () => INVITE,
  },
  {
    code: 'invalid',
    what: 'a body of another shape',
    path: '/v1/invites',
    body: () => ({ ...INVITE, role: 'host' }),
  },
  {
    code: 'not_found',
    what: 'a runner that nobody knows',
    path: '/v1/runners/r9/trust',
    body: () => ({ state: 'trusted', words: 'one two three four five six seven eight' }),
  },
  {
    code: 'not_authorized',
    what: 'a node on a runner that nobody trusts',
    path: '/v1/assignments',
    before: async (one) => {
      await one.apply();
      await one.join('runner', 'r1');
    },
    body: () => ({ node: 'builder', runner: 'r1' }),
  },
];

describe('an operator request', () => {
  test('is on record before it happens, and as done after', async () => {
    const one = await startSingleHost();
    const canonical = canonicalGraph(graphOf(one.world, HOST_GRAPH));
    await ask(one, '/v1/graph', { canonical, base: { n: 0, digest: null } });
    const types = one.home.disk.lines.map(({ event }) => tagOf(event, 'type'));
    const record = 'host.operator_request.completed';
    const [asked, made, done] = [record, 'graph.revision', record].map((type, i) =>
      i < 2 ? types.indexOf(type) : types.lastIndexOf(type),
    ) as [number, number, number];
    expect([asked < made, made < done]).toEqual([true, true]);
    expect(outcomes(one)).toEqual(['asked', 'done']);
    expect(recordsOf(one)[1]).toMatchObject({ who: 'bootstrap', role: 'admin', route: '/v1/graph' });
  });

  test.each(FAILED)('that fails is on record with $code: $what', async ({ code, path, body, before }) => {
    const one = await startSingleHost();
    await before?.(one);
    await expect(ask(one, path, body(one))).rejects.toMatchObject({ code });
    expect(outcomes(one)).toEqual(['asked', code]);
  });

  test('that meets a bug of ours is on record as that, and the bug is not hidden', async () => {
    const one = await startSingleHost();
    const broken = new TypeError('nobody thought of this');
    one.home.blobs.put = () => Promise.reject(broken);
    const canonical = canonicalGraph(graphOf(one.world, HOST_GRAPH));
    const applied = ask(one, '/v1/graph', { canonical, base: { n: 0, digest: null } });
    await expect(applied).rejects.toBe(broken);
    expect(outcomes(one)).toEqual(['asked', 'bug']);
  });

  test('that cannot be recorded does not happen', async () => {
    const one = await startSingleHost();
    const { append } = one.home.ledger;
    one.home.ledger.append = () => Promise.reject(new Error('the disk is full'));
    await expect(ask(one, '/v1/invites', INVITE)).rejects.toThrow('the disk is full');
    one.home.ledger.append = append;
    expect(one.home.tables.count('invites')).toBe(0);
  });

  test('that only reads leaves nothing', async () => {
    const one = await startSingleHost();
    expect(await ask(one, '/v1/status', undefined, 'GET')).toMatchObject({ graph: one.graph });
    expect(outcomes(one)).toEqual([]);
  });
});

describe('a request that would change nothing leaves nothing on record, however it ends', () => {
  const kit = hostKit();
  const { home, token } = kit;
  const viewer = newToken(home.random.bytes);
  const sha256 = tokenDigest(home.suite, viewer);
  home.tables.put('operators', { name: 'viewer', role: 'viewer', sha256, expires: null, line: 9 });
  const STATUS = pathOf('status.show', {}, {});
  test.each([
    ['shown', 200, STATUS, viewer],
    ['of a path that is none', 404, '/v1/nothing', token],
    ['of what is not there', 404, pathOf('runners.show', { name: 'r9' }, {}), token],
    ['of what the role may not see', 403, pathOf('operators.list', {}, {}), viewer],
    ['of nobody', 401, STATUS, 'x'.repeat(68)],
  ])('%s: %d', async (_what, status, path, given) => {
    expect(await kit.ask('GET', path, undefined, given)).toMatchObject({ status });
    expect(kit.records()).toEqual([]);
  });
});

describe('what is on record of a request', () => {
  const long = 'n'.repeat(300);
  const body = { role: 'user', name: 'alice', expiresMs: 60_000 };
  test.each<[string, string, unknown, string]>([
    ['the name of what is to be made', '/v1/invites', body, 'alice'],
    ['that somebody is to join again', '/v1/invites', { ...body, rejoin: true }, 'alice, to join again'],
    ['no name that is none', '/v1/invites', { ...body, name: 'a b' }, ''],
    ['what the path names, before the body', '/v1/runners/r9/trust', body, 'r9/trust'],
    [
      'what is decided about it',
      '/v1/runners/r9/trust',
      { state: 'revoked', words: 'x' },
      'r9/trust revoked',
    ],
    ['no decision that is none', '/v1/runners/r9/trust', { state: 'loved' }, 'r9/trust'],
    ['which node on which runner', '/v1/assignments', { node: 'builder', runner: 'r1' }, 'builder on r1'],
    ['on which revision', '/v1/graph', { canonical: '', base: { n: 3, digest: null } }, 'on revision 3'],
    ['of a long path its beginning', `/v1/runners/${long}`, undefined, long.slice(0, 200)],
  ])('is %s', async (_what, path, given, target) => {
    const kit = hostKit();
    await kit.ask('POST', path, given);
    const digest = digestOf(kit.home.suite, given ?? null);
    expect(kit.records()[0]).toMatchObject({ target, route: path.slice(0, 200), digest });
  });
});
