import { expect, test } from 'vitest';
import { largeGraph, run } from '../../bench/graph.ts';
import { parseGraph } from '../../src/core/graph/parse.ts';
import { TYPES } from '../graphs/types.ts';

test('the large graph has 1,000 nodes and 5,000 edges and no problem', () => {
  const { graph, problems } = parseGraph(largeGraph(1_000), { types: TYPES });
  expect(problems).toEqual([]);
  expect(graph!.nodes.size).toBe(1_000);
  expect(graph!.edges.length).toBeGreaterThanOrEqual(4_900);
});

test('validate, plan and apply grow no worse than linearly from 100 to 1,000 nodes', () => {
  // Tenfold work for tenfold size is a ratio of 1; quadratic would be 10. The margin is for a busy machine.
  for (const { name, ratio } of run(TYPES, 3)) expect(ratio, name).toBeLessThan(4);
});
