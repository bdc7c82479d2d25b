import { expect, test } from 'vitest';
import { EntangleError } from '../core/errors.ts';
import { afterNo } from './demo.ts';
import { demoLines } from './demo-text.ts';

test('who said no, where no state is kept, is not told where the work is kept', () => {
  const kept = new EntangleError('denied', 'failed: approval_rejected', {
    hint: 'what the turn made is kept as commit 1a2b',
  });
  expect(afterNo(kept)).toMatchObject({
    code: 'denied',
    message: expect.stringContaining('it was not pushed, and is deleted'),
    hint: expect.not.stringContaining('is kept as commit'),
  });
  const other = new EntangleError('timed_out', 'nothing came');
  expect(afterNo(other)).toBe(other);
});

test('what it came to names who signed, and what to type next', () => {
  const text = demoLines({
    federation: { host: 'npub1h', runner: 'npub1r', user: 'npub1u', node: 'npub1n' },
    session: { id: 's', state: 'completed' },
    approval: { id: 'a', decision: 'approved', approver: 'npub1u', subjectDigest: 'sha256:00' },
    artifact: { repository: 'file:///r', branch: 'b', commit: 'c' },
    ledger: { events: 2, verified: 2 },
    steps: [],
  });
  expect(text).toMatch(/^approval +a approved, signed by npub1u$/m);
  expect(text).toMatch(/^ledgers +2 of 2 signed events verified\nnext +`entangle up`/m);
});
