/** Since when neighbours stand to each other as they do: judged against each side's own routes, over random revisions. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sha256 } from '../../../test/graphs/acme.ts';
import { randomGraph } from '../../../test/graphs/random.ts';
import type { Graph } from './model.ts';
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
