/** What stands beside an approved commit on its remote, from the push to what a stranger computes of it. */
import { beforeAll, expect, test } from 'vitest';
import { suiteWasm } from '../../src/adapters/crypto/suite-wasm.ts';
import { fromBase64, fromUtf8 } from '../../src/core/encoding/bytes.ts';
import type { Wanted } from '../../src/core/evidence/case.ts';
import type { Attested } from '../../src/core/evidence/read.ts';
import { retiredIn } from '../../src/core/evidence/retired.ts';
import { verifyCommit } from '../../src/core/evidence/verify.ts';
import { showApproval } from '../../src/services/user/approval-view.ts';
import { decide } from '../../src/services/user/approvals.ts';
import { commitInLedger } from '../../src/services/user/commit-log.ts';
import { sshsigBy, testSshKey } from '../support/ssh-token.ts';
import { type Federation, startFederation } from './federation.ts';
import { approve, ask, asked, reached, userOf } from './story.ts';

const TASK = 'a secret plan';
const TOKEN = testSshKey();
const agent = (by: string[], quorum: number, evidence?: string, more = {}) => ({
  workspace: { repository: 'file:///remote', base: 'main', ...(evidence && { evidence }) },
  policy: { approval: { 'source.publish': { by, quorum, four_eyes: quorum === 1, ...more } } },
});
const AGENTS = {
  builder: agent(['bob'], 1),
  pair: agent(['alice', 'bob'], 2),
  open: agent(['bob'], 1, 'full'),
  touched: agent(['bob'], 1, 'digests', { assurance: 'touch' }),
  silent: agent(['bob'], 1, 'none'),
  free: {},
};
let fed: Federation;
beforeAll(async () => {
  fed = await startFederation({
    suite: suiteWasm,
    people: { alice: {}, bob: { ssh: [TOKEN.line] } },
    sshKeys: {
      bob: [{ key: TOKEN.line, sign: async (line, namespace) => sshsigBy(TOKEN, line, { namespace }) }],
    },
    agents: AGENTS,
    edges: Object.keys(AGENTS).flatMap((name) => [
      `alice delegates_to ${name}`,
      ...(name === 'free' ? [] : [`bob approves ${name}`]),
      ...(name === 'pair' ? ['alice approves pair'] : []),
    ]),
    runners: { r1: { capacity: 2 } },
    script: async ({ write, print, task }) => {
      write(`${task.length}.txt`, 'work\n');
      print('an agent says this\n');
      return 0;
    },
  });
});

const published = async (node: keyof typeof AGENTS, by: string[]): Promise<string> => {
  const session = await ask(fed, 'alice', node, TASK);
  for (const person of by) await approve(fed, person, session);
  return (await reached(fed, 'alice', session, 'completed')).commit!;
};
const rowOf = (commit: string) =>
  fed.runners.r1!.home.tables.list('evidence_requests', { commit_id: commit })[0];
const attestedOf = (commit: string): Promise<Attested> =>
  fed.until('the evidence', () => fed.remote.attested.get(commit));
/** As who has the repository finds it: what the turn recorded is what the store gives. */
const check = (commit: string, attested: Attested | null, more: Partial<Wanted> = {}) => {
  const [turn] = fed.runners.r1!.home.tables.list('turns').filter((one) => one.commit_id === commit);
  const tree = JSON.parse(fromUtf8(fromBase64(JSON.parse(attested!.statement).payload))).subject[1].digest
    .gitTree;
  return verifyCommit(
    suiteWasm,
    { commit, tree, change: { changes: turn!.changes!, hunks: turn!.hunks! }, paths: [] },
    attested,
    {
      ...{ authorities: [fed.host.home.self.pubkey], remotes: ['file:///remote'], branch: null },
      ...{ quorum: 1, exact: true, touch: false, logged: false, rules: [], retired: [], ...more },
    },
  );
};

test('a commit that two people approved proves it to whoever trusts the Host, with nobody’s words', async () => {
  const commit = await published('pair', ['alice', 'bob']);
  const attested = await attestedOf(commit);
  expect(check(commit, attested, { quorum: 2 })).toMatchObject({
    verdict: 'verified',
    signed: ['alice', 'bob'],
  });
  expect(attested.events).not.toContain(TASK);
  expect(`${attested.events}${attested.statement}`).not.toContain('an agent says this');
  const { requesters, runner, node } = check(commit, attested).about!.predicate;
  expect([requesters[0]!.name, runner.name, node.name]).toEqual(['alice', 'r1', 'pair']);
  await fed.until('its end', () => rowOf(commit)?.state === 'attached');
  // In a ledger it is known too, without the decisions of others
  const own = await fed.finish('the log', commitInLedger(fed.people.alice!.home, commit));
  expect(own).toMatchObject({ from: 'ledger', node: 'pair', askedBy: ['alice'], remote: 'file:///remote' });
  expect(own!.decisions).toMatchObject([{ name: 'alice', decision: 'approved' }]);
  expect(await commitInLedger(fed.people.alice!.home, 'c3'.repeat(20))).toBeNull();
});

test('a person who touched a key for it proves that too; without the key nothing is signed', async () => {
  const session = await ask(fed, 'alice', 'touched', TASK);
  const question = await asked(fed, 'bob', session);
  const user = userOf(fed, 'bob');
  expect(await fed.finish('the question', showApproval(user, question, 30_000))).toMatchObject({
    assurance: 'touch',
  });
  const without = decide({ ...user, sshKeys: [] }, question, 'approved');
  await expect(fed.finish('the refusal', without)).rejects.toMatchObject({ code: 'denied' });
  await approve(fed, 'bob', session);
  const commit = (await reached(fed, 'alice', session, 'completed')).commit!;
  const attested = await attestedOf(commit);
  expect(check(commit, attested, { touch: true })).toMatchObject({ verdict: 'verified', touched: ['bob'] });
  expect(check(commit, { ...attested, signatures: {} })).toMatchObject({ reason: 'not_touched' });
});

test('T176 later it proves that the Host has its statement in its log', async () => {
  const commit = await published('builder', ['bob']);
  const first = await attestedOf(commit);
  expect(check(commit, first, { logged: true })).toMatchObject({ reason: 'not_logged' });
  await fed.until('the proof', () => rowOf(commit)?.state === 'logged', 20 * 60_000);
  const later = await attestedOf(commit);
  expect(check(commit, later, { logged: true })).toMatchObject({ verdict: 'verified' });
  expect(later).toMatchObject(first);
});

test('full: what was asked, put to people and decided stands there too', async () => {
  const session = await ask(fed, 'alice', 'open', TASK);
  const question = await asked(fed, 'bob', session);
  const shown = await fed.finish('the question', showApproval(userOf(fed, 'bob'), question, 30_000));
  expect(shown).toMatchObject({ evidence: 'full' });
  await approve(fed, 'bob', session);
  const commit = (await reached(fed, 'alice', session, 'completed')).commit!;
  const attested = await attestedOf(commit);
  expect(check(commit, attested)).toMatchObject({ verdict: 'verified', signed: ['bob'] });
  expect(attested.events).toContain(TASK);
  for (const type of ['task.request', 'approval.request', 'approval.closed', 'artifact.ref'])
    expect(attested.events).toContain(`["type","${type}"]`);
});

test('none, and where nobody has to approve: nothing is asked of the Host', async () => {
  for (const [node, by] of [
    ['silent', ['bob']],
    ['free', []],
  ] as const) {
    const commit = await published(node, [...by]);
    expect(rowOf(commit)).toBeUndefined();
  }
});

test('a remote that takes none is told in the log, and the commit is published all the same', async () => {
  fed.remote.takesEvidence = false;
  const commit = await published('builder', ['bob']);
  await fed.until('the refusal', () => rowOf(commit)?.state === 'refused');
  expect(fed.runners.r1!.log.join('\n')).toContain(`the remote takes no evidence of commit ${commit}`);
  expect(fed.remote.attested.has(commit)).toBe(false);
  fed.remote.takesEvidence = true;
});

test('nothing waits for a Host that is away: the evidence comes when it is back', async () => {
  const session = await ask(fed, 'alice', 'builder', TASK);
  await reached(fed, 'alice', session, 'waiting_approval');
  await fed.finish('its end', fed.host.stop());
  await approve(fed, 'bob', session);
  const commit = (await reached(fed, 'alice', session, 'completed')).commit!;
  expect([rowOf(commit)?.state, fed.remote.attested.has(commit)]).toEqual(['asked', false]);
  await fed.finish('its start', fed.host.start());
  expect(check(commit, await attestedOf(commit))).toMatchObject({ verdict: 'verified' });
});

test('under the graph of another day: the policy that people approved under is found again', async () => {
  const session = await ask(fed, 'alice', 'builder', TASK);
  await reached(fed, 'alice', session, 'waiting_approval');
  await fed.finish('its end', fed.host.stop());
  await approve(fed, 'bob', session);
  const commit = (await reached(fed, 'alice', session, 'completed')).commit!;
  await fed.finish('its start', fed.host.start());
  await fed.applyGraph((file) => {
    file.edges.push('bob delegates_to free');
  });
  expect(check(commit, await attestedOf(commit))).toMatchObject({ verdict: 'verified' });
});

test('T152 after another key of the log commits go on being stated, and those of before stay good', async () => {
  const before = await published('builder', ['bob']);
  await fed.until('the proof', () => rowOf(before)?.state === 'logged', 20 * 60_000);
  await fed.finish('its end', fed.host.stop());
  fed.hostKeys.delete('log');
  await fed.finish('its start', fed.host.start());
  const after = await published('builder', ['bob']);
  await fed.until('the proof', () => rowOf(after)?.state === 'logged', 20 * 60_000);
  const host = fed.host.home.self.pubkey;
  const retired = retiredIn(suiteWasm, host, fed.remote.logKeys.get(host) ?? '');
  const logOf = async (commit: string) =>
    JSON.parse((await attestedOf(commit)).statement).signatures[0].keyid;
  expect(retired).toMatchObject([{ log: await logOf(before), graph: fed.host.home.graph }]);
  expect(await logOf(after)).not.toBe(await logOf(before));
  for (const commit of [before, after])
    expect(check(commit, await attestedOf(commit), { logged: true, retired })).toMatchObject({
      verdict: 'verified',
    });
  expect(check(before, await attestedOf(before), { retired: [{ ...retired[0]!, until: 1 }] })).toMatchObject({
    reason: 'retired_log_key',
  });
});
