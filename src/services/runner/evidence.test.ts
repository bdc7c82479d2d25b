/** What is asked of the Host after a push, and which events may be read by anybody. */
import { expect, test } from 'vitest';
import { type SingleRunner, startReadyRunner } from '../../../test/sim/single-runner.ts';
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

const S = uuidOf(0xe1);
/** Its commit is published, and the Host was asked of it. */
const published = async (): Promise<SingleRunner> => {
  const one = await startReadyRunner();
  await one.request(S);
  await one.reach(S, 'waiting_approval');
  await one.decide(S, 'user');
  await one.time.until('the end', () => one.session(S)?.open === 0, 30_000);
  return one;
};
const stated = (one: SingleRunner, more: object) => {
  const [asked] = one.said('evidence.request');
  const { session: of, approval: about } = asked!.body;
  const body = { session: of, approval: about, ...more };
  return one.hear({ type: 'evidence.statement', from: 'host', to: 'runner', re: asked!.event.id, body });
};
const logged = (one: SingleRunner) => {
  const [asked] = one.said('evidence.request');
  const { session: of, approval: about } = asked!.body;
  const body = { session: of, approval: about, proof: 'a proof' };
  return one.hear({ type: 'evidence.logged', from: 'host', to: 'runner', re: asked!.event.id, body });
};
const stateOf = (one: SingleRunner) => one.home.tables.list('evidence_requests')[0]?.state;
const statement = { payload: 'AAAA', log: digest, sig: 'AAAA' };

test('the Host is asked with the approval, as it was signed, in one go with the end', async () => {
  const one = await published();
  const { body } = one.said('evidence.request')[0]!;
  expect(body.evidence.map(({ pubkey }) => pubkey)).toEqual([one.actors.user.pubkey]);
  expect(body.subject).toMatchObject({ commit: one.turn(S)!.commit_id, session: S });
  expect([one.said('evidence.request').length, stateOf(one)]).toEqual([1, 'asked']);
});

test('what the Host states is put on the remote under a lease alone', async () => {
  const one = await published();
  await one.time.pass(120_000);
  await stated(one, { statement });
  await one.time.pass(10_000);
  expect([stateOf(one), one.remote.attested.size]).toEqual(['stated', 0]);
  await one.lease();
  await one.time.until('the evidence', () => stateOf(one) === 'attached', 60_000);
  expect([...one.remote.attested.keys()]).toEqual([one.turn(S)!.commit_id]);
});

test('the proof that it is in the log is put there, once more, when the Host gives it', async () => {
  const one = await published();
  await one.lease();
  await stated(one, { statement });
  await one.time.until('the evidence', () => stateOf(one) === 'attached', 60_000);
  const commit = one.turn(S)!.commit_id!;
  expect(one.remote.attested.get(commit)).not.toHaveProperty('proof');
  await one.lease();
  await logged(one);
  await one.time.until('the proof', () => stateOf(one) === 'logged', 60_000);
  expect(one.remote.attested.get(commit)).toMatchObject({ proof: 'a proof' });
});

test('of what the remote refused the proof changes nothing', async () => {
  const one = await published();
  one.remote.takesEvidence = false;
  await one.lease();
  await stated(one, { statement });
  await one.time.until('the refusal', () => stateOf(one) === 'refused', 60_000);
  await logged(one);
  await one.time.pass(5_000);
  expect([stateOf(one), one.remote.attested.size]).toEqual(['refused', 0]);
});

test('a remote that is away is tried again; what the Host denies ends there', async () => {
  const one = await published();
  one.remote.reachable = false;
  await one.lease();
  await stated(one, { statement });
  await one.time.pass(5_000);
  expect(stateOf(one)).toBe('stated');
  one.remote.reachable = true;
  await one.lease();
  await one.time.until('the evidence', () => one.remote.attested.size === 1, 50_000);
  const other = await published();
  await stated(other, { reason: 'too_few_approvals' });
  await other.time.pass(5_000);
  expect([stateOf(other), other.remote.attested.size]).toEqual(['denied', 0]);
});
