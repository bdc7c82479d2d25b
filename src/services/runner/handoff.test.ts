/** A task that an engine hands on: to whom, with what, and that what becomes of it there is the end of its own session. */
import { describe, expect, test } from 'vitest';
import type { EngineScript, EngineTurn } from '../../../test/sim/scripted-engine.ts';
import {
  FREE_GRAPH,
  RUNNER_GRAPH,
  type SingleRunner,
  startSingleRunner,
  withIdle,
} from '../../../test/sim/single-runner.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { fromUtf8 } from '../../core/encoding/bytes.ts';
import type { SessionState } from '../../core/vocabulary.ts';
import type { Allowance } from './budget.ts';

const S = uuidOf(0xe1);
const GRAPH = `${RUNNER_GRAPH}  - builder hands_off_to helper\n`;
type Answer = { ok: boolean; error?: { code: string; message: string }; [more: string]: unknown };
const handoff = (to = 'helper', task = 'help') => JSON.stringify({ id: 7, handoff: { to, task } });

type Setup = {
  graph?: string;
  budget?: Partial<Allowance>;
  before?(one: SingleRunner): unknown;
  /** After the first directive. */
  after?(turn: EngineTurn, answers: Answer[]): ReturnType<EngineScript>;
};
/** A turn that writes a file and gives one directive; its answer, once there is one. */
const answered = async (line = handoff(), { graph = GRAPH, budget, before, after }: Setup = {}) => {
  const answers: Answer[] = [];
  const script = async (turn: EngineTurn) => {
    turn.write('made.txt', 'a\n');
    await before?.(one);
    answers.push(JSON.parse(await turn.directive(line)));
    return after?.(turn, answers);
  };
  const one: SingleRunner = await startSingleRunner({ script, graph });
  await one.ready();
  await one.request(S, 'user', 'write', budget);
  await one.time.until('an answer', () => answers[0], 30_000);
  return { one, answers, answer: answers[0]! };
};
/** What the other node says of the task. */
const say = (
  one: SingleRunner,
  type: 'task.accept' | 'task.update' | 'task.result',
  step: number,
  state: SessionState,
  more = {},
) => {
  const asked = one.said('task.handoff')[0]!;
  const body = { session: asked.body.session, attempt: 1, step, state, ...more };
  return one.hear({ type, from: 'peer', to: 'node', re: asked.event.id, body } as never);
};
const turnEnded = (one: SingleRunner) => one.time.until('the end of the turn', () => one.turn(S), 5_000);
type Peer = Parameters<NonNullable<Parameters<SingleRunner['hearRoutes']>[0]>>[0]['peers'][number];
const withHelper = ({ hearRoutes }: SingleRunner, change: (peer: Peer) => Peer[]) =>
  hearRoutes((body) => ({
    ...body,
    peers: body.peers.flatMap((peer) => (peer.name === 'helper' ? change(peer) : [peer])),
  }));

describe('a handoff', () => {
  test('gives the peer’s key all that is left of the budget, and the engine is told at once', async () => {
    const { one, answer } = await answered(handoff(), { budget: { hops: 3, turns: 9 } });
    const [asked] = one.said('task.handoff');
    expect(asked).toMatchObject({
      to: one.actors.peer.pubkey,
      body: { attempt: 1, task: 'help', budget: { hops: 2, turns: 8, path: ['alice', 'builder'] } },
    });
    const { session } = asked!.body;
    expect(answer).toEqual({ id: 7, ok: true, handed_off: true, session });
    const exchange = { conversation: session, peer: 'helper', relation: 'hands_off_to', move: 'opened' };
    expect(one.said('conversation.observed')).toMatchObject([{ body: { session: S, ...exchange } }]);
  });

  test('has the end of the other node as its own, with what was published there and where its files are kept', async () => {
    const { one } = await answered();
    await turnEnded(one);
    await one.time.pass(5_000);
    expect(one.session(S)!.state).toBe('active');
    const { session } = one.said('task.handoff')[0]!.body;
    const commit = 'c0'.repeat(20);
    const place = { repository: 'file:///other', branch: 'entangle/helper/x', commit };
    const body = { artifact: uuidOf(0xaf), session, approval: null, ...place };
    await say(one, 'task.accept', 1, 'accepted');
    await say(one, 'task.update', 2, 'active');
    await one.hear({ type: 'artifact.ref', from: 'peer', to: 'node', body });
    await one.reach(S, 'completed');
    const [told] = one.said('task.result');
    expect(told!.to).toBe(one.actors.user.pubkey);
    const [first, published, kept] = told!.body.summary!.split('\n');
    expect([first, published]).toEqual([
      'handed off to helper',
      `published: entangle/helper/x of file:///other, commit ${commit}`,
    ]);
    expect(kept).toContain(one.turn(S)!.commit_id);
  });

  test('publishes and asks nothing for what the engine had changed', async () => {
    const { one } = await answered();
    await turnEnded(one);
    await say(one, 'task.result', 1, 'failed', { reason: 'no_time', summary: 'half of it' });
    await one.reach(S, 'failed');
    const { reason, summary } = one.said('task.result')[0]!.body;
    expect([reason, summary!.split('\n').at(-1)]).toEqual(['no_time', 'half of it']);
    const [{ body: failed } = { body: null }] = one.said('artifact.ref');
    expect(failed?.why).toBe('handed off to helper; half of it');
    expect([
      one.said('approval.request'),
      one.said('artifact.ref').filter(({ body }) => body.state !== 'failed'),
      one.remote.updates,
    ]).toEqual([[], [], []]);
  });

  test.each<SessionState>(['failed', 'completed'])(
    'T145 leaves nothing that is published when somebody asks, having ended %s',
    async (state) => {
      const { one } = await answered(handoff(), { graph: `${FREE_GRAPH}  - builder hands_off_to helper\n` });
      await turnEnded(one);
      await say(one, 'task.accept', 1, 'accepted');
      await say(one, 'task.update', 2, 'active');
      await say(one, 'task.result', 3, state, state === 'failed' ? { reason: 'no_time' } : {});
      await one.reach(S, state);
      const body = { session: S, commit: one.turn(S)!.commit_id! };
      await one.hear({ type: 'publish.request', from: 'user', to: 'node', body });
      const told = await one.time.until('an answer', () => one.said('publish.result')[0], 30_000);
      expect([told.body.reason, one.remote.updates]).toEqual(['handed_on', []]);
    },
  );

  test('is all that its turn does: of what the engine asks afterwards nothing is done', async () => {
    const more = [
      handoff(),
      handoff('helper', 'another'),
      JSON.stringify({ delegate: { to: 'helper', task: 'x' } }),
      JSON.stringify({ ask: { question: 'why?' } }),
    ];
    const after = async ({ directive, ask, print }: EngineTurn, answers: Answer[]) => {
      for (const line of more) answers.push(JSON.parse(await directive(line)));
      print(JSON.stringify(await ask({})));
      return 1;
    };
    const { one, answers } = await answered(handoff(), { after });
    await turnEnded(one);
    expect(answers.slice(1).map(({ error }) => error!.code)).toEqual(more.map(() => 'handed_off'));
    const said = ['task.handoff', 'task.request', 'question', 'approval.request'] as const;
    expect(said.map((type) => one.said(type).length)).toEqual([1, 0, 0, 0]);
    expect(one.session(S)!.state).toBe('active');
  });

  test('is no answer that the turn still waited for', async () => {
    const { one } = await answered(handoff(), { after: () => 1 });
    await turnEnded(one);
    const { status, tail } = one.turn(S)!;
    expect([status, tail]).toEqual(['failed', expect.not.stringContaining('no end of what was given')]);
  });

  test('said twice at once is one', async () => {
    const answers: Answer[] = [];
    const script = async ({ directive }: EngineTurn) => {
      const both = [directive(handoff('helper', 'one')), directive(handoff('helper', 'two'))];
      answers.push(...(await Promise.all(both)).map((text) => JSON.parse(text)));
    };
    const one = await startSingleRunner({ script, graph: GRAPH });
    await one.ready();
    await one.request(S);
    await one.time.until('both answers', () => answers.length === 2, 5_000);
    expect(answers.map(({ ok }) => ok)).toEqual([true, false]);
    expect(one.said('task.handoff')).toMatchObject([{ body: { task: 'one' } }]);
  });

  const REFUSED: readonly [string, string, string, Setup?][] = [
    ['a node without an edge', handoff('somebody'), 'no_edge'],
    ['an edge for other work', handoff(), 'no_edge', { graph: RUNNER_GRAPH }],
    [
      'an edge the other way',
      handoff(),
      'wrong_direction',
      { graph: `${RUNNER_GRAPH}  - helper hands_off_to builder\n` },
    ],
    [
      'an edge for other work, to a node that runs nowhere',
      handoff('idle'),
      'no_edge',
      { graph: withIdle(RUNNER_GRAPH, 'builder delegates_to idle') },
    ],
    [
      'a node that runs nowhere',
      handoff(),
      'not_running',
      { before: (one) => withHelper(one, (peer) => [{ ...peer, pubkey: null }]) },
    ],
    [
      'no lease',
      handoff(),
      'no_lease',
      { before: ({ home, actors }) => home.leases.remove(actors.node.pubkey) },
    ],
    ['a task of more than 64 KiB', handoff('helper', 'x'.repeat(65_537)), 'too_large'],
    ['no hops left', handoff(), 'budget_exceeded', { budget: { hops: 0 } }],
    ['no turns left', handoff(), 'budget_exceeded', { budget: { turns: 1 } }],
    ['whoever had the task', handoff(), 'budget_exceeded', { budget: { path: ['helper', 'alice'] } }],
  ];
  test.each(REFUSED)('is refused: %s; the task stays the engine’s', async (_what, line, code, setup) => {
    const { one, answer } = await answered(line, setup);
    expect(answer).toMatchObject({ ok: false, error: { code } });
    expect(one.said('task.handoff')).toEqual([]);
    if (code === 'no_lease') return;
    await one.reach(S, 'waiting_approval');
  });

  test('names the edge that is missing, also to who follows the turn', async () => {
    const { one, answer } = await answered(handoff('somebody'));
    const words = 'the graph has no edge "builder hands_off_to somebody"';
    expect(answer.error!.message).toBe(words);
    await one.reach(S, 'waiting_approval');
    const { transcript } = one.home.tables.list('turns')[0]!;
    const told = fromUtf8((await one.home.blobs.get(transcript[0]!))!);
    expect(told).toBe(`\nnot handed off to somebody: ${words}\n`);
    const { answer: other } = await answered(handoff(), { graph: RUNNER_GRAPH });
    expect(other.error!.message).toContain('no edge "builder hands_off_to helper"');
  });

  test('whose edge goes while it is made is refused, and the turn goes on', async () => {
    const before = (one: SingleRunner) => {
      const { put } = one.home.blobs;
      one.home.blobs.put = async (bytes) => {
        one.home.blobs.put = put;
        await withHelper(one, () => []);
        return put(bytes);
      };
    };
    const { one, answer } = await answered(handoff('helper', 'x'.repeat(5000)), { before });
    expect(answer).toMatchObject({ ok: false, error: { code: 'denied' } });
    expect(one.said('task.handoff')).toEqual([]);
    await one.reach(S, 'waiting_approval');
  });

  test.each<[string, number, (peer: Peer) => Peer[]]>([
    ['its node', 0, () => []],
    [
      'its edge',
      1,
      (peer) => [{ ...peer, relations: peer.relations.filter((of) => of.relation !== 'hands_off_to') }],
    ],
  ])(
    'T131 ends when %s goes, and with it the work there where another edge carries that',
    async (_what, cancels, change) => {
      const { one } = await answered();
      await turnEnded(one);
      await withHelper(one, change);
      await one.reach(S, 'failed');
      expect(one.said('task.result')).toMatchObject([{ body: { reason: 'edge_removed' } }]);
      expect(one.said('task.cancel').length).toBe(cancels);
    },
  );

  test('is asked of the key that took the place of its node', async () => {
    const { one } = await answered();
    await turnEnded(one);
    await withHelper(one, (peer) => [{ ...peer, pubkey: one.actors.runner2.pubkey }]);
    await one.time.until('the second attempt', () => one.said('task.handoff')[1], 5_000);
    const [first, second] = one.said('task.handoff');
    expect(second).toMatchObject({
      to: one.actors.runner2.pubkey,
      body: { session: first!.body.session, attempt: 2, task: 'help' },
    });
  });

  test('T131 is cancelled with the task', async () => {
    const { one } = await answered();
    await turnEnded(one);
    const { session } = one.said('task.handoff')[0]!.body;
    const body = { session: S, reason: 'no more' };
    await one.hear({ type: 'task.cancel', from: 'user', to: 'node', body });
    await one.reach(S, 'cancelled');
    expect(one.said('task.cancel')).toMatchObject([{ to: one.actors.peer.pubkey, body: { session } }]);
  });

  test('that is still made when its task is cancelled is not made', async () => {
    const script = ({ directive }: EngineTurn) => {
      const { put } = one.home.blobs;
      one.home.blobs.put = async (bytes) => {
        one.home.blobs.put = put;
        await one.hear({ type: 'task.cancel', from: 'user', to: 'node', body: { session: S, reason: 'no' } });
        one.runner.turns.stop(S);
        return put(bytes);
      };
      return directive(handoff('helper', 'x'.repeat(5000)));
    };
    const one = await startSingleRunner({ script, graph: GRAPH });
    await one.ready();
    await one.request(S);
    await one.reach(S, 'cancelled');
    await one.time.pass(5_000);
    expect(one.said('task.handoff')).toEqual([]);
  });

  test('T131 ends with the edge of whoever launched its task', async () => {
    const { one } = await answered();
    await turnEnded(one);
    const { session } = one.said('task.handoff')[0]!.body;
    await one.hearRoutes((body) => ({ ...body, peers: body.peers.filter(({ name }) => name !== 'alice') }));
    await one.reach(S, 'failed');
    expect(one.said('task.cancel')).toMatchObject([{ body: { session } }]);
  });

  test('T131 that was made before its runner was killed is not made again, and no engine runs for it', async () => {
    const { one } = await answered(handoff(), { after: ({ sleep }) => sleep(60_000) });
    await one.close();
    const again = await startSingleRunner({ graph: GRAPH, disk: one.home.disk });
    const cleared: string[] = [];
    again.runner.engines.exec!.recover = async (scratch) => void cleared.push(scratch);
    again.home.leases.grant(again.actors.node.pubkey, again.time.elapsed() + 50_000);
    await again.time.pass(5_000);
    expect([again.runs, again.said('task.handoff').length, again.session(S)!.state]).toEqual([
      [],
      1,
      'active',
    ]);
    // What its engine left running is ended, once
    expect(cleared).toEqual([`/r1/turns/${S}-1/scratch`]);
    await say(again, 'task.result', 1, 'failed', { summary: 'no' });
    await again.reach(S, 'failed');
    expect(again.said('task.result')[0]!.body.summary).toBe('handed off to helper\nno');
  });

  test('T131 ends by no word but of whom it was given to', async () => {
    const { one } = await answered();
    await turnEnded(one);
    const asked = one.said('task.handoff')[0]!;
    const body = { session: asked.body.session, attempt: 1, step: 1, state: 'failed' as const };
    await one.hear({ type: 'task.result', from: 'runner2', to: 'node', re: asked.event.id, body });
    await one.time.pass(5_000);
    expect(one.session(S)!.state).toBe('active');
  });

  test('T131 under an id that another has taken is refused', async () => {
    const first = await answered();
    const { session } = first.one.said('task.handoff')[0]!.body;
    const before = (one: SingleRunner) => one.request(session, 'stranger');
    const { one, answer } = await answered(handoff(), { before });
    expect(answer).toMatchObject({ ok: false, error: { code: 'session_taken' } });
    expect(one.said('task.handoff')).toEqual([]);
  });
});
