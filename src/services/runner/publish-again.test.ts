/** A commit whose push was refused is pushed once more when somebody asks: exactly that one, and only what is approved still. */
import { describe, expect, test } from 'vitest';
import {
  FREE_GRAPH,
  RUNNER_GRAPH,
  type SingleRunner,
  startReadyRunner,
} from '../../../test/sim/single-runner.ts';
import { type Name, uuidOf } from '../../../test/support/world.ts';

const S = uuidOf(0xe1);
const BRANCH = `entangle/builder/${S}`;

/** Approved, and refused by the remote; `graph` without a policy: nobody had to. */
const refused = async (isFree = false, graph = isFree ? FREE_GRAPH : RUNNER_GRAPH) => {
  const one = await startReadyRunner({ graph });
  one.remote.refusal = 'a hook says no';
  await one.request(S);
  if (!isFree) {
    await one.reach(S, 'waiting_approval');
    await one.decide(S, 'user');
  }
  await one.time.until('the end', () => one.session(S)?.open === 0, 30_000);
  expect(one.session(S)).toMatchObject({ state: 'failed', reason: 'remote_refused' });
  return one;
};
const again = async (one: SingleRunner, from: Name = 'user', commit = one.turn(S)!.commit_id!) => {
  const before = one.said('publish.result').length;
  await one.hear({ type: 'publish.request', from, to: 'node', body: { session: S, commit } });
  return one.time.until('an answer', () => one.said('publish.result')[before], 30_000);
};
const stateOf = (one: SingleRunner) => one.home.tables.get('artifacts', one.turn(S)!.artifact)?.state;

describe('a commit that the remote refused', () => {
  test.each<[string, boolean, Name]>([
    ['by who asked for it', false, 'user'],
    ['by another who was asked to approve it', false, 'stranger'],
    ['where nobody had to approve it', true, 'user'],
  ])('is on the remote when the refusal is gone: %s', async (_who, isFree, from) => {
    const one = await refused(isFree);
    expect(stateOf(one)).toBe('failed');
    one.remote.refusal = null;
    const { commit_id } = one.turn(S)!;
    const { body, to } = await again(one, from);
    expect([body.reason, body.commit, to]).toEqual([undefined, commit_id, one.actors[from].pubkey]);
    expect(one.remote.updates).toEqual([{ branch: BRANCH, from: null, to: commit_id }]);
    expect(stateOf(one)).toBe('published');
    expect(one.said('artifact.observed').at(-1)!.body).toMatchObject({ state: 'published' });
    // It says how it ended, and that stays
    expect(one.session(S)).toMatchObject({ state: 'failed' });
    expect(one.runs).toHaveLength(1);
  });

  test('is pushed once, however often that is asked', async () => {
    const one = await refused();
    one.remote.refusal = null;
    await again(one);
    expect((await again(one)).body.reason).toBeUndefined();
    expect(one.remote.updates).toHaveLength(1);
  });

  test('is pushed by one at a time, whoever asks meanwhile; each is answered', async () => {
    const one = await refused();
    one.remote.refusal = null;
    const { push } = one.runner.git;
    let [now, most] = [0, 0];
    one.runner.git.push = async (...args) => {
      most = Math.max(most, ++now);
      return push(...args).finally(() => void now--);
    };
    const { commit_id } = one.turn(S)!;
    const body = { session: S, commit: commit_id! };
    for (const from of ['user', 'stranger'] as const)
      await one.hear({ type: 'publish.request', from, to: 'node', body });
    await one.time.until('both answers', () => one.said('publish.result').length === 2, 30_000);
    expect([most, one.remote.updates.length]).toEqual([1, 1]);
    expect(one.said('publish.result').map(({ body: { reason } }) => reason)).toEqual([undefined, undefined]);
  });

  test('T153 takes a place like a turn: with one place two sessions are pushed one after the other', async () => {
    const one = await startReadyRunner({ capacity: 1 });
    one.remote.refusal = 'a hook says no';
    const T = uuidOf(0xe2);
    for (const id of [S, T]) {
      await one.request(id);
      await one.reach(id, 'waiting_approval');
      await one.decide(id, 'user');
      await one.time.until('the end', () => one.session(id)?.open === 0, 30_000);
    }
    one.remote.refusal = null;
    const { push } = one.runner.git;
    let [now, most] = [0, 0];
    one.runner.git.push = async (...args) => {
      most = Math.max(most, ++now);
      return push(...args).finally(() => void now--);
    };
    for (const session of [S, T]) {
      const body = { session, commit: one.turn(session)!.commit_id! };
      await one.hear({ type: 'publish.request', from: 'user', to: 'node', body });
    }
    await one.time.until('both answers', () => one.said('publish.result').length === 2, 30_000);
    expect([most, one.remote.updates.length]).toEqual([1, 2]);
  });

  test('T153 that is refused again waits before it is pushed once more, each time longer', async () => {
    const one = await refused();
    const { push } = one.runner.git;
    const now = () => one.runner.home.clock.monotonic();
    const pushes: number[] = [];
    one.runner.git.push = (...args) => {
      pushes.push(now());
      return push(...args);
    };
    let last = Number.NEGATIVE_INFINITY;
    for (const atLeast of [0, 1_000, 2_000, 4_000]) {
      await one.lease();
      pushes.length = 0;
      expect((await again(one)).body.reason).toBe('remote_refused');
      expect(pushes[0]! - last).toBeGreaterThanOrEqual(atLeast);
      last = pushes.at(-1)!;
    }
    await one.lease();
    one.remote.refusal = null;
    expect((await again(one)).body.reason).toBeUndefined();
  });

  test('T153 clears no trouble of its session', async () => {
    const one = await refused();
    one.remote.refusal = null;
    one.runner.retries.failed(S);
    await again(one);
    await one.time.pass(2_000);
    expect(one.runner.retries.troubledFor(S)).toBeGreaterThan(2_000);
  });

  test('is tried again later while the remote does not answer, each time later', async () => {
    const one = await refused();
    const { push } = one.runner.git;
    let tries = 0;
    one.runner.git.push = (...args) => {
      tries++;
      return push(...args);
    };
    one.remote.reachable = false;
    const body = { session: S, commit: one.turn(S)!.commit_id! };
    await one.hear({ type: 'publish.request', from: 'user', to: 'node', body });
    await one.time.pass(30_000);
    // After 1, 2, 4 and 8 seconds
    expect(tries).toBe(5);
    [one.remote.reachable, one.remote.refusal] = [true, null];
    const { body: told } = await one.time.until('the answer', () => one.said('publish.result')[0], 29_000);
    expect(told.reason).toBeUndefined();
  });

  test('is told without the words of a bug of its runner, which stand in its log', async () => {
    const one = await refused();
    one.runner.git.push = () => Promise.reject(new Error('EIO of something'));
    Object.assign(one.runner.retries, { troubledFor: () => 15 * 60_000 });
    const { body } = await again(one);
    const summary = 'its runner cannot push it: its log says why';
    expect(body).toMatchObject({ reason: 'remote_unknown', summary });
    expect(one.logged).toContain('a push failed: EIO of something');
  });

  test('is nobody’s business who has no edge any more: it is neither pushed nor answered', async () => {
    const one = await refused();
    one.remote.reachable = false;
    const body = { session: S, commit: one.turn(S)!.commit_id! };
    await one.hear({ type: 'publish.request', from: 'stranger', to: 'node', body });
    await one.time.until('a try', () => one.logged.at(-1)?.includes('no route'), 5_000);
    await one.hearRoutes((routes) => ({
      ...routes,
      peers: routes.peers.filter(({ name }) => name !== 'carol'),
    }));
    [one.remote.reachable, one.remote.refusal] = [true, null];
    await one.time.pass(20_000);
    expect([one.remote.updates, one.said('publish.result')]).toEqual([[], []]);
  });

  test('is no work of another node here, while its own has no lease', async () => {
    const one = await refused();
    await one.alsoRun();
    one.home.leases.remove(one.actors.node.pubkey);
    const before = one.logged.length;
    const body = { session: S, commit: one.turn(S)!.commit_id! };
    await one.hear({ type: 'publish.request', from: 'user', to: 'node', body });
    await one.time.pass(5_000);
    expect([one.logged.slice(before), one.said('publish.result')]).toEqual([[], []]);
  });

  test('is told again what the remote says', async () => {
    const one = await refused();
    const { body } = await again(one);
    expect(body).toMatchObject({
      reason: 'remote_refused',
      summary: expect.stringContaining('a hook says no'),
    });
    one.remote.refusal = null;
    expect((await again(one)).body.reason).toBeUndefined();
  });

  test('is not pushed over what somebody else put there meanwhile', async () => {
    const one = await refused();
    one.remote.refusal = null;
    const theirs = one.remote.move(BRANCH, { 'b.txt': 'b' });
    expect((await again(one)).body.reason).toBe('remote_moved');
    expect(one.remote.branches.get(BRANCH)).toBe(theirs);
  });

  test('T145 is not pushed when its approval counts no more', async () => {
    const one = await refused();
    one.remote.refusal = null;
    await one.hearRoutes((body) => ({
      ...body,
      policy: { ...body.policy, 'source.publish': '99'.repeat(32) },
    }));
    expect((await again(one)).body.reason).toBe('approval_invalidated');
    expect(one.remote.updates).toEqual([]);
  });

  test('T145 nor when its approval has expired', async () => {
    const one = await refused(false, RUNNER_GRAPH.replace('quorum: 1', 'quorum: 1, expires: 40s'));
    one.remote.refusal = null;
    await one.time.pass(40_000);
    await one.lease();
    expect((await again(one)).body.reason).toBe('approval_expired');
    expect(one.remote.updates).toEqual([]);
  });

  test('T145 nor where an approval is needed now, and none was given', async () => {
    const one = await refused(true);
    one.remote.refusal = null;
    await one.hearRoutes((body) => ({
      ...body,
      approval: { 'source.publish': { by: ['alice'], quorum: 1 } },
      policy: { 'source.publish': '99'.repeat(32) },
    }));
    expect((await again(one)).body.reason).toBe('not_approved');
    expect(one.remote.updates).toEqual([]);
  });

  test('T145 is not pushed when its approval ended otherwise, whatever votes there are', async () => {
    const one = await refused();
    one.remote.refusal = null;
    one.home.tables.put('approvals', { ...one.approval(S)!, open: 0, state: 'withdrawn' });
    expect((await again(one)).body.reason).toBe('approval_withdrawn');
    expect(one.remote.updates).toEqual([]);
  });

  test('T145 nor another commit than the last', async () => {
    const one = await refused();
    one.remote.refusal = null;
    expect((await again(one, 'user', 'c0'.repeat(20))).body.reason).toBe('not_the_last_commit');
    expect(one.remote.updates).toEqual([]);
  });
});

test('what is published is answered so, and is not pushed again', async () => {
  const one = await startReadyRunner();
  await one.request(S);
  await one.reach(S, 'waiting_approval');
  await one.decide(S, 'user');
  await one.reach(S, 'completed');
  expect((await again(one)).body.reason).toBeUndefined();
  expect(one.remote.updates).toHaveLength(1);
});

test('T145 a session that is open is not overtaken, and what was rejected stays so', async () => {
  const one = await startReadyRunner();
  await one.request(S);
  await one.reach(S, 'waiting_approval');
  expect((await again(one)).body.reason).toBe('session_not_failed');
  await one.decide(S, 'user', 'rejected');
  await one.reach(S, 'failed');
  expect((await again(one)).body.reason).toBe('approval_rejected');
  expect(one.remote.updates).toEqual([]);
});
