/** What waits to be sent when routes change: only what somebody would still hear stays. */
import { describe, expect, test } from 'vitest';
import { fold, hex, key, lineOf, move, request, routesTo, world } from '../../../../test/support/fold-kit.ts';
import type { Name, Said } from '../../../../test/support/world.ts';
import { uuidOf } from '../../../../test/support/world.ts';
import type { Line } from '../../ledger/line.ts';

/** The names of the keys in a column of what waits. */
const waiting = (lines: readonly Line[], column: 'sender' | 'recipient'): string[] =>
  fold(lines)
    .list('outbox')
    .map((row) => world.byKey.get(row[column])!.name)
    .sort();
const routesOf = (self: Name, name: string, who: Name | null, peer: string, n = 1): Line => {
  const { body, ...rest } = routesTo(n, who, peer, self);
  return lineOf('in', { ...rest, body: { ...body, self: { ...body.self, name } } }, 90 + n);
};

describe('earlier keys of a node', () => {
  const proof = () => {
    const event = world.compose(request('node'));
    return { ...event, tags: event.tags.map((tag) => [...tag]) };
  };
  const offer = (id: number, node: string, fence: number): Line =>
    lineOf('in', {
      type: 'assignment.offer',
      from: 'host',
      to: 'runner',
      body: {
        ...{ assignment: uuidOf(id), node, fence, revision: 1, digest: hex('d1'), leaseMs: 30_000 },
        ...{ challenge: hex('cc', 16), spec: '{}' },
      },
    });
  const assigned = (id: number, node: string, fence: number, who: Name): Line[] => [
    offer(id, node, fence),
    lineOf('out', {
      type: 'assignment.accept',
      from: 'runner',
      to: 'host',
      body: { assignment: uuidOf(id), node, fence, pubkey: key(who), proof: proof() },
    }),
  ];
  const says = (from: Name): Line => lineOf('out', { ...move('task.update', 2, 'active'), from });
  const routes = routesOf('node', 'builder', null, 'x');

  test('say no more when routes name a later one; keys of other nodes and later keys do', () => {
    const lines = [
      ...assigned(10, 'builder', 1, 'peer'),
      ...assigned(11, 'builder', 2, 'node'),
      ...assigned(12, 'builder', 3, 'bob'),
      ...assigned(13, 'tester', 1, 'stranger'),
      offer(14, 'builder', 1),
      ...(['peer', 'node', 'bob', 'stranger'] as const).map(says),
    ];
    const senders = (all: Line[]) => waiting(all, 'sender').filter((name) => name !== 'runner');
    expect(senders(lines)).toEqual(['bob', 'node', 'peer', 'stranger']);
    expect(senders([...lines, routes])).toEqual(['bob', 'node', 'stranger']);
  });

  test('stay where the key that routes name is of no assignment here', () => {
    const lines = [...assigned(10, 'builder', 1, 'peer'), says('peer'), routes];
    expect(waiting(lines, 'sender')).toEqual(['peer', 'runner']);
  });
});

describe('a recipient whose name has another key now', () => {
  const to = (recipient: Name, from: Name): Line => lineOf('out', { ...request(recipient), from });

  test('is not waited for by whom the routes are for, and still by others', () => {
    const named = [
      routesOf('user', 'user', 'peer', 'builder', 1),
      routesOf('user', 'user', 'node', 'builder', 2),
    ];
    expect(waiting([named[0]!, to('peer', 'user'), named[1]!], 'sender')).toEqual([]);
    expect(waiting([named[0]!, to('peer', 'bob'), named[1]!], 'sender')).toEqual(['bob']);
  });

  test('is waited for where no routes name it any more', () => {
    const gone = routesOf('user', 'user', 'node', 'other', 2);
    expect(
      waiting([routesOf('user', 'user', 'peer', 'builder', 1), to('peer', 'user'), gone], 'recipient'),
    ).toEqual(['peer']);
  });
});

test('newer routes take the place of older ones of one owner to one recipient, of nothing else', () => {
  const said = (to: Name, n: number): Line => lineOf('out', { ...routesTo(n, 'node'), to }, n);
  const trust: Said<'runner.trust'> = {
    ...{ type: 'runner.trust', from: 'host', to: 'user', body: { runner: 'r1', state: 'trusted' } },
    dedup: `trust:1:${key('user').slice(0, 16)}`,
  };
  const rows = fold([said('user', 1), said('bob', 1), lineOf('out', trust), said('user', 2)]).list('outbox');
  expect(
    rows.map((row) => [row.type, world.byKey.get(row.recipient)!.name, row.dedup.at(-1)]).sort(),
  ).toEqual([
    ['routes', 'bob', '1'],
    ['routes', 'user', '2'],
    ['runner.trust', 'user', trust.dedup!.at(-1)],
  ]);
});
