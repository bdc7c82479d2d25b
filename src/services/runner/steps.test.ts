/** What the next step of a session waits for, and what it does not wait for. */
import { describe, expect, test } from 'vitest';
import { type SingleRunner, startFreeRunner, startReadyRunner } from '../../../test/sim/single-runner.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { toHex, utf8 } from '../../core/encoding/bytes.ts';
import { EntangleError } from '../../core/errors.ts';

const S = uuidOf(0xe1);
const T = uuidOf(0xe2);
const TASK = `write ${'it well '.repeat(1000)}`;
const forever = () => new Promise(() => {});
const leased = ({ home, actors, time }: SingleRunner) =>
  home.leases.grant(actors.node.pubkey, time.elapsed() + 600_000);
const cancel = (one: SingleRunner, session: string) =>
  one.hear({ type: 'task.cancel', from: 'user', to: 'node', body: { session, reason: 'no more' } });
/** A task of which the message has the beginning. */
const longTask = async (one: SingleRunner) => {
  const bytes = utf8(TASK);
  const whole = { sha256: toHex(one.suite.sha256(bytes)), size: bytes.length };
  const budget = { hops: 1, turns: 1, path: ['alice'] };
  const body = { session: S, attempt: 1, task: 'write', whole, budget };
  await one.hear({ type: 'task.request', from: 'user', to: 'node', body });
};

describe('a task is taken', () => {
  test('when all of its text is here', async () => {
    const one = await startFreeRunner();
    await longTask(one);
    await one.time.pass(5000);
    expect([one.session(S)!.state, one.said('blob.get').length]).toEqual(['requested', 1]);
    await one.give(utf8(TASK));
    await one.reach(S, 'completed');
    expect(one.runs.map(({ task }) => task)).toEqual([TASK]);
  });

  test('when its text can be read: what may pass is tried again', async () => {
    const one = await startFreeRunner();
    await one.give(utf8(TASK));
    const { get } = one.home.blobs;
    one.home.blobs.get = async () => {
      throw new EntangleError('unavailable', 'the disk does not answer');
    };
    await longTask(one);
    await one.time.pass(100);
    expect([one.session(S)!.state, one.logged]).toEqual([
      'requested',
      [`session ${S}: the disk does not answer`],
    ]);
    one.home.blobs.get = get;
    await one.time.pass(500);
    expect(one.session(S)!.state).toBe('requested');
    await one.reach(S, 'completed');
  });
});

describe('a turn begins', () => {
  test('in the order in which the tasks came', async () => {
    const one = await startFreeRunner({
      capacity: 1,
      script: ({ task }) => (task === 'first' ? forever() : 0),
    });
    const first = uuidOf(0xe9);
    await one.request(first, 'user', 'first');
    await one.reach(first, 'active');
    await one.request(T, 'user', 'second');
    await one.request(S, 'user', 'third');
    await one.time.pass(3000);
    await cancel(one, first);
    await one.time.until('both turns', () => one.runs.length === 3, 10_000);
    expect(one.runs.map(({ task }) => task)).toEqual(['first', 'second', 'third']);
  });

  test('only in a free place, also where it could not begin before', async () => {
    const one = await startFreeRunner({ capacity: 1, script: forever });
    leased(one);
    one.remote.reachable = false;
    await one.request(S, 'user', 'first');
    await one.time.until('four failures', () => one.logged.length === 4, 30_000);
    one.remote.reachable = true;
    await one.request(T, 'user', 'second');
    await one.time.until('a turn', () => one.runs[0], 5000);
    await one.time.pass(60_000);
    expect([one.runs.map(({ task }) => task), one.session(S)!.state]).toEqual([['second'], 'active']);
  });
});

describe('beside more engines that wait than a runner keeps', () => {
  const full = async (isHelperHere = true) => {
    const one = await startFreeRunner({ capacity: 1 });
    leased(one);
    if (isHelperHere) await one.alsoRun('helper');
    leased(one);
    for (const n of Array.from({ length: 17 }, (_, at) => `${at}`)) {
      void one.runner.turns.run(n, async () => void (await forever()));
      void one.runner.turns.waiting(n, forever);
    }
    return one;
  };

  test('a task of which a node here waits for the end begins', async () => {
    const one = await full();
    await one.request(S, 'peer', 'write', { path: ['alice', 'helper'] });
    await one.time.until('a turn', () => one.runs[0], 5000);
  });

  test('a task of a node that nobody here waits for waits, and is read once for it', async () => {
    const one = await full(false);
    await one.request(S, 'peer', 'write', { path: ['alice', 'helper'] });
    const { state } = await one.reach(S, 'accepted');
    // What the builder itself gave away, and waits for
    const given = {
      ...one.session(S)!,
      id: T,
      requester: one.actors.node.pubkey,
      node: one.actors.bob.pubkey,
    };
    one.home.tables.put('sessions', { ...given, state });
    await one.time.pass(2000);
    const { read } = one.home.ledger;
    let reads = 0;
    one.home.ledger.read = (from) => {
      reads += 1;
      return read(from);
    };
    await one.time.pass(5000);
    expect([one.runs, one.session(S)!.state, reads]).toEqual([[], 'accepted', 0]);
    expect([...one.runner.paths.keys()]).toEqual([S]);
    one.home.tables.put('sessions', { ...one.session(S)!, open: 0 });
    await one.time.pass(2000);
    expect([...one.runner.paths.keys()]).toEqual([]);
  });

  test.each([
    ['anybody else', []],
    ['a person who names its runner', ['r1', 'carol']],
    ['a person who names a node here', ['helper']],
  ])('a task of %s waits', async (_what, names) => {
    const one = await full();
    await one.request(S, 'user', 'write', { path: [...names, 'alice'] });
    await one.time.pass(5000);
    expect([one.runs, one.session(S)!.state]).toEqual([[], 'accepted']);
  });
});

describe('a session is left alone', () => {
  test('when it is over, whatever becomes of its edge', async () => {
    const one = await startFreeRunner();
    await one.request(S);
    await one.reach(S, 'completed');
    const before = one.said('session.observed').length;
    await one.hearRoutes((body) => ({ ...body, peers: body.peers.filter(({ name }) => name !== 'alice') }));
    await one.time.pass(3000);
    expect([one.said('session.observed').length, one.session(S)!.state]).toEqual([before, 'completed']);
  });

  test('when its node has another key by now', async () => {
    const one = await startFreeRunner({ script: forever });
    await one.request(S);
    await one.time.until('a turn', () => one.runs[0], 5000);
    await one.alsoRun('builder', 2);
    await one.time.pass(5000);
    expect([one.runs.length, one.session(S)!.state, one.logged]).toEqual([1, 'active', []]);
  });

  test('when the turn that its question is about is not known', async () => {
    const one = await startReadyRunner();
    await one.request(S);
    await one.reach(S, 'waiting_approval');
    one.home.tables.remove('turns', S, 1, 1);
    await one.decide(S, 'user');
    await one.time.pass(3000);
    expect([one.session(S)!.state, one.remote.updates, one.logged]).toEqual(['waiting_approval', [], []]);
  });
});

test('a cancelled turn stops without a lease; it is told under the next', async () => {
  const one = await startFreeRunner({ script: forever });
  await one.request(S);
  await one.time.until('a turn', () => one.runs[0], 5000);
  one.home.leases.remove(one.actors.node.pubkey);
  await cancel(one, S);
  await one.time.pass(3000);
  expect([one.runs[0]!.ended?.reason, one.said('task.result')]).toEqual(['cancelled', []]);
  leased(one);
  await one.reach(S, 'cancelled');
});

test('a step that goes through ends the trouble of its session', async () => {
  const one = await startFreeRunner({ capacity: 1, script: forever });
  await one.request(T);
  await one.reach(T, 'active');
  await one.request(S);
  await one.reach(S, 'accepted');
  one.runner.retries.failed(S);
  await one.time.pass(999);
  expect(one.runner.retries.troubledFor(S)).toBe(999);
  await one.time.pass(2000);
  expect(one.runner.retries.troubledFor(S)).toBe(0);
});
