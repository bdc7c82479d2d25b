/** What a session amounts to: whose words move it, in which order, and how it ends where nobody is left to tell. */
import { describe, expect, test } from 'vitest';
import {
  approvalRequest,
  bothWays,
  fold,
  hex,
  key,
  linesOf,
  move,
  request,
  session,
} from '../../../../test/support/fold-kit.ts';
import { type Name, type Said, uuidOf } from '../../../../test/support/world.ts';
import type { SessionState } from '../../vocabulary.ts';
import type { RowOf } from '../rows.ts';

const commit = hex('c0', 20);
const told = (...said: Said[]): (RowOf<'sessions'> | undefined)[] =>
  bothWays('user', ({ say }) => {
    for (const one of said) say(one);
  }).map((tables) => tables.get('sessions', session));
const inAttempt = (attempt: number, said: Said): Said =>
  ({ ...said, body: { ...said.body, attempt } }) as Said;

describe('a session', () => {
  test('goes through its steps in their order, attempt by attempt, whatever their numbers', () => {
    const rows = told(
      request('node'),
      move('task.accept', 5, 'accepted'),
      move('task.update', 6, 'active'),
      move('task.result', 7, 'failed'),
      request('node', 2),
      inAttempt(2, move('task.accept', 1, 'accepted')),
      inAttempt(2, move('task.update', 2, 'active')),
      inAttempt(2, move('task.update', 10, 'waiting_approval')),
    );
    for (const row of rows)
      expect(row).toMatchObject({ state: 'waiting_approval', attempt: 2, step: 10, open: 1 });
  });

  test('of two meanings of one step has the one whose words come first, whichever came first', () => {
    const ends = (state: SessionState) => move('task.result', 3, state as 'failed', { summary: state });
    const begun = [request('node'), move('task.accept', 1, 'accepted'), move('task.update', 2, 'active')];
    for (const row of told(...begun, ends('failed'), ends('completed')))
      expect(row).toMatchObject({ state: 'completed', detail: { summary: 'completed' } });
  });

  test.each([
    [{ summary: 'done' }, { summary: 'done', commit: null }],
    [{ commit }, { summary: null, commit }],
    [{}, null],
  ])('has of %j the result %j', (said, detail) => {
    for (const row of told(request('node'), move('task.result', 1, 'failed', said)))
      expect(row).toMatchObject({ state: 'failed', detail });
  });
});

describe('a session at the Host', () => {
  const seen = (step: number, state: SessionState, from: Name = 'runner', reason?: string): Said => ({
    type: 'session.observed',
    from,
    to: 'host',
    body: {
      ...{ session, attempt: 1, step, state, node: 'builder', requester: key('user'), evidence: [] },
      ...(reason !== undefined && { reason }),
    },
  });
  const atHost = (...said: Said[]) =>
    bothWays('host', ({ say }) => {
      for (const one of said) say(one);
    }).map((tables) => tables.get('sessions', session));

  test('is what its runner saw of it: of which node, for whom', () => {
    const open = { node: 'builder', requester: key('user'), title: '', request: null, at: 0, detail: null };
    for (const row of atHost(seen(1, 'accepted'), seen(2, 'active')))
      expect(row).toMatchObject({ ...open, attempt: 1, step: 2, state: 'active', reason: null, open: 1 });
    for (const row of atHost(seen(1, 'accepted'), seen(2, 'failed', 'runner', 'no_engine')))
      expect(row).toMatchObject({ ...open, step: 2, state: 'failed', reason: 'no_engine', open: 0 });
  });

  test('is ended by what its runner published in its last attempt there, not in the one before it lost the node', () => {
    const published: Said<'artifact.observed'> = {
      type: 'artifact.observed',
      from: 'runner',
      to: 'host',
      body: {
        ...{
          artifact: uuidOf(4),
          session,
          state: 'published',
          repository: 'r',
          branch: 'b',
          commit,
          approval: null,
        },
      },
    };
    const attempts = [
      seen(2, 'active'),
      inAttempt(2, seen(2, 'active', 'runner2')),
      inAttempt(3, seen(2, 'active')),
    ];
    for (const row of atHost(...attempts, published))
      expect(row).toMatchObject({ attempt: 3, state: 'completed', open: 0, asked_again: null });
  });

  test('is no session of the runner that says so', () => {
    const lines = linesOf('runner', ({ say }) => void say(seen(1, 'accepted')));
    expect(fold(lines).list('messages')).toHaveLength(1);
    expect(fold(lines).list('sessions')).toEqual([]);
  });
});

test('a session that its owner ended with nobody to tell is over, and so is all that it opened', () => {
  for (const tables of bothWays('runner', ({ say, record }) => {
    say(request('node'));
    say(approvalRequest());
    const body = {
      session,
      attempt: 1,
      step: 1,
      node: key('node'),
      state: 'failed',
      reason: 'gone',
    } as const;
    record('runner', 'session.ended', body);
  })) {
    const ended = { state: 'failed', reason: 'gone', step: 1, open: 0, detail: null };
    expect(tables.get('sessions', session)).toMatchObject(ended);
    expect(tables.list('exchanges').map((row) => row.open)).toEqual([0, 0]);
  }
});

test('a session that its requester ended while nobody ran its node has the reason', () => {
  for (const tables of bothWays('user', ({ say, record }) => {
    say(request('node'));
    const words = { state: 'cancelled', reason: 'gone', summary: 'why' } as const;
    record('user', 'session.ended', { session, attempt: 1, step: 1, node: key('node'), ...words });
  }))
    expect(tables.get('sessions', session)).toMatchObject({
      ...{ state: 'cancelled', reason: 'gone', open: 0 },
      detail: { summary: 'why', commit: null },
    });
});
