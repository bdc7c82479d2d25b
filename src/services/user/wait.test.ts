import { describe, expect, test } from 'vitest';
import { memoryTables } from '../../../test/support/memory-tables.ts';
import { wholeRow } from '../../../test/support/rows.ts';
import type { ResultDetail } from '../../core/projection/rows.ts';
import { ROWS } from '../../core/projection/rows.ts';
import { pickApproval } from './pick.ts';
import type { User } from './user.ts';
import { waitForSession } from './wait.ts';

const me = 'a'.repeat(64);
const commit = 'c'.repeat(40);

/** A user to whom one message after the other comes while they wait. */
const waiting = (detail: ResultDetail | null, ...coming: (() => void)[]) => {
  const tables = memoryTables(ROWS);
  const row = { id: 's1', node: me, requester: me, state: 'completed', detail, open: 0 } as const;
  tables.put('sessions', wholeRow('sessions', row));
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
  const { user, tables } = waiting({ commit, summary: null }, ref('a1', 'd'.repeat(40)), ref('a2', commit));
  const { artifacts } = await waitForSession(user, 's1', { timeoutMs: 1000 });
  expect(artifacts.map((one) => one.commit)).toEqual(['d'.repeat(40), commit]);
});

test('a result without a commit is waited for no longer', async () => {
  let waited = false;
  const { user } = waiting({ summary: 'done', commit: null }, () => {
    waited = true;
  });
  expect((await waitForSession(user, 's1', { timeoutMs: 1000 })).summary).toBe('done');
  expect(waited).toBe(false);
});

test('when the time is over the session is completed all the same', async () => {
  const { user } = waiting({ commit, summary: null });
  expect(await waitForSession(user, 's1', { timeoutMs: 1000 })).toMatchObject({
    state: 'completed',
    artifacts: [],
  });
});

describe('a session that goes on', () => {
  const asking = (...deciders: string[]) => {
    const { user, tables } = waiting(null);
    const state = 'waiting_approval';
    tables.put('sessions', wholeRow('sessions', { id: 's1', node: me, requester: me, state }));
    tables.put('peers', wholeRow('peers', { owner: me, name: 'builder', pubkey: me, kind: 'agent' }));
    tables.put('approvals', wholeRow('approvals', { id: '0199-a1', session: 's1', node: me }));
    for (const who of deciders)
      tables.put('approval_requests', { approval: '0199-a1', approver: who, message: 'm' });
    return user;
  };

  test('tells each state once, and what it asks of this person; a timeout names both', async () => {
    const told: string[] = [];
    const user = asking(me);
    const failure = await waitForSession(user, 's1', { timeoutMs: 1, tell: (text) => told.push(text) }).catch(
      (error) => error,
    );
    expect(told).toEqual([
      'session s1 is waiting_approval',
      'waiting for your approval: entangle user approve 0199-a1',
    ]);
    expect(failure).toMatchObject({
      code: 'timed_out',
      message: expect.stringContaining('waiting_approval, waiting for approval 0199-a1'),
      hint: expect.stringContaining('entangle user approve 0199-a1'),
      details: [{ session: 's1', state: 'waiting_approval', approvals: ['0199-a1'] }],
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
