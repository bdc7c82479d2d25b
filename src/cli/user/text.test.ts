import { expect, test } from 'vitest';
import type { sessionView } from '../../services/user/views.ts';
import { endText, sessionText } from './text.ts';

type Session = ReturnType<typeof sessionView>;
const view = (more: Partial<Session>): Session => ({
  id: 's1',
  node: 'builder',
  requester: 'me',
  title: 't',
  state: 'completed',
  reason: null,
  attempt: 1,
  since: '',
  commit: null,
  summary: 'all was well',
  approvals: [],
  artifacts: [],
  ...more,
});

test('a session that changed nothing says so, and what it said', () => {
  expect(endText(view({}))).toBe('s1 completed\nnothing was changed\nit said: all was well');
  expect(sessionText(view({}))).toContain('nothing was changed');
});

test('one that made a commit names it, where it is known already', () => {
  const artifact = {
    id: 'a',
    repository: 'r',
    branch: 'b',
    commit: 'c1',
    approval: null,
    state: 'published' as const,
  };
  expect(endText(view({ commit: 'c1', artifacts: [artifact] }))).toBe('s1 completed\npublished c1 on b');
  expect(endText(view({ commit: 'c1' }))).toBe('s1 completed');
  expect(sessionText(view({ commit: 'c1' }))).not.toContain('nothing');
});
