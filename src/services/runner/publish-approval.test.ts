/** Who is asked, whose decision counts, and when a question is over: authorized at the effect, not when it was put. */
import { describe, expect, test } from 'vitest';
import type { EngineTurn } from '../../../test/sim/scripted-engine.ts';
import {
  ASSIGNMENT,
  FREE_GRAPH,
  RUNNER_GRAPH,
  type RunnerSetup,
  type SingleRunner,
  startReadyRunner,
} from '../../../test/sim/single-runner.ts';
import { sshsigBy, type TestSshKey, testSshKey } from '../../../test/support/ssh-token.ts';
import { type Name, uuidOf } from '../../../test/support/world.ts';
import { utf8 } from '../../core/encoding/bytes.ts';
import { approvalLine } from '../../core/evidence/touch.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { approversOf } from './approving.ts';
import { outcomeOf, questionOrEnd, settleApproval } from './publish-approval.ts';
import type { CommittedTurn } from './turn.ts';

const S = uuidOf(0xe1);
const T = uuidOf(0xe2);
const quorum = (n: number) => ({ graph: RUNNER_GRAPH.replace('quorum: 1', `quorum: ${n}`) });
/** A question is put to alice, on both her keys, and to carol. */
const asking = async (setup: RunnerSetup = {}) => {
  const one = await startReadyRunner(setup);
  await one.request(S);
  await one.reach(S, 'waiting_approval');
  return one;
};
/** What came of the question, and what was published. */
const outcome = async (one: SingleRunner) => {
  await one.time.pass(3000);
  const { state, reason } = one.session(S)!;
  return { approval: one.approval(S)!.state, state, reason, published: one.remote.updates.length };
};
const PENDING = { approval: 'pending', state: 'waiting_approval', reason: null, published: 0 };
const PUBLISHED = { approval: 'approved', state: 'completed', reason: null, published: 1 };
const failed = (approval: string) => ({
  approval,
  state: 'failed',
  reason: `approval_${approval}`,
  published: 0,
});
type Routes = BodyOf<'routes'>;
const policy =
  (change: (rule: NonNullable<Routes['approval']['source.publish']>) => object) => (body: Routes) =>
    ({ ...body, approval: { 'source.publish': change(body.approval['source.publish']!) } }) as Routes;

describe('a question stays open', () => {
  const seconds = async (setup: RunnerSetup, change?: (body: Routes) => Routes) => {
    const one = await startReadyRunner(setup);
    if (change) await one.hearRoutes(change);
    await one.request(S);
    await one.reach(S, 'waiting_approval');
    const finished = one.home.tables.list('messages', { type: 'turn.finished' })[0]!;
    return one.turn(S)!.expires - finished.at;
  };
  const LIMITED = { graph: RUNNER_GRAPH.replace('quorum: 1', 'quorum: 1, expires: 40s') };
  test('as long as the policy says, or a day', async () => {
    expect([await seconds(LIMITED), await seconds({})]).toEqual([40, 86_400]);
  });
  test('as the newest policy says, also at a node that was placed under another one', async () => {
    expect(
      await seconds(
        LIMITED,
        policy((rule) => ({ ...rule, expires: '10m' })),
      ),
    ).toBe(600);
    expect(
      await seconds(
        LIMITED,
        policy(({ expires: _, ...rule }) => rule),
      ),
    ).toBe(86_400);
    expect(
      await seconds(
        {},
        policy((rule) => ({ ...rule, expires: '40s' })),
      ),
    ).toBe(40);
  });
});

describe('asked is', () => {
  const names = async (from: Name, path: string[], four_eyes: boolean, by = ['alice', 'phone', 'carol']) => {
    const one = await startReadyRunner();
    await one.request(S, from, 'write', { path });
    const rule = { by, quorum: 1, four_eyes };
    return (await approversOf(one.runner, one.session(S)!, rule)).map((peer) => peer.name).sort();
  };
  test('who the policy names, and nobody else who could approve', async () => {
    expect(await names('user', ['alice'], false)).toEqual(['alice', 'carol', 'phone']);
    expect(await names('user', ['alice'], false, ['carol', 'helper'])).toEqual(['carol']);
  });
  test('nobody without a key', async () => {
    const one = await startReadyRunner();
    await one.hearRoutes((body) => ({
      ...body,
      peers: body.peers.map((peer) => (peer.name === 'carol' ? { ...peer, pubkey: null } : peer)),
    }));
    await one.request(S);
    const rule = { by: ['alice', 'carol'], quorum: 1, four_eyes: false };
    const asked = await approversOf(one.runner, one.session(S)!, rule);
    expect(asked.map(({ name }) => name)).toEqual(['alice']);
  });
  test('four_eyes leaves out the person who launched, with whichever key and however far away', async () => {
    expect(await names('user', ['alice'], true)).toEqual(['carol']);
    expect(await names('user', [], true)).toEqual(['carol']);
    expect(await names('stranger', ['carol'], true)).toEqual(['alice', 'phone']);
    expect(await names('peer', ['phone', 'helper'], true)).toEqual(['carol']);
    const one = await startReadyRunner();
    await one.request(S, 'stranger');
    const unread = { ...one.session(S)!, request: null };
    const rule = { by: ['alice', 'carol'], quorum: 1, four_eyes: true };
    const asked = await approversOf(one.runner, unread, rule);
    expect(asked.map((peer) => peer.name)).toEqual(['alice']);
  });
  test('nobody where the persons are fewer than the quorum: two keys of one are one', async () => {
    const one = await startReadyRunner();
    const twoKeys = policy(() => ({ by: ['alice', 'phone'], quorum: 2 }));
    await one.hearRoutes(twoKeys);
    await one.request(S);
    await one.time.until('the end', () => one.session(S)?.open === 0, 30_000);
    expect(one.session(S)).toMatchObject({ state: 'failed', reason: 'nobody_may_approve' });
    expect(one.said('approval.request')).toEqual([]);
  });
  test('each under the same subject, which names commit, branch, head, fence and policy', async () => {
    const one = await asking();
    const asked = one.said('approval.request');
    expect(asked.map(({ to }) => one.world.byKey.get(to)!.name).sort()).toEqual(['bob', 'stranger', 'user']);
    expect(new Set(asked.map(({ body }) => body.subjectDigest)).size).toBe(1);
    const { commit_id, changes, hunks, diff } = one.turn(S)!;
    const { at, expires } = one.approval(S)!;
    expect(expires - at).toBe(86_400);
    expect(asked[0]!.body).toMatchObject({
      subject: {
        graph: one.graph,
        policy: expect.stringMatching(/^[0-9a-f]{64}$/),
        session: S,
        attempt: 1,
        fence: 1,
        operation: 'source.publish',
        expiresAt: expires,
        remote: 'file:///remote',
        ref: `refs/heads/entangle/builder/${S}`,
        expectedHead: null,
        commit: commit_id,
        changes,
        hunks,
      },
      diff,
      task: 'write',
      path: ['alice', 'builder'],
      launchedBy: one.actors.user.pubkey,
    });
    expect(asked[0]!.body.whole).toBeUndefined();
  });
});

describe('nobody is asked', () => {
  const rule = { by: ['alice'], quorum: 1, four_eyes: false };
  const slowly = ({ write, sleep }: EngineTurn) => {
    write('done.txt', 'done');
    return sleep(5000);
  };
  /** How often the remote was. */
  const countRemote = ({ runner: { git } }: SingleRunner) => {
    const { objection } = git;
    let times = 0;
    git.objection = (...args) => {
      times++;
      return objection(...args);
    };
    return () => times;
  };
  test('while it is not known on what the policy stands, nor is the remote', async () => {
    const one = await startReadyRunner();
    const asks = countRemote(one);
    await one.hearRoutes((body) => ({ ...body, policy: {} }));
    await one.request(S);
    await one.time.until('a commit', () => one.turn(S)?.commit_id, 5000);
    await one.time.pass(3000);
    expect([one.said('approval.request'), one.session(S)!.state, one.logged]).toEqual([[], 'active', []]);
    expect(asks()).toBe(0);
  });
  test('about a task that is not here, whole; the remote is when it is', async () => {
    const one = await startReadyRunner({ script: slowly });
    const asks = countRemote(one);
    const text = `write ${'it well '.repeat(1000)}`;
    const whole = await one.give(utf8(text));
    const budget = { hops: 8, turns: 50, path: ['alice'] };
    const body = { session: S, attempt: 1, task: 'write', whole, budget };
    await one.hear({ type: 'task.request', from: 'user', to: 'node', body });
    await one.time.until('a turn', () => one.runs[0], 5000);
    one.loseBlobs();
    await one.time.until('a commit', () => one.turn(S)?.commit_id, 10_000);
    await one.time.pass(3000);
    expect([one.said('approval.request'), one.session(S)!.state, asks()]).toEqual([[], 'active', 0]);
    const turn = one.turn(S)! as CommittedTurn;
    const unasked = { ...one.session(S)!, request: null };
    const question = questionOrEnd(one.runner, unasked, turn, rule);
    expect(await one.time.finish('the question', question)).toBeNull();
    expect([one.said('approval.request'), one.logged]).toEqual([[], []]);
    await one.give(utf8(text));
    await one.reach(S, 'waiting_approval');
    expect(asks()).toBe(1);
  });
});

test('a question names the path by which the task came, the last that fit', async () => {
  const one = await startReadyRunner();
  const path = [...Array.from({ length: 16 }, (_, i) => `agent-${i}`), 'alice'];
  await one.request(S, 'user', 'write', { path });
  await one.reach(S, 'waiting_approval');
  expect(one.said('approval.request')[0]!.body.path).toEqual([...path.slice(1), 'builder']);
});

describe('what came of a question is told to the Host', () => {
  test.each([
    ['user', 'stranger'],
    ['stranger', 'user'],
  ] as const)('with the decision that says it first, and none of another question: %s', async (yes, no) => {
    const one = await asking(quorum(2));
    await one.request(T);
    await one.reach(T, 'waiting_approval');
    await one.decide(T, 'user');
    await one.decide(S, yes);
    await one.decide(S, no, 'rejected');
    await outcome(one);
    const told = one.said('approval.observed').filter(({ body }) => body.session === S);
    const decided = told.map(({ body }) => [body.state, body.evidence.map(({ pubkey }) => pubkey)]);
    const { [yes]: first, [no]: last } = one.actors;
    expect(decided).toEqual([
      ['pending', []],
      ['rejected', [last.pubkey, first.pubkey]],
    ]);
  });
});

describe('a decision counts', () => {
  test('and publishes, when nothing objects', async () => {
    const one = await asking();
    expect(await outcome(one)).toEqual(PENDING);
    await one.decide(S, 'stranger');
    expect(await outcome(one)).toEqual(PUBLISHED);
  });
  describe('of a policy that wants a touch', () => {
    const ALICE = testSshKey({ seed: 1 });
    const PLAIN = testSshKey({ seed: 2, isToken: false });
    const TOUCHED = {
      graph: RUNNER_GRAPH.replace('quorum: 1', 'quorum: 1, assurance: touch')
        .replace('$user, person: alice', `$user, person: alice, ssh: ["${ALICE.line}", "${PLAIN.line}"]`)
        .replace('$stranger', `$stranger, ssh: ["${testSshKey({ seed: 3 }).line}"]`),
    };
    const signedBy = (one: SingleRunner, key: TestSshKey) => ({
      sshsig: sshsigBy(key, approvalLine(one.approval(S)!.subject)),
    });
    test('with the touch of a key that the graph has of who gives it', async () => {
      const one = await asking(TOUCHED);
      const asked = one.said('approval.request').find(({ to }) => to === one.actors.user.pubkey);
      expect(asked!.body).toMatchObject({ assurance: 'touch', ssh: [ALICE.line, PLAIN.line].sort() });
      await one.decide(S, 'user', 'approved', signedBy(one, ALICE));
      expect(await outcome(one)).toEqual(PUBLISHED);
    });
    test.each<[string, (one: SingleRunner) => { sshsig?: string }]>([
      ['without a signature', () => ({})],
      ['by a key that is on no token', (one) => signedBy(one, PLAIN)],
      ['by a token that nobody touched', (one) => signedBy(one, testSshKey({ seed: 1, flags: 0 }))],
      ['by the key of somebody else', (one) => signedBy(one, testSshKey({ seed: 3 }))],
      ['of something else', () => ({ sshsig: sshsigBy(ALICE, approvalLine('00'.repeat(32))) })],
    ])('T172 not %s: the door refuses it, and in the ledger it would be no vote', async (_what, signed) => {
      const one = await asking(TOUCHED);
      await one.decide(S, 'user', 'approved', signed(one));
      expect(await outcome(one)).toEqual(PENDING);
      expect(one.home.tables.list('rejects').map(({ reason }) => reason)).toEqual(['not_touched']);
      const { body } = one.said('approval.request')[0]!;
      const { subject, subjectDigest, approval } = body;
      const event = one.compose({
        ...{ type: 'approval.response', from: 'user', to: 'node', n: 99 },
        body: { approval, decision: 'approved', subject, subjectDigest, ...signed(one) },
      });
      await one.home.ledger.append(() => [{ dir: 'in', event }]);
      one.runner.poke();
      expect(await outcome(one)).toEqual(PENDING);
      await one.decide(S, 'stranger', 'approved', signedBy(one, testSshKey({ seed: 3 })));
      expect(await outcome(one)).toEqual(PUBLISHED);
    });
    test('nobody has to touch anything to say no', async () => {
      const one = await asking(TOUCHED);
      await one.decide(S, 'user', 'rejected');
      expect(await outcome(one)).toEqual(failed('rejected'));
    });
  });
  test('against: one rejection ends it', async () => {
    const one = await asking(quorum(2));
    await one.decide(S, 'user');
    await one.decide(S, 'stranger', 'rejected');
    expect(await outcome(one)).toEqual(failed('rejected'));
  });
  test('only about the subject that was put', async () => {
    const one = await asking();
    // The door refuses such a decision; were it in the ledger all the same, it would be no vote.
    const body = {
      approval: one.approval(S)!.id,
      decision: 'approved' as const,
      subject: one.said('approval.request')[0]!.body.subject,
      subjectDigest: '00'.repeat(32),
    };
    const event = one.compose({ type: 'approval.response', from: 'user', to: 'node', body, n: 99 });
    await one.home.ledger.append(() => [{ dir: 'in', event }]);
    one.runner.poke();
    expect(await outcome(one)).toEqual(PENDING);
  });
  test('only of whom the newest policy still names', async () => {
    const one = await asking();
    await one.hearRoutes(policy((rule) => ({ ...rule, by: ['alice', 'phone'] })));
    await one.decide(S, 'stranger');
    expect(await outcome(one)).toEqual(PENDING);
    await one.decide(S, 'user');
    expect(await outcome(one)).toEqual(PUBLISHED);
  });
  test('once a person, and the first of a person’s: in the order in which they came', async () => {
    const one = await asking(quorum(2));
    const [low, high] = (['user', 'bob'] as const).toSorted((a, b) =>
      one.actors[a].pubkey < one.actors[b].pubkey ? -1 : 1,
    ) as [Name, Name];
    await one.decide(S, high);
    await one.decide(S, low, 'rejected');
    expect(await outcome(one)).toEqual(PENDING);
    await one.decide(S, 'stranger');
    expect(await outcome(one)).toEqual(PUBLISHED);
  });
  test('only before its question expires, in that second no more', async () => {
    const one = await asking({ graph: RUNNER_GRAPH.replace('quorum: 1', 'quorum: 1, expires: 30s') });
    const left = one.approval(S)!.expires * 1000 - one.time.clock.now();
    await one.time.pass(left - 1500);
    expect(one.approval(S)).toMatchObject({ state: 'pending' });
    await one.time.pass(1500);
    await one.decide(S, 'stranger');
    const decision = one.home.tables.get('decisions', one.approval(S)!.id, one.actors.stranger.pubkey);
    expect(decision).toMatchObject({ decision: 'approved', subject: one.approval(S)!.subject });
    expect(await outcome(one)).toEqual(failed('expired'));
  });
});

describe('a question is void', () => {
  const VOID: readonly [string, (body: Routes) => Routes][] = [
    ['when no policy asks for it any more', (body) => ({ ...body, approval: {} })],
    [
      'when what its policy stands on has changed',
      (body) => ({ ...body, policy: { 'source.publish': '99'.repeat(32) } }),
    ],
  ];
  test.each(VOID)('%s', async (_when, change) => {
    const one = await asking();
    await one.hearRoutes(change);
    await one.decide(S, 'stranger');
    expect(await outcome(one)).toEqual(failed('invalidated'));
    expect(one.said('approval.closed').map(({ body }) => body.state)).toEqual(Array(3).fill('invalidated'));
  });

  test('when the task behind it was cancelled: those who were asked are told', async () => {
    const one = await asking();
    const body = { session: S, reason: 'no more' };
    await one.hear({ type: 'task.cancel', from: 'user', to: 'node', body });
    expect(await outcome(one)).toMatchObject({ approval: 'withdrawn', state: 'cancelled', published: 0 });
    expect(one.said('approval.closed')).toHaveLength(3);
  });

  test('and no other question of its node with it', async () => {
    const one = await asking();
    await one.request(T);
    await one.reach(T, 'waiting_approval');
    const body = { session: S, reason: 'no more' };
    await one.hear({ type: 'task.cancel', from: 'user', to: 'node', body });
    await outcome(one);
    expect([one.approval(S)!.state, one.approval(T)!.state]).toEqual(['withdrawn', 'pending']);
  });

  test.each<[string, (one: SingleRunner) => unknown]>([
    ['routes', ({ home, actors }) => home.tables.remove('routes', actors.node.pubkey)],
    ['assignment', ({ home }) => home.tables.remove('assignments', ASSIGNMENT)],
  ])('when its node has no %s any more', async (_what, lose) => {
    const one = await asking();
    const [session, approval] = [one.session(S)!, one.approval(S)!];
    lose(one);
    const turn = one.turn(S)! as CommittedTurn;
    expect(await outcomeOf(one.runner, session, turn, approval)).toBe('invalidated');
  });

  test('for who left the graph: nobody else waits for them to be told', async () => {
    const one = await asking(quorum(2));
    await one.hearRoutes((body) => ({ ...body, peers: body.peers.filter(({ name }) => name !== 'phone') }));
    await one.decide(S, 'user', 'rejected');
    expect(await outcome(one)).toEqual(failed('rejected'));
    expect(
      one
        .said('approval.closed')
        .map(({ to }) => one.world.byKey.get(to)!.name)
        .sort(),
    ).toEqual(['stranger', 'user']);
  });
});

test('a question that was closed stays as it was closed, whoever may approve by now', async () => {
  const one = await asking(quorum(2));
  await one.decide(S, 'stranger', 'rejected');
  expect(await outcome(one)).toEqual(failed('rejected'));
  await one.hearRoutes(policy((rule) => ({ ...rule, by: ['alice', 'phone'] })));
  const turn = one.turn(S)! as CommittedTurn;
  expect(await settleApproval(one.runner, one.session(S)!, turn)).toBe('rejected');
});

test('a question that was rejected and is too old was rejected', async () => {
  const one = await asking();
  one.home.leases.remove(one.actors.node.pubkey);
  await one.decide(S, 'stranger', 'rejected');
  const [session, turn] = [one.session(S)!, one.turn(S)! as CommittedTurn];
  const old = { ...one.approval(S)!, expires: 1 };
  expect(await outcomeOf(one.runner, session, turn, old)).toBe('rejected');
});

test('a question that was never put is decided by nobody', async () => {
  const one = await asking();
  const turn = { ...(one.turn(S)! as CommittedTurn), approval: T };
  expect(await settleApproval(one.runner, one.session(S)!, turn)).toBe('pending');
});

test('without a policy nobody is asked', async () => {
  const one = await startReadyRunner({ graph: FREE_GRAPH });
  await one.request(S);
  await one.reach(S, 'completed');
  expect([one.said('approval.request'), one.remote.updates.length]).toEqual([[], 1]);
});
