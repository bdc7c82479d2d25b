/** Where the graph lets commits land on the branch that others work on, that is the commit that was approved, and no other. */
import { expect, test } from 'vitest';
import type { EngineTurn } from '../../../test/sim/scripted-engine.ts';
import { RUNNER_GRAPH, type SingleRunner, startReadyRunner } from '../../../test/sim/single-runner.ts';
import { publishSubjectOf } from '../../../test/support/published.ts';
import { uuidOf } from '../../../test/support/world.ts';

const S = uuidOf(0xe1);
const TARGET_GRAPH = RUNNER_GRAPH.replace('base: main }', 'base: main, publish: target }');
const adding = ({ task, read, write }: EngineTurn) =>
  write('done.txt', `${read('done.txt') ?? ''}${task.trim().split('\n').at(-1)}\n`);

const asked = async () => {
  const one = await startReadyRunner({ script: adding, graph: TARGET_GRAPH });
  const before = one.remote.branches.get('main')!;
  await one.request(S, 'user', 'first');
  await one.reach(S, 'waiting_approval');
  return { one, before };
};
const requests = (one: SingleRunner) =>
  one.said('approval.request').filter(({ to }) => to === one.actors.user.pubkey);
const subjectOf = (one: SingleRunner) => publishSubjectOf(requests(one).at(-1)!.body.subject);
const ended = async (one: SingleRunner) => {
  await one.time.until('the end', () => one.session(S)?.open === 0, 30_000);
  const { state, reason } = one.session(S)!;
  return { state, reason, head: one.remote.branches.get('main') };
};

test('the commit that is approved is its next head, and goes on from the one that was shown', async () => {
  const { one, before } = await asked();
  const subject = subjectOf(one);
  expect(subject).toMatchObject({
    operation: 'source.publish',
    ref: 'refs/heads/main',
    expectedHead: before,
  });
  expect(one.remote.updates).toEqual([]);
  await one.decide(S, 'user');
  expect(await ended(one)).toEqual({ state: 'completed', reason: null, head: subject.commit });
  expect(one.remote.commits.get(subject.commit)!.parent).toBe(before);
  expect([...one.remote.branches.keys()]).toEqual(['main']);
  expect(one.said('artifact.ref').at(-1)!.body).toMatchObject({ branch: 'main', commit: subject.commit });
});

test('T148 over a head that moved nothing is merged unseen: it says which, and stays as it is', async () => {
  const { one, before } = await asked();
  const theirs = one.remote.move('main', { 'theirs.txt': 'theirs\n' });
  await one.decide(S, 'user');
  expect(await ended(one)).toEqual({ state: 'failed', reason: 'remote_moved', head: theirs });
  expect(one.said('task.result')[0]!.body.summary).toContain(
    `branch "main" is at ${theirs} now, and was at ${before} when this was made`,
  );
});

test('T148 wanting changes puts it on top of what came, and that very commit is asked about anew', async () => {
  const { one } = await asked();
  const first = subjectOf(one);
  const theirs = one.remote.move('main', { 'theirs.txt': 'theirs\n' });
  await one.decide(S, 'user', 'changes_wanted', { reason: 'second' });
  await one.time.until('the next question', () => requests(one).length === 2, 30_000);
  await one.lease();
  const second = subjectOf(one);
  expect([second.expectedHead, second.ref]).toEqual([theirs, first.ref]);
  expect(second.commit).not.toBe(first.commit);
  // What is shown is what it adds to their head: theirs is no part of it
  expect(requests(one).at(-1)!.body.files).toBe(1);
  await one.decide(S, 'user');
  expect(await ended(one)).toEqual({ state: 'completed', reason: null, head: second.commit });
  expect(one.remote.show('main')).toEqual({
    'a.txt': 'a\n',
    'done.txt': 'first\nsecond\n',
    'theirs.txt': 'theirs\n',
  });
});

test('T148 nothing lands where the policy went, though the graph that wanted it is in force here still', async () => {
  const one = await startReadyRunner({ script: adding, graph: TARGET_GRAPH });
  const before = one.remote.branches.get('main')!;
  await one.hearRoutes((body) => ({ ...body, approval: {}, policy: {} }));
  await one.request(S, 'user', 'first');
  expect(await ended(one)).toEqual({ state: 'failed', reason: 'nobody_may_approve', head: before });
  expect(one.remote.updates).toEqual([]);
});

test('what the server refused lands when it is asked for once more, and is still what was approved', async () => {
  const { one } = await asked();
  const { commit } = subjectOf(one);
  one.remote.refusal = 'main is protected';
  await one.decide(S, 'user');
  expect(await ended(one)).toMatchObject({ reason: 'remote_refused' });
  one.remote.refusal = null;
  await one.hear({ type: 'publish.request', from: 'user', to: 'node', body: { session: S, commit } });
  await one.time.until('an answer', () => one.said('publish.result')[0], 30_000);
  expect(one.remote.branches.get('main')).toBe(commit);
});
