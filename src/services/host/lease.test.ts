/** The Host's side of leases: whose heartbeat renews what, and when a node may run elsewhere. */
import { describe, expect, test } from 'vitest';
import { LEASE_MS, OPERATOR, type SingleHost, startSingleHost } from '../../../test/sim/single-host.ts';
import { npub } from '../../core/encoding/id.ts';
import { createAssignment, listAssignments } from './assignments.ts';

const MARGIN_MS = 5000;
const renewals = ({ fleeting }: SingleHost) => fleeting('assignment.renew').map(({ body }) => body);
const placed = async () => {
  const one = await startSingleHost();
  const held = await one.place();
  return { one, held };
};

describe('a heartbeat', () => {
  test('renews what its runner holds under the present fence', async () => {
    const { one, held } = await placed();
    const beat = await one.heartbeat('runner', [held]);
    expect(renewals(one).at(-1)).toMatchObject({ beat, leases: [{ ...held, leaseMs: LEASE_MS }] });
    expect(one.host.presence.sinceRenewal(held.assignment)).toBe(0);
  });

  test('that a relay plays again renews nothing, and keeps no runner alive', async () => {
    const { one, held } = await placed();
    const beat = await one.heartbeat('runner', [held]);
    const answers = renewals(one).length;
    const before = one.time.elapsed();
    await one.time.pass(30_000);
    await one.heartbeat('runner', [held], { beat });
    expect(renewals(one)).toHaveLength(answers);
    const silence = one.time.elapsed() - before;
    expect(one.host.presence.silenceOf(one.actors.runner.pubkey)).toBe(silence);
    expect(one.host.presence.sinceRenewal(held.assignment)).toBe(silence);
  });

  test.each<[string, (held: { assignment: string; fence: number }) => { assignment: string; fence: number }]>(
    [
      ['another fence', (held) => ({ ...held, fence: held.fence + 1 })],
      ['the fence before', (held) => ({ ...held, fence: held.fence - 1 })],
      [
        'an assignment that never was',
        (held) => ({ ...held, assignment: held.assignment.replace(/.$/, 'f') }),
      ],
    ],
  )('with %s renews nothing', async (_what, change) => {
    const { one, held } = await placed();
    const beat = await one.heartbeat('runner', [change(held)]);
    expect(renewals(one).at(-1)).toMatchObject({ beat, leases: [] });
    expect(one.said('assignment.revoke')).toEqual([]);
    for (const { assignment } of [held, change(held)])
      expect(one.host.presence.sinceRenewal(assignment)).toBeNull();
  });

  test('of another runner renews nothing of it', async () => {
    const { one, held } = await placed();
    await one.addRunner('runner2', 'r2');
    await one.heartbeat('runner2', [held]);
    expect(renewals(one).at(-1)).toMatchObject({ leases: [] });
    expect(one.host.presence.sinceRenewal(held.assignment)).toBeNull();
  });

  test('renews no offer that was not taken', async () => {
    const one = await startSingleHost();
    await one.apply();
    await one.addRunner('runner', 'r1');
    await one.time.until('an offer', () => one.offers()[0], 5000);
    const { assignment, fence } = one.offers()[0]!.body;
    await one.heartbeat('runner', [{ assignment, fence }]);
    expect(renewals(one).at(-1)).toMatchObject({ leases: [] });
  });

  test('with what expired meanwhile is told to let it go', async () => {
    const { one, held } = await placed();
    await one.addRunner('runner2', 'r2');
    await one.time.pass(LEASE_MS + MARGIN_MS + 1000);
    await createAssignment(one.host, { node: 'builder', runner: 'r2' }, OPERATOR);
    expect(one.home.tables.get('assignments', held.assignment)).toMatchObject({ state: 'expired' });
    // It is the business of nobody else.
    await one.heartbeat('runner2', [held]);
    expect(one.said('assignment.revoke')).toEqual([]);
    await one.heartbeat('runner', [held]);
    expect(renewals(one).at(-1)).toMatchObject({ leases: [] });
    expect(one.said('assignment.revoke')).toMatchObject([
      { to: one.actors.runner.pubkey, body: { ...held, reason: 'expired' } },
    ]);
  });
});

test('an assignment is shown with what is left of its lease, and with the key of its node', async () => {
  const { one, held } = await placed();
  const shown = () => listAssignments(one.host).items.map(({ leaseLeftMs, npub }) => [leaseLeftMs, npub]);
  const key = npub(one.actors.node.pubkey);
  expect(shown()).toEqual([[0, key]]);
  await one.heartbeat('runner', [held]);
  expect(shown()).toEqual([[LEASE_MS, key]]);
  await one.time.pass(20_500);
  expect(shown()).toEqual([[LEASE_MS - 20_500, key]]);
  await one.time.pass(LEASE_MS);
  expect(shown()).toEqual([[0, key]]);
});

test('a renewal that the disk does not take is told, and the Host lives on', async () => {
  const { one, held } = await placed();
  await one.addRunner('runner2', 'r2');
  await one.time.pass(LEASE_MS + MARGIN_MS + 1000);
  await createAssignment(one.host, { node: 'builder', runner: 'r2' }, OPERATOR);
  const { append } = one.home.ledger;
  one.home.ledger.append = () => Promise.reject(new Error('the disk is full'));
  await one.heartbeat('runner', [held]);
  one.home.ledger.append = append;
  expect(one.logged).toContain('cannot renew leases: the disk is full');
  await one.heartbeat('runner', [held]);
  expect(one.said('assignment.revoke')).toHaveLength(1);
});

describe('a node is moved', () => {
  const move = (one: SingleHost) => createAssignment(one.host, { node: 'builder', runner: 'r2' }, OPERATOR);
  test('only when its last renewal plus its lease have surely passed', async () => {
    const { one, held } = await placed();
    await one.addRunner('runner2', 'r2');
    await one.time.pass(20_000);
    await one.heartbeat('runner', [held]);
    for (const ms of [0, LEASE_MS, MARGIN_MS]) {
      await one.time.pass(ms);
      const hint = expect.stringContaining('placement');
      await expect(move(one)).rejects.toMatchObject({ code: 'conflict', hint });
    }
    await one.time.pass(1);
    expect(await move(one)).toMatchObject({ fence: 2, runner: 'r2', state: 'offered' });
  });

  test('and counted from the start of this Host, where it has renewed nothing yet', async () => {
    const { one } = await placed();
    await one.addRunner('runner2', 'r2');
    await one.time.pass(LEASE_MS + MARGIN_MS - one.time.elapsed());
    await expect(move(one)).rejects.toMatchObject({ code: 'conflict' });
    await one.time.pass(1);
    expect(await move(one)).toMatchObject({ fence: 2 });
  });
});

describe('the Host stops', () => {
  test.each([
    ['as its own: it beats once more, so that the other one stops too', 0],
    ['ahead', 1],
  ])(
    'for a beat of its own key under another boot, and has it on record; an epoch %s',
    async (_how, ahead) => {
      const one = await startSingleHost();
      await one.time.pass(0);
      const epoch = { n: one.home.epoch!.n + ahead, boot: 'b0'.repeat(16) };
      const before = one.fleeting('host.beat').length;
      await one.hear({
        type: 'host.beat',
        from: 'host',
        to: 'host',
        body: { revision: 0, digest: null },
        epoch,
      });
      const error = await one.time.finish('the end of the Host', one.ended, 5000);
      expect(error).toMatchObject({
        code: 'conflict',
        message: expect.stringContaining(`as epoch ${epoch.n}:`),
        hint: expect.stringContaining('host serve --take-over'),
      });
      expect(one.home.tables.list('host_conflicts')).toMatchObject([epoch]);
      expect(one.fleeting('host.beat')).toHaveLength(before + (ahead === 0 ? 1 : 0));
    },
  );

  test('not for its own beat', async () => {
    const one = await startSingleHost();
    let stopped = false;
    void one.ended.then(() => {
      stopped = true;
    });
    await one.hear({ type: 'host.beat', from: 'host', to: 'host', body: { revision: 0, digest: null } });
    await one.time.pass(1000);
    expect(stopped).toBe(false);
    // Nor does it take it for a runner’s.
    expect([one.logged, one.host.presence.silenceOf(one.home.self.pubkey)]).toEqual([[], null]);
  });
});
