/** What my newest routes carry, and their limits: each rule of an edge refuses what no other one does. */

import { expect, test } from 'vitest';
import { ackBy, requestBy } from '../../../test/sim/forged.ts';
import {
  DIFF,
  introduced,
  peerOf,
  questionOf,
  REVISION,
  type Relation,
  routesOf,
  sendRoutes,
  taskOf,
} from '../../../test/sim/introductions.ts';
import { type Forged, KIT_EPOCH, type MessageKit, type Name } from '../../../test/sim/message-kit.ts';
import { type RuleRow, testRuleRows } from '../../../test/sim/rule-rows.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { edgeDenialTo } from './authorization-context.ts';

const beat = (epoch: typeof KIT_EPOCH, to: Name = 'runner'): Forged => ({
  type: 'host.beat',
  from: 'host',
  to,
  epoch,
  body: { revision: REVISION, digest: null },
});
/** The node's routes to Alice over these relations, under a later number than those of the kit. */
const edges = (kit: MessageKit, relations: Relation[]) =>
  sendRoutes(kit, routesOf(kit, 'node', [peerOf(kit, 'alice', relations)], 2));
const below = { relation: 'delegates_to', side: 'b' } as const;
const asks = { relation: 'approves', side: 'b' } as const;

const edgeRow = (
  rule: string,
  reason: string,
  relations: Relation[],
  refused: Forged,
  allowed: Forged,
): RuleRow => ({
  rule,
  reason,
  given: async (kit) => {
    await edges(kit, relations);
    return { refused, allowed };
  },
});
const cancel: Forged = {
  type: 'task.cancel',
  from: 'alice',
  to: 'node',
  body: { session: uuidOf(1), reason: 'no' },
};
const get: Forged = { type: 'blob.get', from: 'alice', to: 'node', body: { sha256: DIFF } };
const EDGES: RuleRow[] = [
  {
    rule: 'the Host, which has no edge to anybody, asking a person for bytes',
    reason: 'no_edge',
    given: async () => ({
      refused: { ...get, from: 'host', to: 'alice' } as Forged,
      allowed: beat(KIT_EPOCH, 'alice'),
    }),
  },
  {
    rule: 'work from below',
    reason: 'wrong_direction',
    given: async () => ({ refused: requestBy('node2'), allowed: requestBy('node', 'node2') }),
  },
  edgeRow(
    'work over an edge of another relation',
    'no_edge',
    [asks, { relation: 'consults', side: 'b' }],
    requestBy('alice'),
    {
      ...ackBy('alice'),
      to: 'node',
    },
  ),
  edgeRow(
    'work over a narrowed edge',
    'narrowed',
    [{ ...below, only: ['task.cancel'] }],
    requestBy('alice'),
    cancel,
  ),
  edgeRow('work over a disabled edge', 'disabled', [{ ...below, disabled: true }], requestBy('alice'), {
    ...ackBy('alice'),
    to: 'node',
  }),
  {
    rule: 'a question for bytes where every edge is disabled',
    reason: 'no_edge',
    given: async (kit) => {
      await kit.send({ type: 'approval.request', from: 'node', to: 'alice', body: questionOf(kit, 1) });
      await edges(kit, [{ ...below, disabled: true }]);
      const enabled = async () => {
        await sendRoutes(
          kit,
          routesOf(kit, 'node', [peerOf(kit, 'alice', [{ ...below, disabled: true }, asks])], 3),
        );
        return get;
      };
      return { refused: get, allowed: enabled };
    },
  },
  {
    rule: 'a second task where one may run; what was said before takes no place',
    reason: 'max_concurrent',
    given: async (kit) => {
      await edges(kit, [{ ...below, max_concurrent: 1 }]);
      const first: Forged = {
        type: 'task.request',
        from: 'alice',
        to: 'node',
        dedup: 'first',
        body: taskOf(1),
      };
      const { event, text } = kit.write(first);
      expect(await kit.deliver(text, 'node', event.id)).toBe('accepted');
      return {
        refused: requestBy('alice', 'node', 2),
        allowed: { ...first, content: event.content },
      };
    },
  },
  {
    rule: 'a task above the limit of one edge, until another edge has room',
    reason: 'rate',
    given: async (kit) => {
      await edges(kit, [{ ...below, rate: '1/hour' }]);
      expect(await kit.tell(requestBy('alice'))).toBe('accepted');
      const roomier = async () => {
        const relations = [{ ...below, rate: '1/hour' }, { relation: 'peers_with', side: 'b' } as const];
        await sendRoutes(kit, routesOf(kit, 'node', [peerOf(kit, 'alice', relations)], 3));
        return requestBy('alice', 'node', 2);
      };
      return { refused: requestBy('alice', 'node', 2), allowed: roomier };
    },
  },
  {
    rule: 'a task above the limit, whatever edges are there that do not carry it',
    reason: 'rate',
    given: async (kit) => {
      await edges(kit, [{ ...below, rate: '1/hour' }, asks, { relation: 'consults', side: 'b' }]);
      expect(await kit.tell(requestBy('alice'))).toBe('accepted');
      return { refused: requestBy('alice', 'node', 2), allowed: cancel };
    },
  },
];

testRuleRows(EDGES);

test('what goes out to a node by its name: over an edge that carries it, also while it runs nowhere, and to nobody else', async () => {
  const kit = await introduced();
  const home = kit.homeOf('node');
  const me = kit.who.node.pubkey;
  const away = { ...peerOf(kit, 'node2', [{ relation: 'delegates_to', side: 'a' }]), pubkey: null };
  await sendRoutes(kit, routesOf(kit, 'node', [away, peerOf(kit, 'alice', [below])], 2));
  const denial = (name: string, type = 'task.request') => edgeDenialTo(home, me, name, type);
  expect([denial(away.name), denial(away.name, 'task.handoff'), denial('nobody')]).toEqual([
    null,
    'no_edge',
    'no_edge',
  ]);
});
