/** What the requester and the Host are told of a session, and what a new key of its node says of one that is over. */
import { describe, expect, test } from 'vitest';
import { tagOf } from '../../../test/sim/single-home.ts';
import {
  FREE_GRAPH,
  type SingleRunner,
  startFreeRunner,
  startReadyRunner,
  startSingleRunner,
} from '../../../test/sim/single-runner.ts';
import { type Name, uuidOf } from '../../../test/support/world.ts';
import type { BodyOf } from '../../core/protocol/table.ts';

const S = uuidOf(0xe1);
const T = uuidOf(0xe2);
const print = ({ print, write }: { print(text: string): void; write(path: string, text: string): void }) => {
  write('done.txt', 'done');
  print('it is done');
};
const completed = async (from: Name = 'user') => {
  const one = await startFreeRunner({ script: print });
  await one.request(S, from);
  await one.reach(S, 'completed');
  return one;
};
const again = (path = 'alice', session = S) => ({
  session,
  attempt: 2,
  task: 'write',
  budget: { hops: 8, turns: 50, path: [path] },
});
/** Asked of the key of the peer, which `builder` has by now. */
const askAgain = (one: SingleRunner, session = S) =>
  one.hear({ type: 'task.request', from: 'user', to: 'peer', body: again('alice', session) });
/** The same, let in before whatever keeps it from being answered came about. */
const wasAskedAgain = async (one: SingleRunner) => {
  const event = one.compose({
    type: 'task.request',
    from: 'user',
    to: 'peer',
    body: again(),
    n: 99,
  });
  await one.home.ledger.append(() => [{ dir: 'in', event }]);
  one.runner.poke();
};
/** What its only turn printed, as its answers name it. */
const printedIn = (one: SingleRunner) => {
  const { output: sha256, printed: size, transcript: blobs } = one.turn(S)!;
  return { attempt: 1, turn: 1, sha256, size, blobs };
};
const ANSWERS = ['task.accept', 'task.update', 'task.result'] as const;
/** Answers that the key gave, without their nonces. */
const answersOf = (one: SingleRunner, key: Name) =>
  ANSWERS.flatMap((type) => one.said<(typeof ANSWERS)[number]>(type))
    .filter(({ event }) => event.pubkey === one.actors[key].pubkey)
    .map(({ body, event }) => {
      const { nonce: _, ...words } = body as BodyOf<'task.result'> & { nonce: string };
      return { ...words, re: tagOf(event, 'e') };
    });

test.each(['active', 'completed'] as const)(
  'a runner that was killed while it wrote down %s says to the Host what it had not',
  async (state) => {
    const one = await completed();
    const { lines } = one.home.disk;
    const isMove = ({ event }: (typeof lines)[number]) =>
      tagOf(event, 'type') === (state === 'active' ? 'task.update' : 'task.result');
    const torn = lines.slice(0, lines.findIndex(isMove) + 1);
    const observed = (of: SingleRunner) => of.said('session.observed').map(({ body }) => body.state);
    const again = await startSingleRunner({ graph: FREE_GRAPH, disk: { ...one.home.disk, lines: torn } });
    expect(observed(again)).not.toContain(state);
    await again.time.until('it is said', () => observed(again).includes(state), 5_000);
    const others = again.said('task.result').concat(again.said('task.update') as never);
    expect(others.filter(({ body }) => body.state === state)).toHaveLength(1);
    await again.close();
  },
);

test('each step is told to the requester and the Host; the first with the request as evidence', async () => {
  const one = await startReadyRunner({ script: print });
  const request = await one.request(S);
  await one.reach(S, 'waiting_approval');
  await one.decide(S, 'user');
  await one.reach(S, 'completed');
  const step = { session: S, attempt: 1, re: request.id };
  const { commit_id: commit } = one.turn(S)!;
  const transcript = printedIn(one);
  const note = expect.stringMatching(/^waiting for 1 of (?:(?:alice|phone|carol)(?:, |$)){3}$/);
  expect(answersOf(one, 'node')).toEqual([
    { ...step, step: 1, state: 'accepted' },
    { ...step, step: 2, state: 'active' },
    { ...step, step: 3, state: 'waiting_approval', note, transcript },
    { ...step, step: 4, state: 'completed', commit, summary: 'it is done', transcript },
  ]);
  const observed = one.said('session.observed').map(({ body }) => body);
  expect(observed.map((body) => [body.step, body.state, body.node])).toEqual([
    [1, 'accepted', 'builder'],
    [2, 'active', 'builder'],
    [3, 'waiting_approval', 'builder'],
    [4, 'completed', 'builder'],
  ]);
  // Its end is all that a Host hears which was put back in between
  expect(observed.map(({ evidence }) => evidence)).toEqual([[request], [], [], [request]]);
});

test('a session that its edge ended is told under the step that ended it, once', async () => {
  const one = await startFreeRunner({ script: () => new Promise(() => {}) });
  await one.request(S);
  await one.reach(S, 'active');
  await one.hearRoutes((body) => ({ ...body, peers: body.peers.filter(({ name }) => name !== 'alice') }));
  await one.time.until('the end', () => one.session(S)!.open === 0, 5000);
  const { step } = one.session(S)!;
  await one.hearRoutes();
  await one.time.pass(5000);
  expect(one.said('task.result').map(({ body }) => [body.step, body.reason])).toEqual([
    [step, 'edge_removed'],
  ]);
  expect(one.logged).toEqual([]);
});

describe('a new key says of a session that is over', () => {
  test('what came of it, as the answer to who asks again: nothing is done twice', async () => {
    const one = await completed();
    const { commit_id: commit } = one.turn(S)!;
    await one.alsoRun('builder', 2);
    const { id } = await askAgain(one);
    await one.time.pass(5000);
    const step = { session: S, attempt: 2, re: id };
    expect(answersOf(one, 'peer')).toEqual([
      { ...step, step: 1, state: 'accepted' },
      { ...step, step: 2, state: 'active' },
      { ...step, step: 3, state: 'completed', summary: 'it is done', commit, transcript: printedIn(one) },
    ]);
    const [first, second, ...more] = one.said('artifact.ref');
    expect(second!.to).toBe(one.actors.user.pubkey);
    const { nonce } = JSON.parse(second!.event.content);
    expect(second!.body).toEqual({ ...first!.body, nonce });
    expect([second!.event.pubkey, more, one.runs.length]).toEqual([one.actors.peer.pubkey, [], 1]);
  });

  test('that one alone, and to the question about it', async () => {
    const one = await completed();
    await one.request(T);
    await one.reach(T, 'completed');
    await one.alsoRun('builder', 2);
    const { id } = await askAgain(one);
    await one.time.pass(3000);
    const refs = () =>
      one
        .said('artifact.ref')
        .slice(2)
        .map(({ body }) => body.session);
    expect(refs()).toEqual([S]);
    const other = await askAgain(one, T);
    await one.time.pass(3000);
    expect(refs()).toEqual([S, T]);
    const asked = answersOf(one, 'peer').map(({ session, re }) => [session, re]);
    expect(asked.sort()).toEqual([...Array(3).fill([S, id]), ...Array(3).fill([T, other.id])]);
  });

  test('that it was cancelled, and why', async () => {
    const one = await startFreeRunner({ script: () => new Promise(() => {}) });
    await one.request(S);
    await one.reach(S, 'active');
    const body = { session: S, reason: 'no more' };
    await one.hear({ type: 'task.cancel', from: 'user', to: 'node', body });
    await one.reach(S, 'cancelled');
    await one.alsoRun('builder', 2);
    const { id } = await askAgain(one);
    await one.time.pass(5000);
    const words = { reason: 'cancelled_by_requester', summary: 'cancelled by alice: no more' };
    expect(answersOf(one, 'peer')).toEqual([
      { session: S, attempt: 2, step: 1, state: 'cancelled', ...words, re: id },
    ]);
    expect(one.said('artifact.ref')).toEqual([]);
  });

  test('nothing without a lease, and all of it when it has one', async () => {
    const one = await completed();
    await one.alsoRun('builder', 2);
    one.home.leases.remove(one.actors.peer.pubkey);
    await wasAskedAgain(one);
    await one.time.pass(5000);
    expect(answersOf(one, 'peer')).toEqual([]);
    one.home.leases.grant(one.actors.peer.pubkey, one.time.elapsed() + 10_000);
    await one.time.pass(2000);
    expect(answersOf(one, 'peer')).toHaveLength(3);
  });

  test('nothing to whom no edge leads, and holds up nobody', async () => {
    const one = await completed();
    const isPeer = (body: BodyOf<'routes'>) => ({
      ...body,
      self: { ...body.self, pubkey: one.actors.peer.pubkey },
    });
    const alone = (body: BodyOf<'routes'>) => ({
      ...isPeer(body),
      peers: body.peers.filter(({ name }) => name !== 'alice'),
    });
    await one.alsoRun('builder', 2);
    await one.hearRoutes(alone);
    await wasAskedAgain(one);
    await one.time.pass(5000);
    expect([answersOf(one, 'peer'), one.logged]).toEqual([[], []]);
    await one.hearRoutes(isPeer);
    await one.time.pass(2000);
    expect(answersOf(one, 'peer')).toHaveLength(3);
  });

  test('nothing to a node of this runner whose request was sent and has not arrived', async () => {
    const one = await completed('peer');
    await one.alsoRun('helper');
    const { peer, runner2 } = one.actors;
    await one.alsoRun('builder', 2, 'runner2');
    const named = (body: BodyOf<'routes'>) => ({
      ...body,
      self: { ...body.self, pubkey: peer.pubkey },
      peers: body.peers.map((one) => (one.name === 'builder' ? { ...one, pubkey: runner2.pubkey } : one)),
    });
    await one.hearRoutes(named, 'helper');
    await one.runner.exchange.send([
      {
        type: 'task.request',
        from: peer.pubkey,
        to: runner2.pubkey,
        body: again('helper'),
        dedup: 'again',
      },
    ]);
    await one.time.pass(3000);
    expect(answersOf(one, 'runner2')).toEqual([]);
    const { event } = one.said('task.request')[0]!;
    await one.home.ledger.append(() => [{ dir: 'in', event }]);
    await one.time.pass(3000);
    expect(answersOf(one, 'runner2')).toMatchObject([{ step: 1 }, { step: 2 }, { state: 'completed' }]);
  });
});
