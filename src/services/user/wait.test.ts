import { expect, test } from 'vitest';
import { memoryTables } from '../../../test/support/memory-tables.ts';
import { ROWS } from '../../core/projection/rows.ts';
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
  const { artifacts } = await waitForSession(user, 's1', 1000);
  expect(artifacts.map((one) => one.commit)).toEqual(['d'.repeat(40), commit]);
});

test('a result without a commit is waited for no longer', async () => {
  let waited = false;
  const { user } = waiting({ summary: 'done' }, () => {
    waited = true;
  });
  expect((await waitForSession(user, 's1', 1000)).summary).toBe('done');
  expect(waited).toBe(false);
});

test('when the time is over the session is completed all the same', async () => {
  const { user } = waiting({ commit });
  expect(await waitForSession(user, 's1', 1000)).toMatchObject({ state: 'completed', artifacts: [] });
});
