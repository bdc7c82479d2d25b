/** An edge stands where a reader of the written text finds it. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { randomGraph } from '../../../test/graphs/random.ts';
import { agent, graphText, USERS } from '../../../test/graphs/small.ts';
import { TYPES } from '../../../test/graphs/types.ts';
import { edgeText } from './edges.ts';
import { parseGraph } from './file/parse.ts';
import type { Graph } from './model.ts';
import { graphFile } from './revision.ts';
import { revisionSource, revisionYaml } from './revision-text.ts';

const HEAD = ['revision 3', 'by alice'];
const places = (graph: Graph) => {
  const file = graphFile(graph);
  const counted = revisionSource('revision 3', HEAD, file, graph);
  const { source } = parseGraph(revisionYaml(HEAD, file), { types: TYPES });
  return graph.edges.map((edge) => {
    const path = counted.edgePaths.get(edgeText(edge))!;
    return { counted: counted.at(path), read: source.at(source.edgePaths.get(edgeText(edge))!) };
  });
};

test('property: counted is where it is read', () => {
  fc.assert(
    fc.property(randomGraph, (graph) => {
      for (const { counted, read } of places(graph)) expect(counted).toEqual(read);
    }),
    { numRuns: 200 },
  );
});

test.each([
  [
    'lines in a command',
    'engine: { type: exec, auth: none, command: ["bash", "-c", "a\\n\\n  b\\n", "\\nx", "y\\n\\n"] }',
  ],
  [
    'a command of a thousand words',
    `engine: { type: exec, auth: none, command: ["${'word '.repeat(1000)}"] }`,
  ],
  [
    'signs that are quoted',
    'engine: { type: exec, auth: none, command: ["# a: [b", "null", "\\u0007\\t", ""] }',
  ],
])('also below a node with %s', (_name, engine) => {
  const text = graphText({
    nodes: {
      alice: USERS.alice,
      builder: agent(engine).replace('engine: { type: exec, auth: none, command: [a] }, ', ''),
    },
    edges: ['alice delegates_to builder', '{ from: alice, relation: approves, to: builder, rate: 3/minute }'],
  });
  const { graph, problems } = parseGraph(text, { types: TYPES });
  expect(problems).toEqual([]);
  const found = places(graph!);
  expect(found).toHaveLength(2);
  for (const { counted, read } of found) expect(counted).toEqual(read);
});
