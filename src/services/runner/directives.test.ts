/** What an engine may ask for: checked against lease, routes and budget, whatever it says. */
import { describe, expect, test } from 'vitest';
import type { EngineTurn } from '../../../test/sim/scripted-engine.ts';
import {
  RUNNER_GRAPH,
  type SingleRunner,
  startSingleRunner,
  withIdle,
} from '../../../test/sim/single-runner.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { EntangleError } from '../../core/errors.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import type { Allowance } from './budget.ts';
import { answerer } from './directives.ts';

const S = uuidOf(0xe1);
const T = uuidOf(0xe2);
type Answer = { ok: boolean; error?: { code: string }; [more: string]: unknown };
type Setup = {
  graph?: string;
  budget?: Partial<Allowance>;
  /** While the engine runs, before its directive. */
  before?(one: SingleRunner): unknown;
  capacity?: number;
};
/** A turn that gives one directive; its answer, once there is one. */
const answered = async (line: string, { graph, budget, before, capacity }: Setup = {}) => {
  const answers: Answer[] = [];
  const script = async ({ directive }: EngineTurn) => {
    await before?.(one);
    answers.push(JSON.parse(await directive(line)));
  };
  const one: SingleRunner = await startSingleRunner({
    script,
    ...(graph && { graph }),
    ...(capacity && { capacity }),
  });
  await one.ready();
  await one.request(S, 'user', 'write', budget);
  await one.time.until('an answer or a request', () => answers[0] ?? one.said('task.request')[0], 30_000);
  return { one, answers, answer: answers[0] };
};
const answererOf = (
  one: SingleRunner,
  request: BodyOf<'task.request'>,
  signal = new AbortController().signal,
) =>
  answerer(
    one.runner,
    {
      session: one.session(S)!,
      turn: 1,
      request,
      task: 'write',
      own: undefined,
      soFar: async () => null,
      tell: () => {},
      fileOf: async () => new Uint8Array(0),
      permit: async () => ({ decision: 'approved' as const, reason: '' }),
      isOver: () => false,
    },
    signal,
  );
const delegate = (to = 'helper', task = 'help') => JSON.stringify({ id: 7, delegate: { to, task } });
const NOT_THAT_WAY = RUNNER_GRAPH.replace('  - builder delegates_to helper\n', '');

describe('a delegation', () => {
  test('goes to the peer’s key with what is left of the budget; its end is the answer', async () => {
    const { one, answers } = await answered(delegate(), { budget: { hops: 3, turns: 9 } });
    const [asked] = one.said('task.request');
    expect(asked).toMatchObject({
      to: one.actors.peer.pubkey,
      body: { attempt: 1, task: 'help', budget: { hops: 2, turns: 4, path: ['alice', 'builder'] } },
    });
    const { session } = asked!.body;
    const words = { reason: 'no_time', summary: 'half of it', commit: 'c0'.repeat(20) };
    const body = { session, attempt: 1, step: 1, state: 'failed' as const, ...words };
    await one.hear({ type: 'task.result', from: 'peer', to: 'node', re: asked!.event.id, body });
    await one.time.until('the answer', () => answers[0], 5000);
    expect(answers).toEqual([{ id: 7, ok: true, session, state: 'failed', ...words }]);
  });

  test('is told to the Host with the id of its request; what a crash lost of that a repeated turn tells', async () => {
    const { one } = await answered(delegate());
    const [asked] = one.said('task.request');
    const told = () => one.said('conversation.observed');
    const exchange = { conversation: asked!.body.session, peer: 'helper', relation: 'delegates_to' };
    const body = { session: S, move: 'opened', message: asked!.event.id, ...exchange };
    expect(told()).toMatchObject([{ to: one.home.host, body }]);
    one.home.tables.remove('messages', told()[0]!.event.id, 'out');
    const stop = new AbortController();
    const again = answererOf(one, one.heard('task.request')[0]!.body, stop.signal)(delegate());
    await one.time.until('the same again', () => told()[1], 5_000);
    stop.abort();
    await one.time.finish('the answer', again);
    expect(told()[1]).toMatchObject({ body });
    expect(one.said('task.request').length).toBe(1);
  });

  const REFUSED: readonly [string, string, string, Setup?][] = [
    ['what is no directive', 'please delegate to helper', 'bad_directive'],
    ['a word that all objects have', '{"valueOf":{}}', 'bad_directive'],
    [
      'a member more',
      JSON.stringify({ delegate: { to: 'helper', task: 'x', as: 'alice' } }),
      'bad_directive',
    ],
    [
      'a member twice',
      '{"delegate":{"to":"carol","task":"x"},"delegate":{"to":"helper","task":"x"}}',
      'bad_directive',
    ],
    [
      'an id of more than 64 characters',
      JSON.stringify({ id: 'i'.repeat(65), delegate: { to: 'helper', task: 'x' } }),
      'bad_directive',
    ],
    ['a node without an edge', delegate('somebody'), 'no_edge'],
    ['a name as long as may be', delegate('n'.repeat(64)), 'no_edge'],
    ['a longer name', delegate('n'.repeat(65)), 'bad_directive'],
    ['an edge that carries no tasks', delegate(), 'wrong_direction', { graph: NOT_THAT_WAY }],
    [
      'an edge that carries no tasks, to a node that runs nowhere',
      delegate('idle'),
      'wrong_direction',
      { graph: withIdle(RUNNER_GRAPH, 'idle delegates_to builder') },
    ],
    [
      'a node that runs nowhere',
      delegate(),
      'not_running',
      {
        before: (one) =>
          one.hearRoutes((body) => ({
            ...body,
            peers: body.peers.map((peer) => (peer.name === 'helper' ? { ...peer, pubkey: null } : peer)),
          })),
      },
    ],
    [
      'no lease',
      delegate(),
      'no_lease',
      { before: ({ home, actors }) => home.leases.remove(actors.node.pubkey) },
    ],
    [
      'a lease that ends in this millisecond',
      delegate(),
      'no_lease',
      { before: ({ home, actors, time }) => home.leases.grant(actors.node.pubkey, time.elapsed()) },
    ],
    [
      'a node that was let go',
      delegate(),
      'not_assigned',
      { before: ({ home, actors }) => home.identities.delete(actors.node.pubkey) },
    ],
    ['a task of more than 64 KiB', delegate('helper', 'x'.repeat(65_537)), 'too_large'],
    ['no hops left', delegate(), 'budget_exceeded', { budget: { hops: 0 } }],
    ['no turns left', delegate(), 'budget_exceeded', { budget: { turns: 1 } }],
  ];
  test.each(REFUSED)('is refused: %s', async (_what, line, code, setup) => {
    const { one, answer } = await answered(line, setup);
    expect(answer).toMatchObject({ ok: false, error: { code } });
    expect(one.said('task.request')).toEqual([]);
  });

  test('of a task of 64 KiB is sent; of more is refused in words that say so', async () => {
    const { one } = await answered(delegate('helper', 'x'.repeat(65_536)));
    expect(one.said('task.request')).toMatchObject([{ body: { whole: { size: 65_536 } } }]);
    const { answer } = await answered(delegate('helper', 'x'.repeat(65_537)));
    expect(answer!.error).toEqual({ code: 'too_large', message: 'a task may have at most 65536 bytes' });
  });

  test('whose edge goes while it is made is refused as one without, and the turn goes on', async () => {
    const before = ({ home, hearRoutes }: SingleRunner) => {
      const { put } = home.blobs;
      home.blobs.put = async (bytes) => {
        await hearRoutes((body) => ({ ...body, peers: body.peers.filter(({ name }) => name !== 'helper') }));
        return put(bytes);
      };
    };
    const { one, answer } = await answered(delegate('helper', 'x'.repeat(5000)), { before });
    const message = expect.stringMatching(
      /^the graph does not let you send task.request .*; ask an operator/,
    );
    expect(answer).toEqual({ id: 7, ok: false, error: { code: 'denied', message } });
    expect(one.said('task.request')).toEqual([]);
    await one.reach(S, 'completed');
  });

  type Peer = Parameters<NonNullable<Parameters<SingleRunner['hearRoutes']>[0]>>[0]['peers'][number];
  const withHelper = ({ hearRoutes }: SingleRunner, change: (peer: Peer) => Peer[]) =>
    hearRoutes((body) => ({
      ...body,
      peers: body.peers.flatMap((peer) => (peer.name === 'helper' ? change(peer) : [peer])),
    }));

  test.each<[string, (peer: Peer) => Peer[]]>([
    ['its node', () => []],
    ['its edge', (peer) => [{ ...peer, relations: peer.relations.filter(({ side }) => side === 'b') }]],
  ])('that is waited for has ended when %s goes, whose owner can tell nothing', async (_what, change) => {
    const { one, answers } = await answered(delegate());
    await withHelper(one, change);
    await one.time.until('the answer', () => answers[0], 5000);
    const { session } = one.said('task.request')[0]!.body;
    expect(answers).toEqual([{ id: 7, ok: true, session, state: 'failed', reason: 'edge_removed' }]);
    await one.reach(S, 'completed');
  });

  test('that is waited for goes on while its node only runs nowhere', async () => {
    const { one, answers } = await answered(delegate());
    await withHelper(one, (peer) => [{ ...peer, pubkey: null }]);
    await one.time.pass(5000);
    expect(answers).toEqual([]);
    expect(one.session(S)!.state).toBe('active');
  });

  test.each<[string, (peer: Peer) => Peer[], boolean]>([
    ['runs nowhere', (peer) => [{ ...peer, pubkey: null }], false],
    ['has no edge', (peer) => [{ ...peer, relations: [] }], true],
  ])('of a turn that is run again stays given while its node %s', async (_what, change, isOver) => {
    const { one } = await answered(delegate());
    const { body } = one.heard('task.request')[0]!;
    const { session } = one.said('task.request')[0]!.body;
    await withHelper(one, change);
    let said: string | null = null;
    void answererOf(
      one,
      body,
    )(delegate()).then((text) => {
      said = text;
    });
    await one.time.pass(5000);
    expect(one.said('task.request')).toHaveLength(1);
    const end = { id: 7, ok: true, session, state: 'failed', reason: 'edge_removed' };
    expect(said && JSON.parse(said)).toEqual(isOver ? end : null);
  });

  test('that could not be said is the first all the same when it is said again', async () => {
    const one = await startSingleRunner({ script: () => new Promise(() => {}) });
    await one.ready();
    await one.request(S);
    await one.time.until('a turn', () => one.runs[0]);
    const { body } = one.heard('task.request')[0]!;
    const { exchange } = one.runner;
    const { send } = exchange;
    const answer = answererOf(one, body);
    exchange.send = () => Promise.reject(new EntangleError('denied', 'not now'));
    expect(JSON.parse(await answer(delegate()))).toMatchObject({ error: { code: 'denied' } });
    exchange.send = send;
    const tooLarge = await answer(delegate('helper', 'x'.repeat(65_537)));
    expect(JSON.parse(tooLarge)).toMatchObject({ error: { code: 'too_large' } });
    for (const saying of [answer, answererOf(one, body)]) {
      void saying(delegate());
      await one.time.pass(100);
    }
    // Nothing of the budget went with what was not said: half of 49
    const turns = () => one.said('task.request').map(({ body: { budget } }) => budget.turns);
    expect(turns()).toEqual([24]);
    // What was said stays given, though the Host could not be told of it once more
    const later = answererOf(one, body);
    exchange.send = () => Promise.reject(new EntangleError('denied', 'not now'));
    expect(JSON.parse(await later(delegate()))).toMatchObject({ error: { code: 'denied' } });
    exchange.send = send;
    void later(delegate('helper', 'more'));
    await one.time.until('the second task', () => turns().length === 2, 5000);
    expect(turns()).toEqual([24, 12]);
  });

  test('that was refused is the first all the same once it is let through', async () => {
    const { one } = await answered(delegate());
    const { body } = one.heard('task.request')[0]!;
    one.home.tables.remove('sessions', one.said('task.request')[0]!.body.session);
    const answer = answererOf(one, body);
    await withHelper(one, (peer) => [{ ...peer, pubkey: null }]);
    expect(JSON.parse(await answer(delegate()))).toMatchObject({ error: { code: 'not_running' } });
    await withHelper(one, (peer) => [peer]);
    void answer(delegate());
    await one.time.pass(1000);
    expect(new Set(one.said('task.request').map((said) => said.body.session)).size).toBe(1);
  });

  test('is asked of the key that took the place of its node, once the lease is there again', async () => {
    const { one } = await answered(delegate());
    const { home, actors } = one;
    const end = home.leases.endOf(actors.node.pubkey)!;
    home.leases.remove(actors.node.pubkey);
    await withHelper(one, (peer) => [{ ...peer, pubkey: actors.runner2.pubkey }]);
    await one.time.pass(2000);
    expect(one.said('task.request')).toHaveLength(1);
    home.leases.grant(actors.node.pubkey, end);
    await one.time.until('the second attempt', () => one.said('task.request')[1], 5000);
    expect(one.said('task.request')[1]).toMatchObject({
      to: actors.runner2.pubkey,
      body: { attempt: 2, task: 'help' },
    });
  });

  test('that meets a bug is not answered: the bug is seen', async () => {
    const one = await startSingleRunner({ script: () => new Promise(() => {}) });
    await one.ready();
    await one.request(S);
    await one.time.until('a turn', () => one.runs[0]);
    const { body } = one.heard('task.request')[0]!;
    one.runner.exchange.send = async () => {
      throw new TypeError('a bug');
    };
    const answer = answererOf(one, body);
    await expect(answer(delegate())).rejects.toThrow('a bug');
  });

  test('is refused: more turns than the graph gives the node', async () => {
    const graph = RUNNER_GRAPH.replace(
      '{ sandbox: none, approval',
      '{ sandbox: none, budget: { turns: 1 }, approval',
    );
    const { answer } = await answered(delegate(), { graph });
    expect(answer).toMatchObject({ ok: false, error: { code: 'budget_exceeded' } });
  });

  test('of the same words twice is two tasks, and in a turn that is run again the same two', async () => {
    const one = await startSingleRunner({ script: () => new Promise(() => {}) });
    await one.ready();
    await one.request(S);
    await one.time.until('a turn', () => one.runs[0]);
    const { body } = one.heard('task.request')[0]!;
    for (const _run of ['first', 'again']) {
      const answer = answererOf(one, body);
      void answer(delegate());
      await one.time.pass(100);
      void answer(delegate());
      await one.time.pass(100);
    }
    expect(new Set(one.said('task.request').map((said) => said.body.session)).size).toBe(2);
    expect(one.said('task.request')).toHaveLength(2);
  });

  test('is waited for without a place of its own, and no longer than the turn', async () => {
    const { one } = await answered(delegate(), { capacity: 1 });
    await one.request(T);
    await one.time.until('the turn of the other task', () => one.runs[1], 5000);
    await one.request(uuidOf(0xe3));
    await one.time.pass(1000);
    // Both wait for their helpers; the third turn has begun as well.
    expect(one.runs).toHaveLength(3);
    const body = { session: S, reason: 'no more' };
    await one.hear({ type: 'task.cancel', from: 'user', to: 'node', body });
    const ended = await one.time.until('the end of the turn', () => one.runs[0]!.ended, 5000);
    expect(ended.reason).toBe('cancelled');
  });

  test('says that it was cancelled when nobody waits any more', async () => {
    const one = await startSingleRunner({ script: () => new Promise(() => {}) });
    await one.ready();
    await one.request(S);
    await one.time.until('a turn', () => one.runs[0]);
    const { body } = one.heard('task.request')[0]!;
    const stop = new AbortController();
    const answer = answererOf(one, body, stop.signal)(delegate());
    await one.time.until('the request', () => one.said('task.request')[0]);
    stop.abort();
    const told = JSON.parse(await one.time.finish('the answer', answer, 5000));
    expect(told).toMatchObject({ ok: false, error: { code: 'cancelled' } });
  });
});
