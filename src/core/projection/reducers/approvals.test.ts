/** An approval: when it was put, what is known of it where it was only observed, and that its end is the end. */
import { describe, expect, test } from 'vitest';
import {
  after,
  approvalRequest,
  bothWays,
  fold,
  hex,
  key,
  linesOf,
  session,
} from '../../../../test/support/fold-kit.ts';
import { wholeRow } from '../../../../test/support/rows.ts';
import type { Said } from '../../../../test/support/world.ts';
import { NOW, uuidOf } from '../../../../test/support/world.ts';
import type { ApprovalState } from '../../vocabulary.ts';

const approval = uuidOf(3);
const seen = (state: ApprovalState, subjectDigest: string): Said<'approval.observed'> => ({
  type: 'approval.observed',
  from: 'runner',
  to: 'host',
  body: { approval, session, operation: 'source.publish', state, subjectDigest, evidence: [] },
});

describe('an approval', () => {
  test('put to several people is of the time of the first', () => {
    for (const tables of bothWays('runner', ({ say }) => {
      say({ ...approvalRequest(), at: NOW + 5 });
      say({ ...approvalRequest(), to: 'bob', at: NOW + 9 });
    })) {
      expect(tables.get('approvals', approval)).toMatchObject({ at: NOW + 5, launcher: key('user') });
      expect(
        tables
          .list('approval_requests')
          .map((row) => row.approver)
          .sort(),
      ).toEqual([key('user'), key('bob')].sort());
    }
  });

  test('of a command is not given by what is told as published under it', () => {
    for (const tables of bothWays('host', ({ say }) => {
      const { type, from, to, body } = seen('pending', hex('5d'));
      say({ type, from, to, body: { ...body, operation: 'command.run' } });
      const place = { repository: 'r', branch: 'b', commit: hex('c0', 20) };
      const artifact = { artifact: uuidOf(4), session, state: 'published' as const, ...place, approval };
      say({ type: 'artifact.observed', from, to, body: artifact });
    }))
      expect(tables.get('approvals', approval)).toMatchObject({ state: 'pending', open: 1 });
  });

  test('that its owner said to be over is not given by what is published under it', () => {
    for (const tables of bothWays('user', ({ say }) => {
      const { body } = approvalRequest();
      say(approvalRequest());
      say({
        type: 'approval.closed',
        from: 'node',
        to: 'user',
        body: { approval, session, state: 'rejected', subjectDigest: body.subjectDigest },
      });
      say({
        type: 'artifact.ref',
        from: 'node',
        to: 'user',
        body: {
          ...{ artifact: uuidOf(4), session, repository: 'r', branch: 'b', commit: hex('c0', 20), approval },
        },
      });
    }))
      expect(tables.get('approvals', approval)).toMatchObject({ state: 'rejected', open: 0 });
  });
});

describe('an approval that was only observed', () => {
  test('says whose and of what it is, and nothing that is shown', () => {
    const tables = after('host', ({ say }) => void say(seen('pending', hex('5d'))));
    expect(tables.list('approvals')).toEqual([
      wholeRow('approvals', { id: approval, session, node: key('runner'), subject: hex('5d') }),
    ]);
  });

  test('is over once its end was seen, whatever else is said of it', () => {
    for (const tables of bothWays('host', ({ say }) => {
      say(seen('rejected', hex('7d')));
      say(seen('pending', hex('5d')));
    }))
      expect(tables.list('approvals')).toMatchObject([{ state: 'rejected', open: 0, subject: hex('5d') }]);
  });

  test('takes nothing away from what was put here', () => {
    const put = linesOf('user', ({ say }) => void say(approvalRequest()));
    const observed = linesOf('host', ({ say }) => void say(seen('pending', hex('4d'))));
    for (const lines of [
      [...put, ...observed],
      [...observed, ...put],
    ])
      expect(fold(lines).list('approvals')).toMatchObject([
        { subject: hex('5d'), title: 'mend it', launcher: key('user'), diff: [hex('df')], node: key('node') },
      ]);
  });

  test('is none at whom it was observed', () => {
    const lines = linesOf('runner', ({ say }) => void say(seen('pending', hex('5d'))));
    expect(fold(lines).list('approvals')).toEqual([]);
  });
});
