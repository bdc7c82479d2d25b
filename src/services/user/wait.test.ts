import { describe, expect, test } from 'vitest';
import { memoryTables } from '../../../test/support/memory-tables.ts';
import { ROWS } from '../../core/projection/rows.ts';
import { pickApproval } from './pick.ts';
import type { User } from './user.ts';
import { waitForSession } from './wait.ts';

const me = 'a'.repeat(64);
const commit = 'c'.repeat(40);

/** A user to whom one message after the other comes while they wait. */
const waiting = (detail: object | null, ...coming: (() => void)[]) => {
  const tables = memoryTables(ROWS);
  const row = { id: 's1', node: me, requester: me, title: 't', attempt: 1, step: 5, state: 'completed' };
  tables.put('sessions', {
    ...row,
    reason: null,
    detail: detail && JSON.stringify(detail),
    request: null,
    at: 1,
    open: 0,
  });
  const until = async <T>(look: () => T | null | undefined | false): Promise<T | null> => {
    for (;;) {
      const found = look();
      if (found) return found;
      const next = coming.shift();
      if (!next) return null;
      next();
    }
  };
  const user = { home: { tables, self: { pubkey: me, name: 'me' }, host: '' }, until } as unknown as User;
  return { user, tables };
};

test('a result that overtook its artifact.ref: waits until it is known where the commit is', async () => {
  const ref = (id: string, commit_id: string) => () =>
    tables.put('artifacts', {
      id,
      session: 's1',
      repository: 'file:///r',
      branch: 'b',
      commit_id,
      approval: null,
      state: 'published',
      by: me,
    });
  const { user, tables } = waiting({ commit }, ref('a1', 'd'.repeat(40)), ref('a2', commit));
  const { artifacts } = await waitForSession(user, 's1', { timeoutMs: 1000 });
  expect(artifacts.map((one) => one.commit)).toEqual(['d'.repeat(40), commit]);
});

test('a result without a commit is waited for no longer', async () => {
  let waited = false;
  const { user } = waiting({ summary: 'done' }, () => {
    waited = true;
  });
  expect((await waitForSession(user, 's1', { timeoutMs: 1000 })).summary).toBe('done');
  expect(waited).toBe(false);
});

test('when the time is over the session is completed all the same', async () => {
  const { user } = waiting({ commit });
  expect(await waitForSession(user, 's1', { timeoutMs: 1000 })).toMatchObject({
    state: 'completed',
    artifacts: [],
  });
});

describe('a session that goes on', () => {
  const asking = (...deciders: string[]) => {
    const { user, tables } = waiting(null);
    const open = { node: me, title: 't', state: 'awaiting_approval', at: 1, open: 1 };
    const nulls = { reason: null, detail: null, request: null };
    tables.put('sessions', { ...open, ...nulls, id: 's1', requester: me, attempt: 1, step: 5 });
    tables.put('peers', { owner: me, name: 'builder', pubkey: me });
    const approval = { session: 's1', node: me, title: 't', state: 'pending', open: 1 };
    tables.put('approvals', { ...approval, id: '0199-a1' });
    for (const who of deciders) tables.put('asked', { approval: '0199-a1', approver: who, message: 'm' });
    return user;
  };

  test('tells each state once, and what it asks of this person; a timeout names both', async () => {
    const told: string[] = [];
    const user = asking(me);
    const failure = await waitForSession(user, 's1', { timeoutMs: 1, tell: (text) => told.push(text) }).catch(
      (error) => error,
    );
    expect(told).toEqual([
      'session s1 is awaiting_approval',
      'waiting for your approval: entangle user approve 0199-a1',
    ]);
    expect(failure).toMatchObject({
      code: 'timed_out',
      message: expect.stringContaining('awaiting_approval, waiting for approval 0199-a1'),
      hint: expect.stringContaining('entangle user approve 0199-a1'),
      details: [{ session: 's1', state: 'awaiting_approval', approvals: ['0199-a1'] }],
    });
  });

  test('its approval may be named by the session, by its start or by its end', () => {
    const { home } = asking(me);
    for (const id of ['0199-a1', '0199', '9-a1']) expect(pickApproval(home, id).id).toBe('0199-a1');
    expect(pickApproval(home, 's1').id).toBe('0199-a1');
    expect(() => pickApproval(asking('b'.repeat(64)).home, 's1')).toThrow('asks nothing of you');
    expect(() => pickApproval(home, '199')).toThrow('no approval');
  });
});
