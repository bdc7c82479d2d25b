/** A node acts only under a live lease, and a lease lives only as long as the heartbeat it answers gives it. */
import { describe, expect, test } from 'vitest';
import {
  ASSIGNMENT,
  LEASE_MS,
  type SingleRunner,
  startSingleRunner,
} from '../../../test/sim/single-runner.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { LEASES_A_BEAT } from '../../core/protocol/messages/observe.ts';
import { advanceSessions } from './sessions.ts';

const S = uuidOf(0xe1);
const T = uuidOf(0xe2);
const leaseEnd = ({ home, actors }: SingleRunner): number | undefined =>
  home.leases.endOf(actors.node.pubkey);

/** An accepted assignment without a lease, and the moment its newest heartbeat was sent. */
const unleased = async () => {
  const one = await startSingleRunner();
  await one.trust();
  await one.offer();
  await one.time.until('the node', () => one.home.identities.has(one.actors.node.pubkey));
  await one.hearRoutes();
  const before = one.beats().length;
  await one.time.until('a heartbeat', () => one.beats().length > before);
  return { one, sentAt: one.time.elapsed() };
};

describe('a renewal', () => {
  test('counts from the sending of its heartbeat, however late it comes', async () => {
    const { one, sentAt } = await unleased();
    const { beat } = one.beats().at(-1)!.body;
    await one.time.pass(20_000);
    await one.renew({ beat });
    expect(leaseEnd(one)).toBe(sentAt + LEASE_MS);
  });

  test('of a heartbeat that this runner never sent gives nothing', async () => {
    const { one } = await unleased();
    await one.renew({ beat: 'ee'.repeat(16) });
    expect(leaseEnd(one)).toBeUndefined();
  });

  test('of a heartbeat before the last 32 gives nothing', async () => {
    const { one } = await unleased();
    const { beat } = one.beats().at(-1)!.body;
    const before = one.beats().length;
    await one.time.until('one more', () => one.beats().length > before);
    const sentAt = one.time.elapsed();
    await one.time.until('32 more', () => one.beats().length >= before + 32);
    await one.renew({ beat });
    expect(leaseEnd(one)).toBeUndefined();
    await one.renew({ beat: one.beats().at(-32)!.body.beat });
    expect(leaseEnd(one)).toBe(sentAt + LEASE_MS);
  });

  test('under another fence gives nothing', async () => {
    const { one } = await unleased();
    for (const fence of [0, 2])
      await one.renew({ leases: [{ assignment: ASSIGNMENT, fence, leaseMs: LEASE_MS }] });
    expect(leaseEnd(one)).toBeUndefined();
  });

  test('gives no more than the offer, and less where it says less', async () => {
    const { one, sentAt } = await unleased();
    await one.renew({ leases: [{ assignment: ASSIGNMENT, fence: 1, leaseMs: 10 * LEASE_MS }] });
    expect(leaseEnd(one)).toBe(sentAt + LEASE_MS);
    await one.renew({ leases: [{ assignment: ASSIGNMENT, fence: 1, leaseMs: 5000 }] });
    expect(leaseEnd(one)).toBe(sentAt + 5000);
  });
});

describe('a heartbeat', () => {
  test('of a runner with 300 assignments goes in as many messages as it takes', async () => {
    const { one } = await unleased();
    const row = one.home.tables.get('assignments', ASSIGNMENT)!;
    const ids = Array.from({ length: 300 }, (_, i) => uuidOf(0x1000 + i));
    for (const id of ids) one.home.tables.put('assignments', { ...row, id });
    const before = one.beats().length;
    const later = () => one.beats().slice(before);
    await one.time.until(
      'three heartbeats',
      () => later().some(({ body }) => body.leases.length > 1) && later().length >= 3,
    );
    const asked = later().flatMap(({ body }) => body.leases.map(({ assignment }) => assignment));
    expect([...ids, ASSIGNMENT].filter((id) => !asked.includes(id))).toEqual([]);
    expect(later().filter(({ body }) => body.leases.length > LEASES_A_BEAT)).toEqual([]);
  });

  test('of as many assignments as one message holds is one message', async () => {
    const { one } = await unleased();
    const row = one.home.tables.get('assignments', ASSIGNMENT)!;
    for (let i = 1; i < LEASES_A_BEAT; i++)
      one.home.tables.put('assignments', { ...row, id: uuidOf(0x1000 + i) });
    const before = one.beats().length;
    await one.time.until('three heartbeats', () => one.beats().length >= before + 3);
    const sizes = one
      .beats()
      .slice(before)
      .map(({ body }) => body.leases.length);
    expect(sizes).toEqual(Array(3).fill(LEASES_A_BEAT));
  });

  test('is sent by a trusted runner only, and names what it holds by fence', async () => {
    const one = await startSingleRunner();
    await one.time.pass(30_000);
    expect(one.beats()).toEqual([]);
    await one.trust();
    await one.offer({ fence: 3 });
    await one.time.until('a heartbeat with it', () => one.beats().at(-1)?.body.leases.length);
    expect(one.beats().at(-1)!.body.leases).toEqual([{ assignment: ASSIGNMENT, fence: 3 }]);
    const before = one.beats().length;
    await one.trust('revoked');
    await one.time.pass(30_000);
    expect(one.beats()).toHaveLength(before);
  });
});

describe('without a live lease', () => {
  test('a node does not say that it started', async () => {
    const { one } = await unleased();
    await one.time.pass(20_000);
    expect(one.said('assignment.receipt')).toEqual([]);
    await one.lease();
    await one.time.pass(1000);
    expect(one.said('assignment.receipt')).toMatchObject([
      { body: { assignment: ASSIGNMENT, state: 'started' } },
    ]);
  });

  test('T37 a task for a stale runner is held, and done when the lease is renewed', async () => {
    const one = await startSingleRunner();
    await one.ready();
    await one.time.pass(LEASE_MS + 1000);
    await one.request(S);
    await one.time.pass(5000);
    expect(one.home.tables.list('held_messages')).toMatchObject([{ reason: 'no_lease' }]);
    expect([one.session(S), one.runs]).toEqual([undefined, []]);
    await one.lease();
    await one.reach(S, 'waiting_approval');
    expect(one.runs).toHaveLength(1);
  });

  test('an accepted task starts no turn; after a renewal it does', async () => {
    const script = async ({ task, sleep }: { task: string; sleep(ms: number): Promise<void> }) =>
      task === 'long' ? sleep(LEASE_MS + 20_000) : undefined;
    const one = await startSingleRunner({ capacity: 1, script });
    await one.ready();
    await one.request(S, 'user', 'long');
    await one.reach(S, 'active');
    await one.request(T, 'user', 'short');
    await one.reach(T, 'accepted');
    await one.time.pass(LEASE_MS + 40_000);
    expect(one.runs.map(({ task, ended }) => [task, ended?.reason])).toEqual([['long', 'done']]);
    // What ended without a lease is not told either: another runner may have the node by now.
    expect(one.said('task.result')).toEqual([]);
    await one.lease();
    await one.reach(T, 'completed');
    expect(one.session(S)).toMatchObject({ state: 'completed' });
  });

  test('in the very millisecond of its end it is over', async () => {
    const script = ({ task, sleep }: { task: string; sleep(ms: number): Promise<void> }) =>
      task === 'long' ? sleep(LEASE_MS) : undefined;
    const one = await startSingleRunner({ capacity: 1, script });
    await one.ready();
    await one.request(S, 'user', 'long');
    await one.reach(S, 'active');
    await one.request(T, 'user', 'short');
    await one.reach(T, 'accepted');
    // There is room for the other turn as soon as this one waits for an answer
    void one.runner.turns.waiting(S, () => new Promise(() => {}));
    const now = one.time.elapsed();
    one.home.leases.grant(one.actors.node.pubkey, now);
    await advanceSessions(one.runner);
    expect(one.session(T)).toMatchObject({ state: 'accepted' });
    one.home.leases.grant(one.actors.node.pubkey, now + 1);
    await advanceSessions(one.runner);
    expect(one.session(T)).toMatchObject({ state: 'active' });
  });
});
