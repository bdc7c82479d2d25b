/** Since when neighbours stand to each other as they do: judged against each side's own routes, over random revisions. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sha256 } from '../../../test/graphs/acme.ts';
import { randomGraph } from '../../../test/graphs/random.ts';
import { graphOf } from '../../../test/sim/single-home.ts';
import { createWorld } from '../../../test/support/world.ts';
import type { Graph } from './model.ts';
import { canonicalGraph, parseCanonical } from './revision.ts';
import { routesOf } from './routes.ts';
import { type Standing, sinceOf, standingAt } from './standing.ts';

/** What one has of the other, apart from what it is told of the other alone. */
const seen = (graph: Graph, me: string, peer: string): string => {
  const routes = routesOf(graph, me, sha256)!;
  return JSON.stringify(routes.peers.find(({ name }) => name === peer)?.relations ?? null);
};
const pairs = (graph: Graph) => graph.edges.map(({ from, to }) => [from, to] as const);

test('changes with what either has of the other, for both at once, and with nothing else of the graph', () => {
  fc.assert(
    fc.property(fc.array(randomGraph, { minLength: 2, maxLength: 4 }), (graphs) => {
      let standing: Standing = new Map();
      graphs.forEach((graph, i) => {
        const before = standing;
        standing = standingAt(graph, i + 1, before, sha256);
        const same = standingAt(graph, i + 2, standing, sha256);
        expect([...same]).toEqual([...standing]);
        for (const [one, two] of pairs(graph)) {
          const since = sinceOf(standing, one, two);
          expect(sinceOf(standing, two, one)).toBe(since);
          expect(since).toBeLessThanOrEqual(i + 1);
          for (const [me, peer] of [
            [one, two],
            [two, one],
          ] as const)
            for (let n = since; n <= i; n++)
              expect(seen(graphs[n - 1]!, me, peer)).toBe(seen(graph, me, peer));
        }
      });
    }),
    { numRuns: 200 },
  );
});

const APPROVED = `graph: acme
nodes:
  alice: { kind: user, pubkey: $user }
  bob: { kind: user, pubkey: $bob }
  one:
    kind: agent
    engine: { type: exec, auth: none, command: ["true"] }
    policy: { approval: { source.publish: { by: [alice, bob], quorum: 1 } } }
edges:
  - { from: alice, relation: delegates_to, to: one }
  - { from: alice, relation: approves, to: one }
  - { from: bob, relation: approves, to: one }
`;
/** The revision after that one, which shares with it what did not change. */
const sinceAfter = (changed: string): number => {
  const world = createWorld();
  const read = (text: string, before: Graph | null) =>
    parseCanonical(canonicalGraph(graphOf(world, text)), before);
  const before = read(APPROVED, null);
  const standing = standingAt(before, 1, new Map(), sha256);
  return sinceOf(standingAt(read(changed, before), 2, standing, sha256), 'alice', 'one');
};
test.each([
  ['nothing', APPROVED, 1],
  ['what the agent is started with', APPROVED.replace('"true"', '"false"'), 1],
  ['whether the agent asks at all', APPROVED.replace(/ {4}policy.*\n/, ''), 2],
  ['how many have to approve', APPROVED.replace('quorum: 1', 'quorum: 2'), 2],
  ['the key of another approver', APPROVED.replace('$bob', '$stranger'), 2],
  [
    'the edge of another approver',
    APPROVED.replace('from: bob, relation: approves', 'disabled: true, $&'),
    2,
  ],
  ['its own edge', APPROVED.replace('from: alice, relation: approves', 'rate: 1/hour, $&'), 2],
])('between an agent and who approves for it: %s', (_name, changed, since) => {
  expect(sinceAfter(changed)).toBe(since);
});
