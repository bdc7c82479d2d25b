import { expect, test } from 'vitest';
import type { sessionView } from '../../services/user/views.ts';
import { endText, inboxText, sessionText } from './text.ts';

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

test('an approval expires as long as it is pending', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  const approval = {
    ...{
      what: 'approval' as const,
      id: 'a1',
      session: 's1',
      node: 'builder',
      title: 't',
      files: 1,
      bytes: 2,
    },
    ...{
      subjectDigest: `sha256:${'ab'.repeat(32)}`,
      expires: '2026-01-01T23:00:00.000Z',
      decision: null,
      reason: null,
    },
  };
  const shown = (state: 'pending' | 'approved') => inboxText([{ ...approval, state }], { now, width: 100 });
  expect(shown('pending')).toContain('in 23 h');
  expect(shown('approved')).toContain('approved');
  expect(shown('approved')).not.toContain('in 23 h');
});
