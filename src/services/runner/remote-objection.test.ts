/** The remote is asked before people are, and what it says against a push goes with the question: nobody reads for nothing. */
import { expect, test } from 'vitest';
import { RUNNER_GRAPH, type SingleRunner, startReadyRunner } from '../../../test/sim/single-runner.ts';
import { uuidOf } from '../../../test/support/world.ts';

const S = uuidOf(0xe1);
const BRANCH = `entangle/builder/${S}`;
const asked = async (prepare: (one: SingleRunner) => void) => {
  const one = await startReadyRunner();
  prepare(one);
  await one.request(S);
  await one.reach(S, 'waiting_approval');
  const { objection } = one.said('approval.request')[0]!.body;
  const { note } = one.said('task.update').at(-1)!.body;
  return { one, objection, note };
};

test('a push that is not allowed is told to who approves it and to who waits for it', async () => {
  const { one, objection, note } = await asked(({ remote }) => {
    remote.forbids = 'no permission to push';
  });
  expect(objection).toBe('no permission to push');
  expect(note).toMatch(/^waiting for 1 of .*; the remote would refuse it as things are: no permission/);
  // And it is mended by the time that somebody approves
  one.remote.forbids = null;
  await one.decide(S, 'user');
  await one.reach(S, 'completed');
  expect(one.remote.updates).toHaveLength(1);
});

test('so is a branch that is in the way of the one of the session', async () => {
  const { objection } = await asked(({ remote }) => void remote.move('entangle', {}));
  expect(objection).toBe('the remote has a branch "entangle", and git keeps none below another');
});

test('so is a branch of the session that somebody else moved while the turn ran', async () => {
  let theirs = '';
  const { objection } = await asked(({ remote, runner }) => {
    const { commit } = runner.git;
    runner.git.commit = (...args) => {
      theirs = remote.move(BRANCH, {});
      return commit(...args);
    };
  });
  expect(objection).toContain(`branch "${BRANCH}" is at ${theirs}, and the commit does not go on from that`);
});

test('nothing is told of a remote that has no objection', async () => {
  const { objection, note } = await asked(() => undefined);
  expect([objection, note]).toEqual([undefined, expect.not.stringContaining('remote')]);
});

test('nor of a branch of the session that was there when the turn began', async () => {
  const { objection } = await asked(({ remote }) => {
    remote.branches.set(BRANCH, remote.branches.get('main')!);
  });
  expect(objection).toBeUndefined();
});

test('a remote that does not answer keeps nobody from being asked', async () => {
  const { one, objection } = await asked((at) => {
    const { objection: ask } = at.runner.git;
    at.runner.git.objection = (...args) => {
      at.remote.reachable = false;
      return ask(...args);
    };
  });
  expect(objection).toBeUndefined();
  expect(one.session(S)!.state).toBe('waiting_approval');
});

test('nobody is asked where the policy went while the remote was asked', async () => {
  const one = await startReadyRunner();
  const { objection: ask } = one.runner.git;
  one.runner.git.objection = async (...args) => {
    await one.hearRoutes((body) => ({ ...body, approval: {}, policy: {} }));
    return ask(...args);
  };
  await one.request(S);
  await one.reach(S, 'completed');
  expect([one.said('approval.request'), one.remote.updates.length]).toEqual([[], 1]);
});

test('who may approve no more since the remote was asked is not asked', async () => {
  const one = await startReadyRunner();
  const { objection: ask } = one.runner.git;
  one.runner.git.objection = async (...args) => {
    await one.hearRoutes((body) => ({ ...body, peers: body.peers.filter(({ name }) => name !== 'carol') }));
    return ask(...args);
  };
  await one.request(S);
  await one.reach(S, 'waiting_approval');
  const { user, bob } = one.actors;
  expect(one.said('approval.request').map(({ to }) => to)).toEqual([user.pubkey, bob.pubkey]);
});

test('nobody is asked about a task that was cancelled while the remote was asked', async () => {
  const one = await startReadyRunner();
  const { objection: ask } = one.runner.git;
  one.runner.git.objection = async (...args) => {
    const body = { session: S, reason: 'no more' };
    await one.hear({ type: 'task.cancel', from: 'user', to: 'node', body });
    // Its work is stopped meanwhile
    await one.time.clock.sleep(2000);
    return ask(...args);
  };
  await one.request(S);
  await one.reach(S, 'cancelled');
  expect(one.said('approval.request')).toEqual([]);
});

test('nobody is asked by a node whose lease ended while the remote was asked, until it has one again', async () => {
  const one = await startReadyRunner();
  const { objection: ask } = one.runner.git;
  let tries = 0;
  one.runner.git.objection = async (...args) => {
    if (++tries === 1) one.home.leases.remove(one.actors.node.pubkey);
    return ask(...args);
  };
  await one.request(S);
  await one.time.until('the remote to be asked', () => tries === 1, 30_000);
  await one.time.pass(2000);
  expect(one.said('approval.request')).toEqual([]);
  await one.lease();
  await one.reach(S, 'waiting_approval');
});

test('while it takes its time, that of who is asked does not run', async () => {
  const one = await startReadyRunner({
    graph: RUNNER_GRAPH.replace('quorum: 1', 'quorum: 1, expires: 40s'),
  });
  const { objection } = one.runner.git;
  one.runner.git.objection = async (...args) => {
    await one.time.clock.sleep(25_000);
    return objection(...args);
  };
  await one.request(S);
  await one.reach(S, 'waiting_approval');
  const finished = one.home.tables.list('messages', { type: 'turn.finished' })[0]!;
  const [request] = one.said('approval.request');
  const { subject } = request!.body;
  const { at } = one.home.tables.list('messages', { type: 'approval.request' })[0]!;
  expect(at - finished.at).toBeGreaterThanOrEqual(25);
  expect('expiresAt' in subject && subject.expiresAt - at).toBe(40);
  expect(one.approval(S)!.expires).toBe(subject.expiresAt);
  // And the same is asked again when the decision comes
  await one.decide(S, 'user');
  await one.reach(S, 'completed');
});
