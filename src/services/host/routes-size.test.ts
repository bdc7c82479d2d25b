/** To the last byte: what still goes into a message of routes. */
import { expect, test } from 'vitest';
import { graphOf } from '../../../test/sim/single-home.ts';
import { hostKit, START } from '../../../test/support/host-kit.ts';
import { createWorld } from '../../../test/support/world.ts';
import { MAX_BODY_BYTES, wireBytes } from '../../core/protocol/size.ts';
import { recordOf } from '../messaging/rejections.ts';
import { pendingRoutes } from './routes.ts';

const AGENT = '{ kind: agent, engine: { type: exec, auth: none, command: ["true"] } }';
/** Alice above `builder` and others, whose names are together so many characters longer than they must be. */
const hubWith = (count: number, more: number): string => {
  const names = Array.from({ length: count }, (_, i) => {
    const room = Math.min(50, Math.max(0, more - i * 50));
    return `n${String(i).padStart(3, '0')}${'x'.repeat(room)}`;
  });
  const all = ['builder', ...names];
  const nodes = all.map((name) => `  ${name}: ${AGENT}\n`).join('');
  const edges = all.map((name) => `alice delegates_to ${name}`).join(', ');
  return `graph: acme\nnodes:\n  alice: { kind: user, pubkey: $user }\n${nodes}edges: [${edges}]\n`;
};

/** What would be said to Alice of such a graph. */
const told = (kit: ReturnType<typeof hostKit>, count: number, more: number) => {
  kit.host.graph = graphOf(createWorld(), hubWith(count, more));
  return pendingRoutes(kit.host).find(({ draft }) => draft.body.self.name === 'alice')!;
};
const applied = () => {
  const kit = hostKit();
  const digest = 'd1'.repeat(32);
  kit.home.tables.put('revisions', { n: 1, digest, parent: null, by: 'one', at: START });
  return kit;
};

test('peers go with the message as long as it holds them', () => {
  const kit = applied();
  const count = 86;
  const left = MAX_BODY_BYTES - wireBytes(told(kit, count, 0).draft.body);
  const [whole, larger] = [told(kit, count, left), told(kit, count, left + 1)];
  expect([wireBytes(whole.draft.body), whole.list]).toEqual([MAX_BODY_BYTES, null]);
  expect(whole.draft.body.peers).toHaveLength(count + 1);
  expect([larger.draft.body.peers, larger.list !== null]).toEqual([[], true]);
});

test('a runner’s word for the key of a node goes with them as long as there is room', () => {
  const kit = applied();
  const { host, home } = kit;
  const running = {
    revision: 1,
    lease: 1,
    offer: '',
    inputs: {},
    accept: null,
    reason: null,
    detail: null,
    line: 1,
  };
  const row = { id: 'a1', node: 'builder', runner: 'r1', fence: 1, state: 'accepted', ...running } as const;
  home.tables.put('assignments', { ...row, pubkey: 'ab'.repeat(32) });
  home.tables.put('trust', { pubkey: 'r1', name: 'r1', state: 'trusted', epoch: 1, seq: 1 });
  const accept = recordOf(home, 'assignment.expired', { assignment: 'a1', fence: 1 });
  const count = 86;
  const left = MAX_BODY_BYTES - wireBytes(told(kit, count, 0).draft.body);
  host.accepts.set('a1', accept);
  const proven = (more: number) => told(kit, count, more).draft.body.peers.filter((one) => one.accept).length;
  const room = left - wireBytes({ accept });
  expect([proven(room), proven(room + 1)]).toEqual([1, 0]);
});
