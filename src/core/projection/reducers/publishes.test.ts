/** A push: what was meant before it and what came of it, in whichever order the two records are read. */
import { expect, test } from 'vitest';
import { after, bothWays, hex, session } from '../../../../test/support/fold-kit.ts';

const of = { session, attempt: 1, commit: hex('c0', 20) };
const row = { session, attempt: 1, commit_id: hex('c0', 20) };

test('a push that was meant and is over has its branch and its outcome', () => {
  for (const tables of bothWays('runner', ({ record }) => {
    record('runner', 'publish.intended', { ...of, branch: 'entangle/x' });
    record('runner', 'publish.finished', { ...of, outcome: 'moved' });
  }))
    expect(tables.list('publishes')).toEqual([{ ...row, branch: 'entangle/x', outcome: 'moved' }]);
});

test('a push of which only one of the two is known has no outcome, or no branch', () => {
  const meant = after('runner', ({ record }) =>
    record('runner', 'publish.intended', { ...of, branch: 'entangle/x' }),
  );
  expect(meant.list('publishes')).toEqual([{ ...row, branch: 'entangle/x', outcome: null }]);
  const over = after('runner', ({ record }) =>
    record('runner', 'publish.finished', { ...of, outcome: 'refused' }),
  );
  expect(over.list('publishes')).toEqual([{ ...row, branch: '', outcome: 'refused' }]);
});
