/** State rules of the Host's word that a session is to end: of which sessions a runner takes it. */
import { expect, test } from 'vitest';
import { ASSIGNMENT, introduced, taskOf } from '../../../test/sim/introductions.ts';
import type { Forged, MessageKit } from '../../../test/sim/message-kit.ts';
import { type RuleRow, testRuleRows } from '../../../test/sim/rule-rows.ts';
import { uuidOf } from '../../../test/support/world.ts';

const cancel = (n: number, to: 'runner' | 'runner2' = 'runner'): Forged => ({
  ...{ type: 'session.cancel', from: 'host', to },
  body: { session: uuidOf(n), reason: 'no more' },
});
const ask = (kit: MessageKit, n: number) =>
  kit.send({ type: 'task.request', from: 'alice', to: 'node', body: taskOf(n) });
const end = async (kit: MessageKit, n: number) => {
  const { id: re } = await ask(kit, n);
  const body = { session: uuidOf(n), attempt: 1, step: 1, state: 'failed' as const, reason: 'over' };
  await kit.send({ type: 'task.result', from: 'node', to: 'alice', re, body });
};

const ROWS: RuleRow[] = [
  {
    rule: 'T201 session.cancel: of a session that nobody here was asked for',
    reason: 'no_session',
    given: async (kit) => {
      await ask(kit, 1);
      return { refused: cancel(2), allowed: cancel(1) };
    },
  },
  {
    rule: 'T201 session.cancel: of one that a node here gave to a node of another runner',
    reason: 'not_yours',
    given: async (kit) => {
      const body = { ...taskOf(1), budget: { hops: 1, turns: 1, path: ['node'] } };
      await kit.send({ type: 'task.request', from: 'node', to: 'node2', body });
      return { refused: cancel(1), allowed: cancel(1, 'runner2') };
    },
  },
  {
    rule: 'T201 session.cancel: of one that is over',
    reason: 'late: session_over',
    given: async (kit) => {
      await end(kit, 1);
      await ask(kit, 2);
      return { refused: cancel(1), allowed: cancel(2) };
    },
  },
  {
    rule: 'T201 session.cancel: of one whose node was taken off this runner',
    reason: 'late: assignment_over',
    given: async (kit) => {
      await ask(kit, 1);
      const of = { assignment: ASSIGNMENT.node, fence: 1 };
      await kit.send({ type: 'assignment.revoke', from: 'host', to: 'runner', body: { ...of, reason: 'x' } });
      const receipt = { ...of, state: 'stopped' as const };
      return {
        refused: cancel(1),
        allowed: { type: 'assignment.receipt', from: 'runner', to: 'host', body: receipt },
      };
    },
  },
];
testRuleRows(ROWS);

test.each(['alice', 'runner2', 'node2'] as const)(
  'T201 session.cancel by %s, who is not the Host, is refused, and nothing is kept of it',
  async (from) => {
    const kit = await introduced();
    await ask(kit, 1);
    const asIf = { ...cancel(1), from } as Forged;
    expect(await kit.tell(asIf)).toMatch(/^(?:kind_of_role|wrong_role|unknown_signer)$/);
    expect(await kit.tell({ ...asIf, role: 'host' })).toMatch(/^(?:kind_of_role|wrong_role|unknown_signer)$/);
    expect(kit.homes.runner.tables.count('messages', { type: 'session.cancel' })).toBe(0);
  },
);

test('T201 session.cancel that comes twice is one line, and one that says another thing under its key is none', async () => {
  const kit = await introduced();
  await ask(kit, 1);
  const said = { ...cancel(1), dedup: 'cancel:1' } as Forged;
  const { event, text } = kit.write(said);
  expect(await kit.deliver(text, 'runner', event.id)).toBe('accepted');
  const { homes, wrap } = kit;
  await kit.deliver(wrap(event, 'host', 'runner', false), 'runner', event.id);
  const other = { ...said, body: { session: uuidOf(1), reason: 'another' } } as Forged;
  expect(await kit.tell(other)).toBe('dedup_conflict');
  expect(homes.runner.tables.count('messages', { type: 'session.cancel', dir: 'in' })).toBe(1);
});
