/** Nothing is pushed that is not authorized at that moment, and what was pushed is told as pushed, once. */
import { describe, expect, test } from 'vitest';
import { tagOf } from '../../../test/sim/single-home.ts';
import {
  ASSIGNMENT,
  FREE_GRAPH,
  RUNNER_GRAPH,
  type RunnerSetup,
  type SingleRunner,
  startReadyRunner,
  startSingleRunner,
} from '../../../test/sim/single-runner.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { EntangleError } from '../../core/errors.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { record } from '../messaging/rejections.ts';
import { announcePushed, publish } from './publish.ts';
import { type CommittedTurn, hasCommit } from './turn.ts';

type Routes = BodyOf<'routes'>;
const S = uuidOf(0xe1);
const BRANCH = `entangle/builder/${S}`;
const never = new AbortController().signal;
/** A commit that waits for the approval of alice or carol. */
const waiting = async (setup: RunnerSetup = {}) => {
  const one = await startReadyRunner(setup);
  await one.request(S);
  await one.reach(S, 'waiting_approval');
  return one;
};
/** A commit that nobody needs to approve, and a remote that refuses it until it is told otherwise. */
const refused = async () => {
  const one = await startSingleRunner({ graph: FREE_GRAPH });
  one.remote.refusal = 'a hook says no';
  await one.ready();
  await one.request(S);
  await one.time.until('a refusal', () => one.logged.length > 0);
  return one;
};
/** Of what is on the remote. */
const published = (one: SingleRunner) =>
  one.said('artifact.ref').filter(({ body }) => body.state === undefined);
const ended = async (one: SingleRunner) => {
  await one.time.until('the end', () => one.session(S)?.open === 0, 30_000);
  const { state, reason } = one.session(S)!;
  return { state, reason, published: one.remote.updates.length };
};
/** How often a record of the publication was written. */
const written = (one: SingleRunner, type: 'publish.intended' | 'publish.finished') =>
  one.home.disk.lines.filter(({ event }) => tagOf(event, 'type') === type).length;
const without = ({ home, actors }: SingleRunner) => home.tables.remove('routes', actors.node.pubkey);
const turnOf = (one: SingleRunner): CommittedTurn => {
  const turn = one.turn(S);
  if (!turn || !hasCommit(turn)) throw new Error('the turn left no commit');
  return turn;
};
const tryAgain = (one: SingleRunner): Promise<void> => {
  const work = publish(one.runner, one.session(S)!, turnOf(one), never);
  return one.time.finish('the try', work);
};
const REVOKED = (body: { policy: Record<string, string> }) => ({
  policy: { ...body.policy, 'source.publish': '99'.repeat(32) },
});

describe('a policy that comes while a push is refused', () => {
  const RULE = { by: ['alice'], quorum: 1 };
  const withPolicy = (body: Routes): Routes => ({
    ...body,
    approval: { 'source.publish': RULE },
    policy: { 'source.publish': '99'.repeat(32) },
  });
  test('is kept: who may approve is asked, and nothing is pushed before', async () => {
    const one = await refused();
    await one.hearRoutes(withPolicy);
    one.remote.refusal = null;
    await one.reach(S, 'waiting_approval');
    await one.time.pass(20_000);
    expect([one.remote.updates.length, one.said('approval.request').length]).toEqual([0, 1]);
    await one.decide(S, 'user');
    expect(await ended(one)).toMatchObject({ state: 'completed', published: 1 });
  });
  test('and has the commit changed: what was meant to be pushed before says nothing of the next', async () => {
    const one = await refused();
    const first = turnOf(one).commit_id;
    expect(one.home.tables.get('publishes', S, 1)).toMatchObject({ commit_id: first, outcome: null });
    await one.hearRoutes(withPolicy);
    await one.reach(S, 'waiting_approval');
    await one.lease();
    await one.decide(S, 'user', 'changes_wanted', { reason: 'more' });
    await one.time.until('the next question', () => one.said('approval.request').length === 2, 30_000);
    one.remote.refusal = null;
    await one.decide(S, 'user');
    expect(await ended(one)).toMatchObject({ state: 'completed', published: 1 });
    const { commit_id } = turnOf(one);
    expect(commit_id).not.toBe(first);
    expect(one.home.tables.get('publishes', S, 1)).toMatchObject({ commit_id, outcome: 'pushed' });
    expect(written(one, 'publish.intended')).toBe(2);
  });
  test('is not known while the node has no routes: nothing is pushed', async () => {
    const one = await refused();
    without(one);
    one.remote.refusal = null;
    await one.time.pass(20_000);
    expect([one.remote.updates, one.session(S)!.state]).toEqual([[], 'active']);
    expect(one.logged.filter((text) => !text.includes('a hook says no'))).toEqual([]);
  });
});

describe('a push', () => {
  test('goes under the id that was approved, to the branch of its session', async () => {
    const one = await waiting();
    const { commit_id } = one.turn(S)!;
    await one.decide(S, 'user');
    expect(await ended(one)).toEqual({ state: 'completed', reason: null, published: 1 });
    expect(one.remote.updates).toEqual([{ branch: BRANCH, from: null, to: commit_id }]);
    // Not to whoever was asked and did not decide
    expect(published(one)).toMatchObject([
      {
        to: one.actors.user.pubkey,
        body: { branch: BRANCH, commit: commit_id, repository: 'file:///remote' },
      },
    ]);
  });

  test.each([
    ['without a lease', null],
    ['with one that ends in this millisecond', 0],
  ])('is not made %s: that may pass', async (_how, left) => {
    const one = await waiting();
    const { node } = one.actors;
    if (left === null) one.home.leases.remove(node.pubkey);
    else one.home.leases.grant(node.pubkey, one.time.elapsed() + left);
    const objection = await objectionOf(one);
    expect(objection).toMatchObject({ code: 'unavailable' });
    expect([one.remote.updates, one.session(S)!.state]).toEqual([[], 'waiting_approval']);
  });

  test('is not made of what nobody has approved yet', async () => {
    const one = await waiting();
    await tryAgain(one);
    expect(await ended(one)).toEqual({ state: 'failed', reason: 'approval_invalidated', published: 0 });
  });

  test('is not told of where it was never tried, though somebody put that very commit there', async () => {
    const one = await waiting();
    one.remote.branches.set(BRANCH, turnOf(one).commit_id);
    await tryAgain(one);
    expect(await ended(one)).toEqual({ state: 'failed', reason: 'approval_invalidated', published: 0 });
    expect(published(one)).toEqual([]);
  });

  test('is written down before it is made, and when it was, each once', async () => {
    const one = await refused();
    expect(one.home.tables.get('publishes', S, 1)).toMatchObject({ branch: BRANCH, outcome: null });
    const turn = turnOf(one);
    const again = () => one.time.finish('a try', publish(one.runner, one.session(S)!, turn, never), 90_000);
    one.remote.refusal = null;
    await again();
    await again();
    expect(one.home.tables.get('publishes', S, 1)).toMatchObject({ outcome: 'pushed' });
    expect([written(one, 'publish.intended'), written(one, 'publish.finished')]).toEqual([1, 1]);
  });

  test('that did not come about is not taken for made, when its approval is gone at the next try', async () => {
    const one = await waiting();
    one.remote.reachable = false;
    await one.decide(S, 'user');
    await one.time.until('a failure', () => one.logged.length > 0);
    expect(written(one, 'publish.intended')).toBe(1);
    await one.hearRoutes((body) => ({ ...body, ...REVOKED(body) }));
    one.remote.reachable = true;
    expect(await ended(one)).toEqual({ state: 'failed', reason: 'approval_invalidated', published: 0 });
  });

  test('is not made when its approval is too old at the next try', async () => {
    const graph = RUNNER_GRAPH.replace('quorum: 1', 'quorum: 1, expires: 30s');
    const one = await waiting({ graph });
    one.remote.reachable = false;
    await one.decide(S, 'user');
    await one.time.pass(one.approval(S)!.expires * 1000 - one.time.clock.now());
    one.remote.reachable = true;
    expect(await ended(one)).toEqual({ state: 'failed', reason: 'approval_expired', published: 0 });
    expect(one.said('artifact.ref').map(({ body }) => body.why)).toEqual(['approval_expired']);
  });

  test('of a commit that is not what was shown is not made', async () => {
    const one = await waiting();
    const { commit_id, base } = turnOf(one);
    const { commits } = [...one.machine.stores.values()][0]!;
    commits.set(commit_id, { ...commits.get(base)!, parent: base, message: 'another' });
    await one.decide(S, 'user');
    expect(await ended(one)).toEqual({ state: 'failed', reason: 'not_as_shown', published: 0 });
  });

  test('that found its branch moved stays so, when the runner goes before it can say it', async () => {
    const one = await waiting();
    const { commit_id: commit } = turnOf(one);
    const about = { session: S, attempt: 1, commit };
    const before = one.session(S)!;
    await record(one.home, 'publish.intended', { ...about, branch: BRANCH });
    await record(one.home, 'publish.finished', { ...about, outcome: 'moved' });
    await one.time.finish('again', publish(one.runner, before, turnOf(one), never));
    expect(await ended(one)).toEqual({ state: 'failed', reason: 'remote_moved', published: 0 });
  });

  test('is not made for a node whose assignment is not known here', async () => {
    const one = await waiting();
    one.home.tables.remove('assignments', ASSIGNMENT);
    await tryAgain(one);
    expect([one.remote.updates, one.session(S)!.state]).toEqual([[], 'waiting_approval']);
  });

  test('that was made, and its answer lost, is found on the remote, whoever may approve by now', async () => {
    const one = await waiting();
    one.remote.losesAnswers = 1;
    await one.decide(S, 'user');
    await one.time.until('a push', () => one.remote.updates.length > 0);
    await one.hearRoutes((body) => ({ ...body, ...REVOKED(body) }));
    expect(await ended(one)).toEqual({ state: 'completed', reason: null, published: 1 });
  });

  test('that was not made before its approval went is not made after', async () => {
    const one = await waiting();
    one.remote.refusal = 'a hook says no';
    await one.decide(S, 'user');
    await one.time.until('a refusal', () => one.logged.length > 0);
    await one.hearRoutes((body) => ({ ...body, ...REVOKED(body) }));
    one.remote.refusal = null;
    expect(await ended(one)).toEqual({ state: 'failed', reason: 'approval_invalidated', published: 0 });
  });

  test('over a branch that somebody moved ends the session', async () => {
    const one = await waiting();
    one.remote.move(BRANCH, { 'b.txt': 'b\n' });
    await one.decide(S, 'user');
    expect(await ended(one)).toEqual({ state: 'failed', reason: 'remote_moved', published: 0 });
  });

  test('that is refused is tried three times more, and then no is the answer', async () => {
    const one = await refused();
    expect(await ended(one)).toEqual({ state: 'failed', reason: 'remote_refused', published: 0 });
    expect(one.logged.filter((text) => text.includes('a hook says no'))).toHaveLength(4);
    const { summary } = one.said('task.result')[0]!.body;
    expect(one.said('artifact.ref').map(({ body }) => body.why)).toEqual([summary!.split('\n')[0]]);
    expect(summary).toMatch(
      /a hook says no; change its rule\nwhat the turn made is kept as commit [0-9a-f]{40} in the store /,
    );
  });

  test('that is refused, and then not, is made', async () => {
    const one = await refused();
    one.remote.refusal = null;
    expect(await ended(one)).toEqual({ state: 'completed', reason: null, published: 1 });
  });

  test('to a remote that stays away ends the session after a quarter of an hour', async () => {
    const one = await waiting();
    one.runner.git.push = () => Promise.reject(new EntangleError('unavailable', 'no route'));
    await one.decide(S, 'user');
    await one.time.pass(10 * 60_000);
    expect(one.session(S)?.open).toBe(1);
    await one.lease();
    await one.time.pass(5 * 60_000);
    await one.lease();
    expect(await ended(one)).toEqual({ state: 'failed', reason: 'remote_unknown', published: 0 });
    expect(one.said('task.result')[0]!.body.summary).toMatch(/no route\nwhat the turn made is kept/);
  });

  test.each<[string, (one: SingleRunner) => Promise<unknown>]>([
    ['its push', (one) => one.decide(S, 'user')],
    [
      'the look for one of an earlier key',
      async (one) => {
        const about = { session: S, attempt: 1, commit: turnOf(one).commit_id, branch: BRANCH };
        await record(one.home, 'publish.intended', about);
        const next = announcePushed(one.runner, { ...one.session(S)!, attempt: 2 });
        return one.time.finish('the look', next);
      },
    ],
  ])('that a bug of its runner is in the way of is told so, without its words: %s', async (_what, go) => {
    const one = await waiting();
    const broken = () => Promise.reject(new Error('EIO of something'));
    Object.assign(one.runner.git, { push: broken, remoteHead: broken });
    Object.assign(one.runner.retries, { troubledFor: () => 15 * 60_000 });
    await go(one);
    const told = await one.time.until('the end', () => one.said('task.result')[0], 5_000);
    const { reason, summary } = told.body;
    expect(reason).toBe('remote_unknown');
    expect(summary).toMatch(/^its runner cannot push it: its log says why\nwhat the turn made is kept/);
    expect(one.logged).toContain('a push failed: EIO of something');
  });

  test('is not tried again for a task that was cancelled meanwhile', async () => {
    const one = await refused();
    const body = { session: S, reason: 'no more' };
    await one.hear({ type: 'task.cancel', from: 'user', to: 'node', body });
    one.remote.refusal = null;
    expect(await ended(one)).toMatchObject({ state: 'cancelled', published: 0 });
  });

  test('that is on record is not made again, whatever the remote says by now', async () => {
    const one = await waiting();
    const [before, turn] = [one.session(S)!, turnOf(one)];
    await one.decide(S, 'user');
    await ended(one);
    one.remote.branches.delete(BRANCH);
    await one.time.finish('again', publish(one.runner, before, turn, never));
    expect(one.remote.updates).toHaveLength(1);
  });
});

/** Why a try fails now. */
const objectionOf = (one: SingleRunner): Promise<unknown> =>
  tryAgain(one).then(
    () => null,
    (error: unknown) => error,
  );
