/** Nodes that an operator moves or takes off: what is refused, what comes of it, and that it sticks. */
import { describe, expect, test } from 'vitest';
import { LEASE_MS, OPERATOR, type SingleHost, startSingleHost } from '../../../test/sim/single-host.ts';
import { bothWays } from '../../../test/support/fold-kit.ts';
import { unplacedNodes } from '../../core/graph/change/placement.ts';
import { createAssignment } from './assignments.ts';
import { graphState } from './graph-state.ts';
import { moveNode, revokeNode } from './move-node.ts';
import { status } from './status.ts';

const MARGIN_MS = 5000;
const settle = ({ time }: SingleHost) => time.pass(1000);
const places = (one: SingleHost) =>
  one.offers().map(({ to, body }) => `${one.world.byKey.get(to)!.name} ${body.fence}`);
const state = (one: SingleHost, id: string) => {
  const { state, reason } = one.home.tables.get('assignments', id)!;
  return `${state} ${reason}`;
};
/** The node runs on r1, and r2 is there. */
const held = async () => {
  const one = await startSingleHost();
  const { assignment, fence } = await one.place();
  await one.addRunner('runner2', 'r2');
  await settle(one);
  return { one, assignment, fence };
};
const decided = (one: SingleHost) => one.home.tables.get('placed_by_hand', 'builder')?.n ?? 0;
const move = (one: SingleHost, runner: string, fence = 1, decisions = decided(one)) =>
  moveNode(one.host, { node: 'builder', runner, fence, decisions }, OPERATOR);
const revoke = (one: SingleHost, fence = 1, decisions = decided(one)) =>
  revokeNode(one.host, { node: 'builder', fence, decisions }, OPERATOR);
/** The runner says that it has all that the Host told it. */
const acknowledge = (one: SingleHost, from: 'runner' | 'runner2') => {
  const recipient = one.actors[from].pubkey;
  const { stream, seq } = one.home.tables.list('outbox', { type: 'assignment.revoke', recipient }).at(-1)!;
  return one.hear({ type: 'ack', from, to: 'host', body: { stream, high: seq, top: seq, missing: [] } });
};
/** Both are heard, whatever else passes. */
const heard = async (one: SingleHost, ms: number) => {
  for (let left = ms; left > 0; left -= 10_000) {
    await one.heartbeat('runner');
    await one.heartbeat('runner2');
    await one.time.pass(Math.min(left, 10_000));
  }
};

describe('a node that is moved', () => {
  test('goes when its runner has acknowledged that, under the next fence, to the runner that was named', async () => {
    const { one, assignment } = await held();
    expect(await move(one, 'r2')).toEqual({
      ...{ node: 'builder', decision: 'moved', from: 'r1', runner: 'r2', fence: 1 },
    });
    await settle(one);
    expect(state(one, assignment)).toBe('revoked moved');
    expect(places(one)).toEqual(['runner 1']);
    await acknowledge(one, 'runner');
    await settle(one);
    expect(places(one)).toEqual(['runner 1', 'runner2 2']);
  });

  test('goes without that when the lease of its runner is surely over, and not before', async () => {
    const { one, assignment, fence } = await held();
    await one.heartbeat('runner', [{ assignment, fence }]);
    await move(one, 'r2');
    await heard(one, LEASE_MS);
    expect(places(one)).toEqual(['runner 1']);
    await heard(one, MARGIN_MS + 10_000);
    expect(places(one)).toEqual(['runner 1', 'runner2 2']);
  });

  test('stays there, whatever beats come and whoever is heard again', async () => {
    const { one } = await held();
    await move(one, 'r2');
    await settle(one);
    await acknowledge(one, 'runner');
    await settle(one);
    await one.accept(one.offers().at(-1)!, one.actors.peer);
    await heard(one, 60_000);
    expect(places(one)).toEqual(['runner 1', 'runner2 2']);
  });

  test('waits for a runner that is not heard this moment, and goes to another one when it is gone', async () => {
    const { one } = await held();
    await move(one, 'r2');
    await settle(one);
    // As after a start: nobody was heard yet
    const { presence } = one.host;
    const isLive = presence.isLive.bind(presence);
    const gone = [one.actors.runner2.pubkey];
    presence.isLive = (runner) => !gone.includes(runner) && isLive(runner);
    await acknowledge(one, 'runner');
    await heard(one, 20_000);
    expect(places(one)).toEqual(['runner 1']);
    for (let i = 0; i < 8; i += 1) {
      await one.time.pass(10_000);
      await one.heartbeat('runner');
    }
    await settle(one);
    expect(places(one)).toEqual(['runner 1', 'runner 2']);
  });

  test('may go to a runner that refused it before', async () => {
    const { one } = await held();
    const refuse = async (fence: number) => {
      const { body, event } = one.offers().at(-1)!;
      const about = { assignment: body.assignment, fence, reason: 'no_engine' };
      await one.hear({ type: 'assignment.reject', from: 'runner2', to: 'host', re: event.id, body: about });
      await settle(one);
    };
    for (const fence of [2, 4]) {
      await move(one, 'r2', fence - 1);
      await settle(one);
      await acknowledge(one, 'runner');
      await settle(one);
      await refuse(fence);
    }
    expect(places(one)).toEqual(['runner 1', 'runner2 2', 'runner 3', 'runner2 4', 'runner 5']);
  });

  test.each<[string, (one: SingleHost) => Promise<unknown>, string]>([
    ['to where it is', (one) => move(one, 'r1'), 'assigned to runner "r1" already'],
    ['that was assigned anew meanwhile', (one) => move(one, 'r2', 7), 'its fence is 1'],
    ['to nobody', (one) => move(one, 'r9'), 'no runner "r9"'],
    [
      'to whom nobody trusts',
      async (one) => {
        await one.join('peer' as never, 'r3').catch(() => undefined);
        await one.trust('runner2', 'r2', 'revoked');
        return move(one, 'r2');
      },
      'not trusted',
    ],
    [
      'to a runner that is not live',
      async (one) => {
        await one.time.pass(61_000);
        return move(one, 'r2');
      },
      'it is not live',
    ],
    [
      'that is no agent',
      (one) => moveNode(one.host, { node: 'alice', runner: 'r2', fence: 0, decisions: 0 }, OPERATOR),
      'no agent "alice"',
    ],
  ])('is refused: %s', async (_what, act, words) => {
    const { one } = await held();
    await expect(act(one)).rejects.toThrow(words);
    expect(one.home.tables.list('placed_by_hand')).toEqual([]);
  });

  test('is refused where it does not fit, with the reason that a plan gives', async () => {
    const { one } = await held();
    const { detail } = one.home.tables.get('hellos', one.actors.runner2.pubkey)!;
    const body = { ...detail, name: 'r2', engines: [] } as never;
    await one.hear({ type: 'runner.hello', from: 'runner2', to: 'host', body });
    await expect(move(one, 'r2')).rejects.toThrow('runner "r2" cannot run "builder": it has no exec engine');
  });
});

test('of two operators who looked at the same time one decides, and the other is told what', async () => {
  const { one } = await held();
  await Promise.all([move(one, 'r2', 1, 0), expect(revoke(one, 1, 0)).rejects.toThrow(MEANWHILE)]);
  expect(graphState(one.host)).toMatchObject({ revoked: [], decisions: [{ node: 'builder', n: 1 }] });
  await revoke(one, 1, 1);
  await expect(move(one, 'r2', 1, 1)).rejects.toThrow('"builder" was taken off meanwhile');
});
const MEANWHILE = `"builder" was moved to r2 meanwhile, by operator "${OPERATOR}"`;

describe('a node that is taken off', () => {
  test('is not given to its runner again before that is carried out: what was answered would be over at once', async () => {
    const { one } = await held();
    await revoke(one);
    await expect(
      createAssignment(one.host, { node: 'builder', runner: 'r1' }, OPERATOR),
    ).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('is being taken off') });
  });

  test('is run by nobody, whatever graph and runners come, until it is moved', async () => {
    const { one, assignment } = await held();
    expect(status(one.host).takenOff).toEqual([]);
    expect(await revoke(one)).toMatchObject({ decision: 'revoked', from: 'r1', runner: null });
    expect(status(one.host).takenOff).toEqual(['builder']);
    await settle(one);
    expect(state(one, assignment)).toBe('revoked revoked');
    await acknowledge(one, 'runner');
    await one.apply();
    await heard(one, 120_000);
    expect(places(one)).toEqual(['runner 1']);
    expect(unplacedNodes(one.host.graph!, graphState(one.host))).toMatchObject([
      {
        node: 'builder',
        because: expect.stringContaining('operator'),
        hint: expect.stringContaining('move'),
      },
    ]);
    await expect(revoke(one)).rejects.toThrow('taken off already');
    await move(one, 'r1');
    await settle(one);
    expect(places(one)).toEqual(['runner 1', 'runner 2']);
  });

  test('is brought back by an assignment, too', async () => {
    const { one } = await held();
    await revoke(one);
    await settle(one);
    await expect(createAssignment(one.host, { node: 'builder', runner: 'r2' }, OPERATOR)).rejects.toThrow(
      'assigned to another runner',
    );
    await acknowledge(one, 'runner');
    await createAssignment(one.host, { node: 'builder', runner: 'r2' }, OPERATOR);
    await settle(one);
    expect(places(one)).toEqual(['runner 1', 'runner2 2']);
    expect(graphState(one.host).revoked).toEqual([]);
  });
});

test('of two decisions the later one stands, however they came', () => {
  const of = { node: 'builder', fence: 1, by: 'op' } as const;
  for (const tables of bothWays('host', ({ record }) => {
    record('host', 'assignment.decided', { ...of, n: 2, decision: 'revoked', runner: null });
    record('host', 'assignment.decided', { ...of, n: 1, decision: 'moved', runner: 'ab'.repeat(32) });
  }))
    expect(tables.get('placed_by_hand', 'builder')).toMatchObject({
      n: 2,
      decision: 'revoked',
      runner: null,
    });
});
