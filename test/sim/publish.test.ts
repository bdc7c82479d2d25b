/** What comes of a turn reaches the remote only as the commit that the right people saw and approved in time. */

import { beforeAll, describe, expect, test } from 'vitest';
import { utf8 } from '../../src/core/encoding/bytes.ts';
import { EntangleError } from '../../src/core/errors.ts';
import type { OwnGit, SentCommit } from '../../src/ports/index.ts';
import { showApproval } from '../../src/services/user/approval-view.ts';
import { decide } from '../../src/services/user/approvals.ts';
import { fetchArtifact } from '../../src/services/user/fetching.ts';
import { pick } from '../../src/services/user/pick.ts';
import { ofPublish } from '../../test/support/published.ts';
import { idealSuite } from '../support/ideal-suite.ts';
import { type Federation, startFederation } from './federation.ts';
import { createIntruder, type Intruder, keyOf, subjectIn } from './intruder.ts';
import { faultsOf } from './invariants.ts';
import { refusedBy } from './refused.ts';
import { ask, cancel, outcome, reached, shown, userOf } from './story.ts';

const approvedBy = (by: string[], more: object = {}) => ({
  policy: { approval: { 'source.publish': { by, quorum: 1, ...more } } },
});
const AGENTS = {
  builder: approvedBy(['alice']),
  quick: approvedBy(['alice'], { expires: '5s' }),
  pair: approvedBy(['alice', 'bob'], { quorum: 2 }),
  twin: approvedBy(['alice', 'phone', 'bob'], { quorum: 2 }),
  eyes: approvedBy(['alice', 'phone', 'bob'], { four_eyes: true }),
  lead: {},
  free: { policy: { budget: { time: '3s' } } },
};
let fed: Federation;
let intruder: Intruder;

beforeAll(async () => {
  const approvers = Object.entries(AGENTS).flatMap(([name, agent]) =>
    'policy' in agent && 'approval' in agent.policy
      ? agent.policy.approval['source.publish'].by.map((by) => `${by} approves ${name}`)
      : [],
  );
  fed = await startFederation({
    people: { alice: {}, bob: {}, phone: { person: 'alice' } },
    agents: AGENTS,
    edges: [
      ...Object.keys(AGENTS).map((name) => `alice delegates_to ${name}`),
      ...approvers,
      'bob approves builder',
      'lead delegates_to eyes',
    ],
    runners: { r1: { capacity: 8 } },
    script: async ({ task, write, print, sleep, delegate }) => {
      if (task === 'fail') {
        print('why\n');
        return 3;
      }
      if (task === 'hang') await sleep(600_000);
      if (task === 'flood') print('y\n'.repeat(5_000_000));
      if (task === 'odd') write('odd\\name.txt', 'x');
      if (task === 'large') write('large.txt', 'a line of text\n'.repeat(150_000));
      else if (task === 'give') print(JSON.stringify(await delegate('eyes', 'given')));
      else write(`${task}.txt`, `${task}\n`);
      if (task === 'fine') print('done\n');
      return 0;
    },
  });
  intruder = createIntruder(fed, idealSuite);
});

const runner = () => fed.runners.r1!.home.tables;
const head = (node: string, session: string): string | undefined =>
  fed.remote.branches.get(`entangle/${node}/${session}`);
type Waiting = { session: string; approval: string };
const asked = async (node: string, task: string): Promise<Waiting> => {
  const session = await ask(fed, 'alice', node, task);
  await reached(fed, 'alice', session, 'waiting_approval');
  return { session, approval: runner().list('approvals', { session })[0]!.id };
};
/** As the commands do: what is not known here is not found. */
const decides = (user: string, decision: 'approved' | 'rejected', approval: string) =>
  outcome(
    fed,
    (async () => decide(userOf(fed, user), pick(fed.people[user]!.home, 'approvals', approval), decision))(),
  );
const approves = async (user: string, approval: string): Promise<void> => {
  const { tables } = fed.people[user]!.home;
  // Put to each in a message of its own: that one has it does not say that the other has.
  await fed.until(`the question at ${user}`, () => tables.get('approvals', approval));
  expect(await decides(user, 'approved', approval)).not.toBeInstanceOf(EntangleError);
};
const votes = (approval: string): number => runner().count('decisions', { approval });
const failure = (session: string) => reached(fed, 'alice', session, 'failed');

describe('what is pushed', () => {
  test('T88 is the commit that was shown, whatever becomes of the files afterwards', async () => {
    const { session, approval } = await asked('builder', 'shown');
    const row = await fed.until('the question', () =>
      fed.people.alice!.home.tables.get('approvals', approval),
    );
    const seen = ofPublish(await fed.finish('the change', showApproval(userOf(fed, 'alice'), row, 30_000)));
    expect(seen.files.map(({ path }) => path)).toEqual(['shown.txt']);
    expect(seen.diff).toContain('+shown\n');
    const { workspace } = fed.runs.at(-1)!;
    fed.runners.r1!.machine.files.set(`${workspace}/late.txt`, new Uint8Array([1]));
    await approves('alice', approval);
    await reached(fed, 'alice', session, 'completed');
    expect(head('builder', session)).toBe(seen.commit);
    expect(fed.remote.show(seen.commit)).toEqual({ 'a.txt': 'a\n', 'shown.txt': 'shown\n' });
  });
  test('is as large as the work is: two megabytes of new text are shown, in several blobs', async () => {
    const { session, approval } = await asked('builder', 'large');
    const row = await fed.until('the question', () =>
      fed.people.alice!.home.tables.get('approvals', approval),
    );
    expect(row.diff.length).toBeGreaterThan(2);
    const seen = ofPublish(await fed.finish('the change', showApproval(userOf(fed, 'alice'), row, 600_000)));
    expect(seen.files).toMatchObject([{ path: 'large.txt', added: 150_000, recomputed: true }]);
    await approves('alice', approval);
    await reached(fed, 'alice', session, 'completed');
  });
  test('is nothing where the commit is not any more what was shown', async () => {
    const { session, approval } = await asked('builder', 'honest');
    const { commit_id, base } = runner().get('turns', session, 1, 1)!;
    for (const { commits } of fed.runners.r1!.machine.stores.values()) {
      const commit = commits.get(commit_id!);
      const tree = new Map([...commits.get(base!)!.tree, ['honest.txt', utf8('harmful\n')]]);
      if (commit) commits.set(commit_id!, { ...commit, tree });
    }
    await approves('alice', approval);
    expect(await failure(session)).toMatchObject({ reason: 'not_as_shown' });
    expect(head('builder', session)).toBeUndefined();
  });
  test('is nothing where somebody else made the branch meanwhile', async () => {
    const { session, approval } = await asked('builder', 'mine');
    const theirs = fed.remote.move(`entangle/builder/${session}`, { 'theirs.txt': 'theirs' });
    await approves('alice', approval);
    expect((await failure(session)).reason).toBe('remote_moved');
    expect(head('builder', session)).toBe(theirs);
  });
  test('is nothing where the remote says no: its words reach the person, and no work waits for ever', async () => {
    fed.remote.refusal = 'pre-receive hook declined sign your commits';
    const { session, approval } = await asked('builder', 'refused');
    await approves('alice', approval);
    const { reason, summary } = await failure(session);
    fed.remote.refusal = null;
    expect(reason).toBe('remote_refused');
    expect(summary).toMatch(/refused the branch: pre-receive hook declined sign your commits/);
    expect(head('builder', session)).toBeUndefined();
  });
  test('is done once where the answer of the remote is lost', async () => {
    fed.remote.losesAnswers = 1;
    const { session, approval } = await asked('builder', 'unheard');
    const before = fed.remote.updates.length;
    await approves('alice', approval);
    await fed.until('the push', () => head('builder', session));
    await reached(fed, 'alice', session, 'completed');
    fed.remote.losesAnswers = 0;
    expect(fed.remote.updates.length).toBe(before + 1);
  });
});

describe('who may approve, and when', () => {
  /** A client that asks nobody whether it may; what the runner counted. */
  const forced = async (user: string, node: string, { approval }: Waiting, changes: object = {}) => {
    const key = keyOf(fed.people[user]!.home);
    const counts = () =>
      new Map(
        refusedBy(fed.runners.r1!)
          .filter(({ signer }) => signer === key.pubkey)
          .map((row) => [row.reason, row.count]),
      );
    const before = counts();
    const row = runner().get('approvals', approval)!;
    const to = runner().list('approval_requests', { approval });
    const re = (to.find((one) => one.approver === key.pubkey) ?? to[0])!.message;
    const about = { subject: subjectIn(fed.runners.r1!.home, approval), subjectDigest: row.subject };
    const body = { approval, decision: 'approved', ...about, ...changes };
    const node_ = intruder.nodeKey('r1', node).pubkey;
    await intruder.say(key, 'approval.response', node_, body, { role: 'user', re });
    return fed.until(
      'a refusal',
      () => [...counts()].find(([reason, count]) => count > (before.get(reason) ?? 0))?.[0],
    );
  };

  test('T50 nobody who was not asked, and nobody for another subject', async () => {
    const one = await asked('builder', 'one');
    expect(await decides('bob', 'approved', one.approval)).toMatchObject({ code: 'not_found' });
    expect(await forced('bob', 'builder', one)).toBe('not_asked');
    expect(await forced('alice', 'builder', one, { subjectDigest: 'ab'.repeat(32) })).toBe('wrong_subject');
    expect(votes(one.approval)).toBe(0);
    expect(head('builder', one.session)).toBeUndefined();
    await approves('alice', one.approval);
    await reached(fed, 'alice', one.session, 'completed');
  });
  test('T53 nobody after it expired', async () => {
    const late = await asked('quick', 'late');
    expect((await failure(late.session)).reason).toBe('approval_expired');
    await fed.until('the end at alice', () => runner().get('approvals', late.approval)?.open === 0);
    expect(await decides('alice', 'approved', late.approval)).toMatchObject({ code: 'conflict' });
    expect(await forced('alice', 'quick', late)).toBe('approval_closed');
    expect(head('quick', late.session)).toBeUndefined();
  });
  test('nobody whom the policy names no more when the commit is pushed', async () => {
    const { session, approval } = await asked('builder', 'outdated');
    const policyOf = (by: string) => ({
      sandbox: 'none',
      approval: { 'source.publish': { by: [by], quorum: 1 } },
    });
    fed.remote.reachable = false;
    await approves('alice', approval);
    await fed.until('the approval', () => runner().get('approvals', approval)?.state === 'approved');
    await fed.applyGraph((file) => {
      file.nodes.builder!.policy = policyOf('bob');
    });
    const node = intruder.nodeKey('r1', 'builder').pubkey;
    const rule = () => JSON.stringify(runner().get('routes', node)?.approval);
    await fed.until('the new policy', () => rule().includes('bob'));
    fed.remote.reachable = true;
    expect(await failure(session)).toMatchObject({ reason: 'approval_invalidated' });
    expect(head('builder', session)).toBeUndefined();
    await fed.applyGraph((file) => {
      file.nodes.builder!.policy = policyOf('alice');
    });
    await fed.until('the old policy', () => rule().includes('alice'));
  });
  test('nobody after its task was cancelled: the question is taken back', async () => {
    const { session, approval } = await asked('builder', 'gone');
    await cancel(fed, 'alice', session);
    await reached(fed, 'alice', session, 'cancelled');
    const { tables } = fed.people.alice!.home;
    await fed.until(
      'the end of the question',
      () => tables.get('approvals', approval)?.state === 'withdrawn',
    );
    expect(await decides('alice', 'approved', approval)).toMatchObject({ code: 'conflict' });
  });
  test('nobody after it was rejected', async () => {
    const no = await asked('builder', 'no');
    const { tables } = fed.people.alice!.home;
    await fed.until('the question', () => tables.get('approvals', no.approval));
    expect(await decides('alice', 'rejected', no.approval)).toMatchObject({ decision: 'rejected' });
    const { reason, summary } = await failure(no.session);
    expect(reason).toBe('approval_rejected');
    expect(summary).toContain(`show ${runner().get('turns', no.session, 1, 1)!.commit_id}`);
    expect(await decides('alice', 'approved', no.approval)).toMatchObject({ code: 'conflict' });
    expect(await forced('alice', 'builder', no)).toBe('already_decided');
    expect(head('builder', no.session)).toBeUndefined();
  });
  test('what was rejected is given to who asked for it, and to nobody from the remote', async () => {
    const { session, approval } = await asked('builder', 'refusable');
    const { tables } = fed.people.alice!.home;
    await fed.until('the question', () => tables.get('approvals', approval));
    await decides('alice', 'rejected', approval);
    await failure(session);
    await fed.until('its end', () => tables.list('artifacts', { session })[0]);
    const { commit_id: commit } = runner().get('turns', session, 1, 1)!;
    const given: SentCommit[] = [];
    const git: OwnGit = {
      top: async () => '/clone',
      fetched: () => Promise.reject(new Error('no remote has it')),
      unpacked: async (sent) => {
        given.push(sent);
        throw new EntangleError('denied', 'enough');
      },
    };
    const got = outcome(fed, fetchArtifact(userOf(fed, 'alice'), git, session, null));
    expect(String(await got)).toContain('enough');
    expect(given).toMatchObject([{ commit, base: fed.remote.branches.get('main') }]);
    expect(given[0]!.pack.length).toBeGreaterThan(0);
    expect(head('builder', session)).toBeUndefined();
  });
  test('two persons where two are needed; the first word of each counts', async () => {
    const both = await asked('pair', 'both');
    await approves('alice', both.approval);
    await fed.until('one vote', () => votes(both.approval) === 1);
    expect(await forced('alice', 'pair', both, { decision: 'rejected' })).toBe('already_decided');
    expect(shown(fed, 'alice', both.session)?.state).toBe('waiting_approval');
    expect(head('pair', both.session)).toBeUndefined();
    await approves('bob', both.approval);
    await reached(fed, 'alice', both.session, 'completed');
    expect(fed.remote.show(head('pair', both.session)!)).toMatchObject({ 'both.txt': 'both\n' });
  });
  test('T51 two keys of one person are one vote', async () => {
    const twin = await asked('twin', 'twin');
    await approves('alice', twin.approval);
    await approves('phone', twin.approval);
    await fed.until('two decisions', () => votes(twin.approval) === 2);
    await fed.time.pass(30_000);
    expect(shown(fed, 'alice', twin.session)?.state).toBe('waiting_approval');
    expect(head('twin', twin.session)).toBeUndefined();
    await approves('bob', twin.approval);
    await reached(fed, 'alice', twin.session, 'completed');
  });
  test('T51 four eyes: not who launched it, with neither key', async () => {
    const own = await asked('eyes', 'own');
    for (const user of ['alice', 'phone'])
      expect(await decides(user, 'approved', own.approval)).toMatchObject({ code: 'not_found' });
    expect(await forced('alice', 'eyes', own)).toBe('not_asked');
    expect(head('eyes', own.session)).toBeUndefined();
    await approves('bob', own.approval);
    await reached(fed, 'alice', own.session, 'completed');
  });
  test('T51 four eyes: nor who launched what an agent gave on', async () => {
    const outer = await ask(fed, 'alice', 'lead', 'give');
    const { pubkey } = intruder.nodeKey('r1', 'eyes');
    const row = await fed.until(
      'an approval',
      () => runner().list('approvals', { open: 1, node: pubkey })[0],
    );
    const approvers = runner().list('approval_requests', { approval: row.id });
    expect(approvers.map((one) => one.approver)).toEqual([fed.people.bob!.home.self.pubkey]);
    expect(row.path).toEqual(['alice', 'lead', 'eyes']);
    await approves('bob', row.id);
    const { summary } = await reached(fed, 'alice', outer, 'completed');
    expect(JSON.parse(summary!)).toMatchObject({ ok: true, state: 'completed' });
  });
});

test('T92 a turn that goes wrong fails its session alone: an error, time, a flood of output, files that cannot be committed', async () => {
  const ids: Record<string, string> = {};
  for (const task of ['fail', 'hang', 'flood', 'odd']) ids[task] = await ask(fed, 'alice', 'free', task);
  const honest = await ask(fed, 'alice', 'free', 'fine');
  await reached(fed, 'alice', honest, 'completed');
  // The artifact may arrive before the result: both say that it is completed, the result what was printed.
  await fed.until('what it printed', () => shown(fed, 'alice', honest)?.summary === 'done\n');
  expect(await failure(ids.fail!)).toMatchObject({ reason: 'turn_failed', summary: 'exit 3\nwhy\n' });
  // What else it wrote is a commit all the same, and is named
  expect((await failure(ids.odd!)).summary).toMatch(
    /"odd\\\\name.txt".*what the turn made is kept as commit/s,
  );
  expect((await failure(ids.hang!)).reason).toBe('turn_timed_out');
  expect((await failure(ids.flood!)).reason).toBe('turn_output_limit');
  for (const id of Object.values(ids)) expect(head('free', id)).toBeUndefined();
  expect(fed.remote.show(head('free', honest)!)).toMatchObject({ 'fine.txt': 'fine\n' });
});

test('in the end every push of this story was approved, and nothing was done twice', async () => {
  await fed.time.pass(10_000);
  expect(faultsOf(fed)).toEqual([]);
});
