/** Which sessions leave the working set, and with which line. */
import { describe, expect, test } from 'vitest';
import {
  fold,
  hex,
  key,
  linesOf,
  move,
  request,
  routesTo,
  session,
  world,
} from '../../../../test/support/fold-kit.ts';
import { tieredTables } from '../../../../test/support/tiered-tables.ts';
import { foldLine } from '../fold.ts';
import { overAt } from './over.ts';

const told = (isOver: boolean) =>
  linesOf('user', ({ say }) => {
    say(request('node'));
    say(move('task.accept', 1, 'accepted'));
    say(move('task.update', 2, 'active'));
    if (isOver) say(move('task.result', 3, 'completed'));
  });
const lastOf = (isOver: boolean): number => told(isOver).at(-1)!.n;

describe('a session', () => {
  test('that is over goes when nothing came of it for so many lines, and not before', () => {
    const last = lastOf(true);
    const tables = fold(told(true));
    expect(overAt(tables, last + 4, { after: 5, every: 1 })).toBeNull();
    const moved = overAt(tables, last + 5, { after: 5, every: 1 });
    expect(moved?.messages.map((row) => row.session)).toEqual(Array(4).fill(session));
    expect(moved?.transitions.map(({ step, state }) => [step, state])).toContainEqual([3, 'completed']);
    expect(moved?.exchanges).toMatchObject([{ type: 'task.request', open: 0 }]);
    // It was taken
    expect(overAt(tables, last + 6, { after: 5, every: 1 })).toBeNull();
  });

  test('that is open stays, however long nothing came of it', () => {
    expect(overAt(fold(told(false)), 1_000, { after: 5, every: 1 })).toBeNull();
  });

  test('goes with a line at which is looked for such', () => {
    expect(overAt(fold(told(true)), 101, { after: 5, every: 50 })).toBeNull();
    expect(overAt(fold(told(true)), 150, { after: 5, every: 50 })).not.toBeNull();
  });

  test('of which something comes later is whole, and goes again', () => {
    const { tables, leave } = tieredTables({ after: 0, every: 1 });
    const lines = told(true);
    for (const line of lines) foldLine(tables, line, world.suite.sha256);
    const later = {
      ...lines[1]!,
      n: 100,
      event: world.compose({ ...move('task.update', 2, 'active'), n: 90 }),
    };
    expect(leave(99)).toBeGreaterThan(0);
    foldLine(tables, later, world.suite.sha256);
    expect(tables.list('messages', { session })).toHaveLength(5);
    expect(leave(100)).toBeGreaterThan(0);
    expect(tables.list('messages', { session })).toHaveLength(5);
    expect(tables.get('sessions', session)?.state).toBe('completed');
  });
});

describe('a message without a session', () => {
  const sha256 = hex('df');
  const asked = (home: 'user' | 'runner', isServed: boolean) =>
    linesOf(home, ({ say, record }) => {
      const re = say({ type: 'blob.get', from: 'user', to: 'node', body: { sha256 } });
      if (isServed)
        say({ type: 'blob.part', from: 'node', to: 'user', re, body: { sha256, n: 0, of: 1, data: 'AA' } });
      const peer = key(home === 'user' ? 'node' : 'user');
      record(home, 'delivery.acked', { peer, stream: hex('a1', 16), high: 1, top: 1, missing: [] });
    });
  const typesOf = (home: 'user' | 'runner', isServed: boolean, n: number, after: number) => {
    const moved = overAt(fold(asked(home, isServed)), n, { after, every: 1 });
    return (
      moved && [moved.messages.map(({ type }) => type), moved.blob_requests.length, moved.blob_parts.length]
    );
  };

  test('goes when it is as old, with what was asked for by it', () => {
    const last = asked('user', true).at(-1)!.n;
    const all = ['delivery.acked', 'blob.get', 'blob.part'];
    expect(typesOf('user', true, last + 5, 5)).toEqual([all, 1, 1]);
    expect(typesOf('runner', true, last + 5, 5)).toEqual([all, 1, 0]);
    expect(typesOf('user', true, last + 4, 5)).toEqual([['blob.get', 'blob.part'], 1, 1]);
    expect(typesOf('user', true, 1_000, 1_000 - last + 3)).toBeNull();
  });

  test('takes no question of others with it that has no answer yet', () => {
    expect(typesOf('runner', false, 100, 5)).toEqual([['delivery.acked', 'blob.get'], 0, 0]);
    expect(typesOf('user', false, 100, 5)).toEqual([['delivery.acked', 'blob.get'], 1, 0]);
  });

  test('takes the right to ask with it, which holds for good', () => {
    const { tables, leave } = tieredTables({ after: 0, every: 1 });
    for (const line of asked('runner', true)) foldLine(tables, line, world.suite.sha256);
    tables.put('blob_grants', { sha256, holder: key('node'), reader: key('user'), size: 7 });
    expect(leave(100)).toBe(5);
    expect(tables.get('blob_grants', sha256, key('node'), key('user'))?.size).toBe(7);
    expect(tables.list('blob_requests', { holder: key('node'), served: 0 })).toEqual([]);
    expect(tables.count('blob_requests', { holder: key('node'), served: 1 })).toBe(1);
  });

  test('of another type stays', () => {
    const lines = linesOf('user', ({ say }) => say(routesTo(1, 'node')));
    expect(lines).toHaveLength(1);
    expect(overAt(fold(lines), 1_000, { after: 5, every: 1 })).toBeNull();
  });
});
