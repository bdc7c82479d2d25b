/** Routes whose peers come as a list in parts: what is in force meanwhile, and what newer and older ones make of it. */
import { describe, expect, test } from 'vitest';
import { fold, hex, key, lineOf, routesTo } from '../../../../test/support/fold-kit.ts';
import type { Name, Said } from '../../../../test/support/world.ts';
import { toBase64 } from '../../encoding/bytes.ts';
import type { Line } from '../../ledger/line.ts';
import { partBounds, partCount } from '../../protocol/blob-parts.ts';
import { writeRoutesList } from '../../protocol/routes-list.ts';
import type { BodyOf } from '../../protocol/table.ts';
import type { Tables } from '../rows.ts';
import { contentOf } from './routes.ts';

const EPOCH = 3;
type Listed = { said: Said<'routes'>; part(n: number): Said<'blob.part'> };
/** As many peers as make two parts, the first of them with a name to know the list by. */
const listed = (n: number, name: string, self: Name = 'user', bytes?: Uint8Array): Listed => {
  const [one] = routesTo(n, 'node', name, self).body.peers;
  const peers = Array.from({ length: 100 }, (_, i) => ({
    ...one!,
    ...(i > 0 && { name: `agent-${i}`, pubkey: i.toString(16).padStart(64, '0') }),
    relays: ['wss://relay.example.org'],
  }));
  const all = bytes ?? writeRoutesList({ owner: key(self), epoch: EPOCH, n, peers });
  const list = { sha256: hex(`${self === 'user' ? 'a' : 'b'}${n}`), size: all.length, peers: peers.length };
  const { body, ...rest } = routesTo(n, null, 'x', self);
  return {
    said: { ...rest, body: { ...body, peers: [], list } },
    part: (i) => ({
      type: 'blob.part',
      from: 'host',
      to: 'user',
      body: {
        sha256: list.sha256,
        n: i,
        of: partCount(all.length),
        data: toBase64(all.subarray(...partBounds(all.length, i))),
      },
    }),
  };
};
const heard = (...said: Said[]): Line[] => said.map((one, i) => lineOf('in', one, i + 1));
const told = (...said: Said[]): Tables => fold(heard(...said));
/** What is in force of the person, what is on its way to whom, and which parts of it are here. */
const stateOf = (tables: Tables) => ({
  n: tables.get('routes', key('user'))?.n,
  peer: tables.list('peers', { owner: key('user'), pubkey: key('node') })[0]?.name,
  coming: tables.list('announced_routes').map((row) => row.n),
  parts: tables.list('routes_parts').map((row) => `${row.sha256.slice(0, 2)} ${row.n}`),
});
const first = routesTo(1, 'node', 'first');
const second = listed(2, 'second');
const third = listed(3, 'third');

describe('a list of routes', () => {
  test('is announced and may be asked for, while the routes before it stay in force', () => {
    const tables = told(first, second.said);
    expect(stateOf(tables)).toEqual({ n: 1, peer: 'first', coming: [2], parts: [] });
    const { sha256, size } = second.said.body.list!;
    expect(tables.list('announced_routes')).toMatchObject([
      { owner: key('user'), me: key('user'), sha256, size, epoch: EPOCH, announced: { n: 2 } },
    ]);
    expect(tables.list('blob_grants')).toEqual([{ sha256, holder: key('host'), reader: key('user'), size }]);
    expect(told(first).list('blob_grants')).toEqual([]);
  });

  test.each([
    [0, 1],
    [1, 0],
  ])('is in force with the last of its parts: %i, then %i', (one, other) => {
    const some = told(first, second.said, second.part(one));
    expect(stateOf(some)).toEqual({ n: 1, peer: 'first', coming: [2], parts: [`a2 ${one}`] });
    expect(some.list('blob_parts')).toEqual([]);
    const all = told(first, second.said, second.part(one), second.part(other));
    expect(stateOf(all)).toEqual({ n: 2, peer: 'second', coming: [], parts: [] });
    expect(all.count('peers', { owner: key('user') })).toBe(100);
    expect(all.get('routes', key('user'))).toMatchObject({ peers: 100, list: hex('a2') });
    expect(all.get('keys', key('node'))).toMatchObject({ name: 'second' });
  });

  test('is of its own parts: those of another that is on its way are none', () => {
    const theirs = listed(2, 'theirs', 'bob');
    const both = [second.said, theirs.said, second.part(0), theirs.part(1)];
    expect(stateOf(told(...both))).toMatchObject({ n: undefined, coming: [2, 2], parts: ['a2 0', 'b2 1'] });
    const tables = told(...both, second.part(1));
    expect(stateOf(tables)).toEqual({ n: 2, peer: 'second', coming: [2], parts: ['b2 1'] });
    expect(stateOf(told(...both, second.part(1), theirs.part(0)))).toMatchObject({ n: 2, peer: 'second' });
  });

  test('gives way to a newer one, with what is here of it; an older one and itself again change nothing', () => {
    const begun = [first, second.said, second.part(0)];
    expect(stateOf(told(...begun, third.said))).toMatchObject({ n: 1, coming: [3], parts: [] });
    expect(stateOf(told(...begun, { ...second.said }))).toMatchObject({ coming: [2], parts: ['a2 0'] });
    const older = [first, third.said, third.part(0), second.said];
    expect(stateOf(told(...older))).toMatchObject({ n: 1, coming: [3], parts: ['a3 0'] });
    expect(stateOf(told(routesTo(3, 'node', 'now'), second.said))).toMatchObject({ n: 3, coming: [] });
  });

  test('gives way to newer routes that a message holds, and to no older ones', () => {
    const begun = [first, third.said, third.part(0)];
    const newer = stateOf(told(...begun, routesTo(4, 'node', 'fourth')));
    expect(newer).toEqual({ n: 4, peer: 'fourth', coming: [], parts: [] });
    const older = stateOf(told(...begun, routesTo(2, 'node', 'between')));
    expect(older).toEqual({ n: 2, peer: 'between', coming: [3], parts: ['a3 0'] });
  });

  test('that nobody can read leaves the routes before it in force', () => {
    const broken = listed(2, 'x', 'user', new Uint8Array(20));
    const tables = told(first, broken.said, broken.part(0));
    expect(stateOf(tables)).toEqual({ n: 1, peer: 'first', coming: [], parts: [] });
  });

  test('is in force at once where it is said, and its parts that go out are those of any blob', () => {
    const out = fold([lineOf('out', second.said)]);
    expect(out.list('routes')).toMatchObject([{ n: 2, peers: 100, list: hex('a2') }]);
    expect(stateOf(out)).toMatchObject({ coming: [], peer: undefined });
    const passedOn = lineOf('out', { ...second.part(1), from: 'user', to: 'node', re: hex('1e') }, 9);
    const tables = fold([...heard(second.said), passedOn]);
    expect(stateOf(tables)).toMatchObject({ coming: [2], parts: [] });
    expect(tables.list('blob_requests')).toMatchObject([{ id: hex('1e'), holder: key('user'), served: 1 }]);
  });
});

describe('the contents of routes', () => {
  type Body = BodyOf<'routes'>;
  const { body } = routesTo(1, 'node');
  const [peer] = body.peers;
  const withPeer = (changes: object): Body => ({ ...body, peers: [{ ...peer!, ...changes }] });

  test('are the same under another number and at other relays', () => {
    for (const same of [{ ...body, n: 2 }, withPeer({ relays: ['wss://relay.example.org'] })])
      expect(contentOf(same)).toBe(contentOf(body));
  });

  test.each<[string, Body]>([
    ['no peer', { ...body, peers: [] }],
    ['a name', withPeer({ name: 'other' })],
    ['a key', withPeer({ pubkey: key('peer') })],
    ['a person', withPeer({ person: 'bob' })],
    ['a relation', withPeer({ relations: [{ relation: 'peers_with', side: 'a' }] })],
    ['a list', { ...body, list: { sha256: hex('a1'), size: 1, peers: 1 } }],
    ['whose they are', { ...body, self: { ...body.self, name: 'other' } }],
    ['a revision', { ...body, revision: 2 }],
    ['a digest', { ...body, digest: hex('d2') }],
    ['a policy', { ...body, policy: { 'source.publish': hex('0c') } }],
    ['an approval', { ...body, approval: { 'source.publish': { by: ['bob'], quorum: 1 } } }],
  ])('are others with %s', (_what, other) => {
    expect(contentOf(other)).not.toBe(contentOf(body));
  });

  test('of a list are those of its digest', () => {
    const list = (sha256: string): string => contentOf({ ...body, list: { sha256, size: 1, peers: 1 } });
    expect(list(hex('a1'))).not.toBe(list(hex('a2')));
  });
});
