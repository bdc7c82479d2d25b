/** What a runner does with a task: whose word counts, how many at once, and how it ends. */
import { describe, expect, test } from 'vitest';
import type { EngineTurn } from '../../../test/sim/scripted-engine.ts';
import {
  FREE_GRAPH,
  type RunnerSetup,
  type SingleRunner,
  startFreeRunner,
  startReadyRunner,
} from '../../../test/sim/single-runner.ts';
import { type Name, uuidOf } from '../../../test/support/world.ts';
import { EntangleError } from '../../core/errors.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { TurnPool } from './turn-pool.ts';

const S = uuidOf(0xe1);
const T = uuidOf(0xe2);
const U = uuidOf(0xe3);
type Routes = BodyOf<'routes'>;
const forever = () => new Promise(() => {});
/** A turn that does not end by itself. */
const working = async (setup: RunnerSetup = {}) => {
  const one = await startFreeRunner({ script: forever, ...setup });
  await one.request(S);
  await one.time.until('a turn', () => one.runs[0], 5000);
  return one;
};
const ended = async (one: SingleRunner, session = S) => {
  await one.time.until('the end', () => one.session(session)?.open === 0, 30_000);
  const { state, reason } = one.session(session)!;
  return { state, reason };
};
const cancel = (one: SingleRunner, from: Name, to: Name = 'node') =>
  one.hear({ type: 'task.cancel', from, to, body: { session: S, reason: 'no more' } });
const cancelByHost = (one: SingleRunner) =>
  one.hear({ type: 'session.cancel', from: 'host', to: 'runner', body: { session: S, reason: 'too dear' } });
const without = (name: string) => (body: Routes) => ({
  ...body,
  peers: body.peers.filter((peer) => peer.name !== name),
});

describe('a task', () => {
  test.each([
    ['whose path does not end at its sender', { path: ['carol'] }],
    ['that was here before', { path: ['builder', 'alice'] }],
  ])('%s has no budget here', async (_what, budget) => {
    const one = await startFreeRunner();
    await one.request(S, 'user', 'write', budget);
    expect(await ended(one)).toEqual({ state: 'budget_exceeded', reason: 'budget_exceeded' });
    expect(one.runs).toEqual([]);
  });

  test('waits for a free place', async () => {
    const one = await working({ capacity: 1 });
    await one.request(T);
    await one.time.pass(5000);
    expect([one.runs.length, one.session(T)!.state]).toEqual([1, 'accepted']);
    await cancel(one, 'user');
    await one.time.until('its turn', () => one.runs[1], 5000);
  });

  test('of an agent waits for memory that another one has, and the log says so once', async () => {
    const graph = FREE_GRAPH.replace('type: exec, auth: none', 'type: acp, memory: 600, auth: none');
    const one = await working({ graph, hasAgents: true, memory: 1000 });
    await one.request(T);
    await one.time.pass(5000);
    expect([one.runs.length, one.session(T)!.state]).toEqual([1, 'accepted']);
    const words = `session ${T} waits for memory: its agent wants 600 MiB, and 400 are left`;
    expect(one.logged).toEqual([words]);
    await cancel(one, 'user');
    await one.time.until('its turn', () => one.runs[1], 5000);
  });

  test('of an agent fails at once where its runner came back with less memory than that wants', async () => {
    const graph = FREE_GRAPH.replace('type: exec, auth: none', 'type: acp, memory: 600, auth: none');
    const one = await startReadyRunner({ graph, hasAgents: true, memory: 1000 });
    Object.assign(one.runner, { memory: 500, turns: new TurnPool(4, 500) });
    await one.request(S);
    expect(await ended(one)).toEqual({ state: 'failed', reason: 'no_memory' });
    expect(one.said('task.result')[0]!.body.summary).toBe(
      'its agent wants 600 MiB of memory, and 500 are there',
    );
    expect(one.runs).toEqual([]);
  });

  describe('that needs memory', () => {
    const graph = FREE_GRAPH.replace('type: exec, auth: none', 'type: acp, memory: 600, auth: none');
    /** A turn that takes 600 of 1000 MiB, and one more of the same that waits. `helper` is here too, with a need of its own. */
    const short = async (engine: string, script: RunnerSetup['script'] = forever) => {
      const edge = '  - alice delegates_to helper\n  - helper';
      const more = graph.replace('type: exec, auth: none', engine).replace('  - helper', edge);
      const one = await working({ graph: more, hasAgents: true, memory: 1000, script });
      await one.alsoRun();
      const toHelper = (session: string) => {
        const budget = { hops: 8, turns: 50, path: ['alice'] };
        const body = { session, attempt: 1, task: 'write', budget };
        return one.hear({ type: 'task.request', from: 'user', to: 'peer', body });
      };
      return { one, toHelper, begun: (session: string) => one.session(session)!.state === 'active' };
    };
    const little = 'type: acp, memory: 300, auth: none';

    test('is not overtaken by what needs little, and came later', async () => {
      const { one, toHelper, begun } = await short(little);
      await one.request(T);
      await one.reach(T, 'accepted');
      await toHelper(U);
      await one.time.pass(5000);
      expect([begun(T), begun(U)]).toEqual([false, false]);
      await cancel(one, 'user');
      await one.time.until('both turns', () => begun(T) && begun(U), 5000);
      expect([...one.runner.lacking]).toEqual([]);
    });

    test('is overtaken by what another one here waits for', async () => {
      const script = async ({ task, delegate, sleep }: EngineTurn) => {
        await sleep(3000);
        return task === 'write' ? delegate('helper', 'help') : forever();
      };
      const { one } = await short(little, script);
      await one.request(T);
      const asked = () => one.said('task.request')[0];
      const { event } = await one.time.until('the delegation', () => asked(), 10_000);
      await one.home.ledger.append(() => [{ dir: 'in', event }]);
      one.runner.poke();
      await one.time.until('its turn', () => one.runs[1], 5000);
      expect([one.session(T)!.state, [...one.runner.lacking]]).toEqual(['accepted', [T]]);
    });

    test('holds nothing up while its next try is due later', async () => {
      const { one, toHelper, begun } = await short(little);
      await one.request(T);
      await one.reach(T, 'accepted');
      await one.time.pass(2000);
      for (let tries = 0; tries < 6; tries++) one.runner.retries.failed(T);
      await toHelper(U);
      await one.time.until('its turn', () => begun(U), 5000);
    });

    test('is overtaken by what needs none', async () => {
      const { one, toHelper, begun } = await short('type: exec, auth: none');
      await one.request(T);
      await one.reach(T, 'accepted');
      await toHelper(U);
      await one.time.until('its turn', () => begun(U), 5000);
      expect(begun(T)).toBe(false);
    });

    test('begins before what came later, on whichever node', async () => {
      const { one, toHelper, begun } = await short(little.replace('300', '600'));
      await toHelper(U);
      await one.time.until('the first', () => one.session(U)?.state === 'accepted', 5000);
      await one.request(T);
      await one.reach(T, 'accepted');
      await cancel(one, 'user');
      await one.time.until('its turn', () => begun(U), 5000);
      expect(begun(T)).toBe(false);
    });

    test('holds nothing up while its node has no lease', async () => {
      const { one, toHelper, begun } = await short(little);
      await one.request(T);
      await one.reach(T, 'accepted');
      await one.time.pass(2000);
      one.home.leases.remove(one.actors.node.pubkey);
      await toHelper(U);
      await one.time.until('its turn', () => begun(U), 5000);
    });
  });

  test('between two nodes of this runner counts when it has arrived, not when it was sent', async () => {
    const delegating = ({ task, delegate }: EngineTurn) =>
      task === 'write' ? delegate('helper', 'help') : undefined;
    const one = await startFreeRunner({ script: delegating });
    await one.alsoRun();
    await one.request(S);
    await one.time.until('the delegation', () => one.said('task.request')[0], 5000);
    await one.time.pass(3000);
    expect([one.runs.length, one.said('task.accept').length]).toEqual([1, 1]);
  });
});

describe('a turn', () => {
  test('that leaves a commit publishes it; the requester and the Host are told', async () => {
    const one = await startFreeRunner();
    await one.request(S);
    expect(await ended(one)).toEqual({ state: 'completed', reason: null });
    expect(one.said('task.result')).toMatchObject([
      { to: one.actors.user.pubkey, body: { state: 'completed' } },
    ]);
    expect(one.said('session.observed').at(-1)).toMatchObject({
      to: one.actors.host.pubkey,
      body: { state: 'completed', node: 'builder', requester: one.actors.user.pubkey },
    });
  });
  test('that fails ends its session, with what it printed and where what it made is', async () => {
    const script = ({ print, write }: EngineTurn) => {
      write('half.txt', 'half');
      print('no such file');
      return 1;
    };
    const one = await startFreeRunner({ script });
    await one.request(S);
    expect(await ended(one)).toEqual({ state: 'failed', reason: 'turn_failed' });
    expect(one.turn(S)).toMatchObject({ status: 'failed', commit_id: null });
    const [told] = one.said('task.result');
    const [, commit, store] =
      /^exit 1\nno such file\nwhat the turn made is kept as commit (\w+) in the store (\S+) of runner "r1"/.exec(
        told!.body.summary!,
      )!;
    expect(one.said('task.result')[0]!.body.summary).toContain(`\`git --git-dir ${store} show ${commit}\``);
    const kept = one.machine.stores.get(store!)!.commits.get(commit!)!;
    expect([...kept.tree.keys()]).toContain('half.txt');
  });
  test.each([
    [4, 'exit 4'],
    [126, 'exit 126 (a command that cannot be run)'],
    [127, 'exit 127 (a command was not found: where the engine is a shell, a task is a command)'],
  ])('that fails without a word is told by its exit status: %i', async (exit, words) => {
    const one = await startFreeRunner({ script: () => exit });
    await one.request(S);
    expect(await ended(one)).toEqual({ state: 'failed', reason: 'turn_failed' });
    expect(one.said('task.result')[0]!.body.summary).toBe(words);
  });
  test('of an agent whose program was not found says where to look', async () => {
    const graph = FREE_GRAPH.replace('type: exec', 'type: acp');
    const one = await startFreeRunner({ script: () => 127, graph, hasAgents: true });
    await one.request(S);
    await ended(one);
    expect(one.said('task.result')[0]!.body.summary).toMatch(/^exit 127 \(a program was not found: .* PATH/);
  });
  test('that takes longer than the graph gives it is ended', async () => {
    const graph = FREE_GRAPH.replace('{ sandbox: none }', '{ sandbox: none, budget: { time: 10s } }');
    const one = await working({ graph });
    await one.time.pass(9000);
    expect(one.runs[0]!.ended).toBeNull();
    expect(await ended(one)).toEqual({ state: 'failed', reason: 'turn_timed_out' });
  });
  test('that changes nothing completes, and publishes nothing', async () => {
    const one = await startFreeRunner({ script: () => 0 });
    await one.request(S);
    expect(await ended(one)).toEqual({ state: 'completed', reason: null });
    expect([one.remote.updates, one.said('artifact.ref')]).toEqual([[], []]);
  });
  test('whose node has no routes any more publishes nothing', async () => {
    const one: SingleRunner = await startFreeRunner({
      script: ({ write }) => {
        write('done.txt', 'done');
        one.home.tables.remove('routes', one.actors.node.pubkey);
      },
    });
    await one.request(S);
    await one.time.until('a commit', () => one.turn(S)?.commit_id, 5000);
    await one.time.pass(5000);
    expect([one.remote.updates, one.session(S)!.state, one.logged]).toEqual([[], 'active', []]);
  });
  test('that the end of its runner cut short is not on record: it is run again after the next start', async () => {
    const one = await working();
    await one.time.finish('the end of the runner', one.close());
    expect(one.runs[0]!.ended?.reason).toBe('cancelled');
    expect(one.turn(S)).toBeUndefined();
  });
  test('on a base that the remote does not have fails, and says which', async () => {
    const one = await startFreeRunner({ graph: FREE_GRAPH.replace('base: main', 'base: next') });
    await one.request(S);
    expect(await ended(one)).toEqual({ state: 'failed', reason: 'turn_failed' });
    expect(one.said('task.result')[0]!.body).toMatchObject({ summary: expect.stringContaining('"next"') });
  });
  test('whose engine this machine cannot start fails at once, and says why', async () => {
    const words = 'bubblewrap is not available: bwrap is not installed';
    const one = await startFreeRunner({
      script: () => {
        throw new EntangleError('unavailable', words, { hint: 'install bubblewrap' });
      },
    });
    await one.request(S);
    expect(await ended(one)).toEqual({ state: 'failed', reason: 'turn_failed' });
    expect(one.runs).toHaveLength(1);
    expect(one.said('task.result')[0]!.body).toMatchObject({ summary: `${words}; install bubblewrap` });
    expect(one.said('turn.observed')).toMatchObject([
      { to: one.actors.host.pubkey, body: { status: 'failed' } },
    ]);
  });
  test('that ran tells what it asked of the network, and one that did not tells nothing', async () => {
    const place = { to: 'a.example:443', outcome: 'opened', connections: 1, sent: 1, received: 2 } as const;
    const one = await startFreeRunner({
      script: (turn) => {
        turn.connect(place);
        throw new EntangleError('unavailable', 'it ended');
      },
    });
    await one.request(S);
    await ended(one);
    const other = await startFreeRunner({ script: (turn) => turn.connect(place) });
    await other.request(S);
    await ended(other);
    expect(other.said('turn.observed')).toMatchObject([{ body: { network: [place] } }]);
    expect(one.said('turn.observed')[0]!.body).not.toHaveProperty('network');
  });
  test('that cannot begin is tried again, each time later, and at most a minute later', async () => {
    const one = await startFreeRunner();
    one.remote.reachable = false;
    await one.request(S);
    const times: number[] = [];
    const watch = async () => {
      for (let seen = 0; seen < 9; seen++) {
        await one.time.until('a failure', () => one.logged.length > seen, 90_000);
        times.push(one.time.elapsed());
        one.home.leases.grant(one.actors.node.pubkey, one.time.elapsed() + 200_000);
      }
    };
    await watch();
    const waits = times.slice(1).map((at, i) => Math.round((at - times[i]!) / 1000));
    expect(waits.slice(0, 5)).toEqual([1, 2, 4, 8, 16]);
    expect(Math.max(...waits)).toBeLessThanOrEqual(62);
    one.remote.reachable = true;
    await one.time.until('the end', () => one.session(S)?.open === 0, 90_000);
    expect(one.session(S)).toMatchObject({ state: 'completed' });
    expect(one.runner.retries.troubledFor(S)).toBe(0);
  });
});

describe('what is told', () => {
  const CJK = '世'.repeat(5600);
  test('of a task of any length and writing is composed, and the session goes on', async () => {
    const one = await startFreeRunner({ script: ({ print }) => print('🚀"'.repeat(2000)) });
    await one.request(S, 'user', `${'a'.repeat(79)}🚀${CJK.slice(0, 5000)}`);
    expect(await ended(one)).toMatchObject({ state: 'completed' });
    expect(one.logged).toEqual([]);
    expect(one.session(S)!.title).toBe(`${'a'.repeat(79)}…`);
  });
});

describe('a session is ended', () => {
  test('by who asked for it: its turn stops', async () => {
    const one = await working();
    await cancel(one, 'user');
    expect(await ended(one)).toEqual({ state: 'cancelled', reason: 'cancelled_by_requester' });
    expect(one.runs[0]!.ended?.reason).toBe('cancelled');
  });
  test('at once, also between two tries', async () => {
    const one = await startFreeRunner();
    one.remote.reachable = false;
    await one.request(S);
    await one.time.until('five failures', () => one.logged.length >= 5, 90_000);
    one.home.leases.grant(one.actors.node.pubkey, one.time.elapsed() + 200_000);
    const before = one.time.elapsed();
    await cancel(one, 'user');
    await one.time.until('the end', () => one.session(S)?.open === 0, 10_000);
    expect(one.session(S)).toMatchObject({ state: 'cancelled', reason: 'cancelled_by_requester' });
    // The next try was 16 s away.
    expect(one.time.elapsed() - before).toBeLessThan(1000);
  });
  test('T201 by the Host, as its operator says: its turn stops, and who asked for it is told that it was the Host', async () => {
    const one = await working();
    await cancelByHost(one);
    expect(await ended(one)).toEqual({ state: 'cancelled', reason: 'cancelled_by_host' });
    expect(one.runs[0]!.ended?.reason).toBe('cancelled');
    const words = { reason: 'cancelled_by_host', summary: 'cancelled by the Host: too dear' };
    expect(one.said('task.result')).toMatchObject([{ body: { state: 'cancelled', ...words } }]);
    expect(one.said('session.observed').at(-1)!.body).toMatchObject({
      ...{ state: 'cancelled', reason: 'cancelled_by_host' },
    });
  });
  test('by the Host and by who asked for it: as the latter says', async () => {
    const one = await working();
    one.home.leases.remove(one.actors.node.pubkey);
    await cancelByHost(one);
    await cancel(one, 'user');
    one.home.leases.grant(one.actors.node.pubkey, one.time.elapsed() + 200_000);
    expect(await ended(one)).toEqual({ state: 'cancelled', reason: 'cancelled_by_requester' });
  });
  test('by the Host without a lease: its turn stops, and the end is told under the next one', async () => {
    const one = await working();
    one.home.leases.remove(one.actors.node.pubkey);
    await cancelByHost(one);
    await one.time.until('its turn stops', () => one.runs[0]!.ended, 5000);
    expect(one.session(S)!.state).toBe('active');
    one.home.leases.grant(one.actors.node.pubkey, one.time.elapsed() + 200_000);
    expect(await ended(one)).toEqual({ state: 'cancelled', reason: 'cancelled_by_host' });
  });
  test('by the Host under its next key too, by what was said of the one before', async () => {
    const one = await working();
    one.home.leases.remove(one.actors.node.pubkey);
    await cancelByHost(one);
    await one.alsoRun('builder', 2);
    await one.time.pass(3000);
    const budget = { hops: 8, turns: 50, path: ['alice'] };
    const body = { session: S, attempt: 2, task: 'write', budget };
    await one.hear({ type: 'task.request', from: 'user', to: 'peer', body });
    expect(await ended(one)).toEqual({ state: 'cancelled', reason: 'cancelled_by_host' });
    expect([one.runs.length, one.session(S)!.node]).toEqual([1, one.actors.peer.pubkey]);
  });
  test('by the Host: its open question is taken back', async () => {
    const one = await startReadyRunner();
    await one.request(S);
    await one.reach(S, 'waiting_approval');
    await cancelByHost(one);
    expect(await ended(one)).toEqual({ state: 'cancelled', reason: 'cancelled_by_host' });
    expect(one.approval(S)).toMatchObject({ state: 'withdrawn' });
  });
  test('by nobody else', async () => {
    const one = await working();
    await cancel(one, 'stranger');
    expect(one.heard('task.cancel')).toHaveLength(1);
    await one.time.pass(5000);
    expect([one.session(S)!.state, one.runs[0]!.ended]).toEqual(['active', null]);
  });
  test('by no word to another node of this runner, whoever says it, and whatever that was asked', async () => {
    const both = FREE_GRAPH.replace('edges:', 'edges:\n  - alice delegates_to helper');
    const one = await working({ graph: both });
    await one.alsoRun();
    const budget = { hops: 8, turns: 50, path: ['alice'] };
    const task = { session: T, attempt: 1, task: 'help', budget };
    await one.hear({ type: 'task.request', from: 'user', to: 'peer', body: task });
    await cancel(one, 'user', 'peer');
    expect(one.heard('task.cancel')).toHaveLength(1);
    await one.time.pass(5000);
    expect([one.session(S)!.state, one.runs[0]!.ended]).toEqual(['active', null]);
  });
  test('under its next key too, by what was said to the one before', async () => {
    const one = await working();
    one.home.leases.remove(one.actors.node.pubkey);
    await cancel(one, 'user');
    await one.alsoRun('builder', 2);
    await one.time.pass(3000);
    const budget = { hops: 8, turns: 50, path: ['alice'] };
    const body = { session: S, attempt: 2, task: 'write', budget };
    await one.hear({ type: 'task.request', from: 'user', to: 'peer', body });
    expect(await ended(one)).toEqual({ state: 'cancelled', reason: 'cancelled_by_requester' });
    expect([one.runs.length, one.session(S)!.node]).toEqual([1, one.actors.peer.pubkey]);
  });
  test('when the edge to its requester goes: its turn stops, the Host is told', async () => {
    const one = await working();
    await one.hearRoutes(without('alice'));
    expect(await ended(one)).toEqual({ state: 'failed', reason: 'edge_removed' });
    expect(one.runs[0]!.ended?.reason).toBe('cancelled');
    expect(one.said('task.result')).toEqual([]);
    expect(one.said('session.observed').at(-1)!.body).toMatchObject({
      state: 'failed',
      reason: 'edge_removed',
    });
  });
  test('for good, when its edge goes: a new edge only tells it, and the next attempt does not run', async () => {
    const one = await working();
    await one.hearRoutes(without('alice'));
    await ended(one);
    await one.hearRoutes();
    await one.time.until('it is told', () => one.said('task.result')[0], 5000);
    expect(one.said('task.result')).toMatchObject([
      { body: { session: S, attempt: 1, reason: 'edge_removed' } },
    ]);
    const budget = { hops: 8, turns: 50, path: ['alice'] };
    const body = { session: S, attempt: 2, task: 'write', budget };
    await one.hear({ type: 'task.request', from: 'user', to: 'node', body });
    await one.time.until('its answer', () => one.said('task.result')[1], 5000);
    expect(one.said('task.result')[1]!.body).toMatchObject({
      attempt: 2,
      state: 'failed',
      reason: 'edge_removed',
    });
    expect(one.runs).toHaveLength(1);
  });
  test('without its edge, and holds up nobody: what cannot be told yet waits', async () => {
    const one = await working({ script: ({ task }) => (task === 'write' ? forever() : 0) });
    await one.hearRoutes(without('alice'));
    await ended(one);
    await one.request(T, 'stranger', 'another');
    expect(await ended(one, T)).toEqual({ state: 'completed', reason: null });
  });
  test('and its open question taken back, when the edge to its requester goes', async () => {
    const one = await startReadyRunner();
    await one.request(S, 'stranger');
    await one.reach(S, 'waiting_approval');
    await one.hearRoutes(without('carol'));
    expect(await ended(one)).toEqual({ state: 'failed', reason: 'edge_removed' });
    expect(one.approval(S)).toMatchObject({ state: 'withdrawn' });
  });
  test('and only the question of its present key taken back: of the one before it says nothing', async () => {
    const one = await startReadyRunner();
    await one.request(S);
    await one.reach(S, 'waiting_approval');
    await one.alsoRun('builder', 2);
    const budget = { hops: 8, turns: 50, path: ['alice'] };
    const body = { session: S, attempt: 2, task: 'write', budget };
    await one.hear({ type: 'task.request', from: 'user', to: 'peer', body });
    await one.time.until('its question', () => one.said('approval.request').length === 6, 10_000);
    await cancel(one, 'user', 'peer');
    await ended(one);
    const { approval: second, subject } = one.said('approval.request')[5]!.body;
    expect([subject.attempt, subject.fence]).toEqual([2, 2]);
    expect(one.said('approval.closed').map(({ body }) => body.approval)).toEqual(Array(3).fill(second));
    expect(one.said('approval.observed').map(({ body }) => [body.approval === second, body.state])).toEqual([
      [false, 'pending'],
      [true, 'pending'],
      [true, 'withdrawn'],
    ]);
  });
});
