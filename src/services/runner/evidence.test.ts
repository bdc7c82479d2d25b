/** What is asked of the Host after a push, and which events may be read by anybody. */
import { expect, test } from 'vitest';
import { createWorld, type Said, uuidOf } from '../../../test/support/world.ts';
import { evidenceOf, isWordless } from './evidence.ts';

const world = createWorld();
const [approval, session] = [uuidOf(1), uuidOf(2)];
const digest = 'ab'.repeat(32);
const subject = {
  ...({ domain: 'entangle/subject/1', graph: world.graph, policy: digest, approval, session } as const),
  ...({ attempt: 1, fence: 1, operation: 'source.publish', expiresAt: 2_000_000_000 } as const),
  ...{ remote: 'file:///r', ref: 'refs/heads/x', expectedHead: null, commit: 'c0'.repeat(20) },
  ...{ changes: digest, hunks: digest },
};
const decided = { approval, decision: 'approved' as const, subject, subjectDigest: digest };
const made = {
  artifact: uuidOf(3),
  session,
  repository: 'file:///r',
  branch: 'x',
  commit: 'c0'.repeat(20),
  approval,
};
const response = (more: object): Said => ({
  ...{ type: 'approval.response', from: 'user', to: 'node', re: digest },
  body: { ...decided, ...more },
});
const ref = (more: object): Said => ({
  type: 'artifact.ref',
  from: 'node',
  to: 'user',
  body: { ...made, ...more },
});
const blob = { sha256: digest, size: 500 };

test.each<[string, boolean, Said]>([
  ['a decision', true, response({})],
  ['a decision with a reason', false, response({ reason: 'fine' })],
  ['a decision with a long reason', false, response({ whole: blob })],
  ['what came of it', true, ref({})],
  ['why nothing came of it', false, ref({ state: 'failed', why: 'the remote said no' })],
  [
    'how it was closed',
    true,
    {
      ...{ type: 'approval.closed', from: 'node', to: 'user', re: digest },
      body: { approval, session, state: 'approved', subjectDigest: digest },
    },
  ],
  [
    'what was asked',
    false,
    {
      ...{ type: 'task.request', from: 'user', to: 'node' },
      body: { session, attempt: 1, task: 'mend it', budget: { hops: 1, turns: 1, path: [] } },
    },
  ],
])('T161 %s may be read by anybody: %s', (_what, may, said) => {
  expect(isWordless(world.compose(said))).toBe(may);
});

test('digests, where the workspace does not say', () => {
  expect(evidenceOf({})).toBe('digests');
  expect(evidenceOf({ workspace: { evidence: 'full' } })).toBe('full');
});
