import { expect, test } from 'vitest';
import { carriesAny, linksOf } from './links.ts';

type Peer = Parameters<typeof linksOf>[0];
const peer = (relations: Peer['relations']): Peer => ({
  owner: 'aa',
  name: 'bob',
  kind: 'user',
  pubkey: 'bb',
  person: 'bob',
  relations,
  since: 1,
  ssh: [],
  reach: null,
  gate: null,
});

test('an edge is told from the side of whoever sends over it', () => {
  const bob = peer([
    { relation: 'delegates_to', side: 'a' },
    { relation: 'reviews', side: 'b', rate: '1/minute' },
  ]);
  expect(linksOf(bob, true)).toEqual([
    { edge: { from: 'me', relation: 'delegates_to', to: 'bob' }, side: 'a' },
    { edge: { from: 'bob', relation: 'reviews', to: 'me', rate: '1/minute' }, side: 'b' },
  ]);
  expect(linksOf(bob, false).map(({ side }) => side)).toEqual(['b', 'a']);
});
test('a disabled edge carries no blob, another one does', () => {
  const off = { relation: 'reviews', side: 'a', disabled: true } as const;
  expect(carriesAny(linksOf(peer([off]), true))).toBe(false);
  expect(carriesAny(linksOf(peer([off, { relation: 'consults', side: 'a' }]), true))).toBe(true);
});
