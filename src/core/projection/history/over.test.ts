/** Which sessions leave the working set, and with which line. */
import { describe, expect, test } from 'vitest';
import { fold, linesOf, move, request, session, world } from '../../../../test/support/fold-kit.ts';
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
