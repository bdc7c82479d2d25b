import { expect, test } from 'vitest';
import { largeGraph, run } from '../../bench/graph.ts';
import { parseGraph } from '../../src/core/graph/file/parse.ts';
import { TYPES } from '../graphs/types.ts';
import { isSlow } from '../support/counts.ts';

test('the large graph has 5,000 nodes and 25,000 edges and no problem', () => {
  const { graph, problems } = parseGraph(largeGraph(5_000), { types: TYPES });
  expect(problems).toEqual([]);
  expect(graph!.nodes.size).toBe(5_000);
  expect(graph!.edges.length).toBeGreaterThanOrEqual(24_500);
});

/** Ratios of wall clock mean something on a quiet machine only: `npm run test:slow`. */
test.runIf(isSlow)(
  'validating, planning, reading and deciding grow no worse than linearly from 100 over 1,000 to 5,000 nodes',
  {
    timeout: 180_000,
  },
  () => {
    // Tenfold work for tenfold size is a ratio of 1; quadratic would be 10 in every round. Other work on the
    // machine disturbs single rounds, so the best of a few counts.
    const best = new Map<string, number>();
    for (let round = 0; round < 5; round++) {
      for (const { name, ratio } of run(TYPES, 3)) best.set(name, Math.min(ratio, best.get(name) ?? ratio));
      if ([...best.values()].every((ratio) => ratio < 3)) break;
    }
    expect([...best].filter(([, ratio]) => ratio >= 3)).toEqual([]);
    const each = ['validate', 'plan', 'canonical text', 'read revision', 'decide, each edge'];
    const sizes = [1_000, 5_000];
    expect([...best.keys()]).toEqual(
      sizes.flatMap((nodes) => each.map((what) => `graph ${what}, ${nodes} nodes`)),
    );
  },
);
