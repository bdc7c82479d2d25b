/** Whose routes may be others: each thing that routes are made of concerns exactly those whose routes have it. */
import { expect, test } from 'vitest';
import { graphOf } from '../../../test/sim/single-home.ts';
import { createWorld } from '../../../test/support/world.ts';
import type { Graph } from '../../core/graph/model.ts';
import { canonicalGraph, parseCanonical } from '../../core/graph/revision.ts';
import { standingAt } from '../../core/graph/standing.ts';
import { concerned, type RoutesMadeOf, type RoutesPart } from './routes-made-of.ts';

const AGENT = '{ kind: agent, engine: { type: exec, auth: none, command: ["true"] } }';
const graph = graphOf(
  createWorld(),
  `graph: acme
nodes:
  alice: { kind: user, pubkey: $user }
  bob: { kind: user, pubkey: $bob }
  one: ${AGENT}
  two: ${AGENT}
  three: ${AGENT}
edges: [alice delegates_to one, one delegates_to two, bob delegates_to three]
`,
);
const sha256 = (text: string): string => text;
const partsOf = (of: Graph): [string, RoutesPart][] =>
  [...of.nodes].map(([name, node]) => [name, { id: `a of ${name}`, pubkey: `k of ${name}`, node }]);
const madeOf = (of: Graph = graph): RoutesMadeOf => ({
  ofAll: '1',
  parts: new Map(partsOf(of)),
  pairs: standingAt(of, 1, new Map(), sha256),
});
const withPart = (name: string, change: Partial<RoutesPart>): RoutesMadeOf => {
  const made = madeOf();
  return { ...made, parts: new Map(made.parts).set(name, { ...made.parts.get(name)!, ...change }) };
};
const other = graphOf(createWorld(), `graph: acme\nnodes:\n  one: ${AGENT.replace('true', 'false')}\n`);
const withPairs = (...left: string[]): RoutesMadeOf => ({
  ...madeOf(),
  pairs: new Map([...madeOf().pairs].filter(([pair]) => left.includes(pair))),
});

const ALL = ['alice', 'bob', 'one', 'three', 'two'];
const AROUND_ONE = ['alice', 'one', 'two'];
test.each([
  ['the same', madeOf(), []],
  ['other objects with the same text', madeOf(parseCanonical(canonicalGraph(graph))), []],
  ['what all of them have', { ...madeOf(), ofAll: '2' }, ALL],
  ['another assignment', withPart('one', { id: 'b' }), AROUND_ONE],
  ['another key', withPart('one', { pubkey: 'b' }), AROUND_ONE],
  ['another text of a node', withPart('one', { node: other.nodes.get('one')! }), AROUND_ONE],
  ['a node that was not there', { ...madeOf(), parts: new Map(partsOf(graph).slice(0, 4)) }, ['two', 'one']],
  [
    'how two stand',
    { ...madeOf(), pairs: standingAt(graph, 2, withPairs('bob three').pairs, sha256) },
    AROUND_ONE,
  ],
  ['a pair that was not there', withPairs('bob three', 'one two'), ['alice', 'one']],
])('%s', (_name, before, names) => {
  expect([...concerned(graph, madeOf(), before)].sort()).toEqual([...names].sort());
});

test('a pair that is there no more', () => {
  expect([...concerned(graph, withPairs('bob three', 'one two'), madeOf())].sort()).toEqual(['alice', 'one']);
});
