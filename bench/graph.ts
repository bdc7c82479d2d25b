/** How validating, planning, reading and deciding grow from 100 over 1,000 to 5,000 nodes: no worse than linearly. */
import { createHash } from 'node:crypto';
import { schnorr } from '@noble/curves/secp256k1.js';
import { atMost, compared, type Measure } from '../scripts/bench/measure.ts';
import { plan } from '../src/core/graph/change/plan.ts';
import { edgeDecision, type TypeInfo } from '../src/core/graph/edges.ts';
import { parseGraph } from '../src/core/graph/file/parse.ts';
import type { Graph } from '../src/core/graph/model.ts';
import { canonicalGraph, parseCanonical } from '../src/core/graph/revision.ts';
import { TYPES } from '../src/core/protocol/types.ts';

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
const keyOf = (index: number): string =>
  Buffer.from(schnorr.getPublicKey(Buffer.from(hash(`key ${index}`), 'hex'))).toString('hex');

/** A graph file of n nodes (a tenth of them people) and five edges a node, none of them twice. */
export const largeGraph = (nodes: number, turned = 0): string => {
  const users = nodes / 10;
  const name = (index: number): string => (index < users ? `user-${index}` : `agent-${index}`);
  const lines = ['graph: large', 'nodes:'];
  for (let i = 0; i < nodes; i++)
    lines.push(
      i < users
        ? `  ${name(i)}: { kind: user, pubkey: "${keyOf(i)}" }`
        : `  ${name(i)}: { kind: agent, engine: { type: exec, auth: none, command: ["run", "${i % 7 === turned ? 'new' : 'old'}"] }, policy: { budget: { hops: 4 }, approval: { source.publish: { by: [${name(i % users)}] } } } }`,
    );
  lines.push('edges:');
  const agents = nodes - users;
  for (let i = users; i < nodes; i++) {
    const next = (step: number): string => name(users + ((i - users + step + turned) % agents));
    lines.push(
      `  - ${name(i % users)} delegates_to ${name(i)}`,
      `  - ${name(i % users)} approves ${name(i)}`,
    );
    lines.push(`  - ${name(i)} delegates_to ${next(1)}`, `  - ${next(2)} peers_with ${name(i)}`);
    lines.push(`  - { from: ${name(i)}, relation: peers_with, to: ${next(3)}, rate: 10/minute }`);
  }
  for (let i = 0; i < users * 5; i++)
    lines.push(`  - ${name(i % users)} delegates_to ${name(users + ((i * 11 + 5) % agents))}`);
  return `${[...new Set(lines)].join('\n')}\n`;
};

/** Best of several runs, in milliseconds: what a busy machine disturbs least. */
const timed = (runs: number, work: () => unknown): number => {
  work();
  const times = Array.from({ length: runs }, () => {
    const start = performance.now();
    work();
    return performance.now() - start;
  });
  return Math.min(...times);
};

const sound = (text: string, types: readonly TypeInfo[]): Graph => {
  const { graph, problems } = parseGraph(text, { types });
  if (!graph) throw new Error(`the bench graph is not sound: ${problems[0]?.message}`);
  return graph;
};

const measure = (nodes: number, runs: number, types: readonly TypeInfo[]): Record<string, number> => {
  const text = largeGraph(nodes);
  const [before, after] = [sound(text, types), sound(largeGraph(nodes, 1), types)];
  const canonical = canonicalGraph(before);
  const edges = before.edges;
  return {
    'graph validate': timed(runs, () => parseGraph(text, { types })),
    'graph plan': timed(runs, () => plan(before, after)),
    'graph canonical text': timed(runs, () => canonicalGraph(before)),
    'graph read revision': timed(runs, () => parseCanonical(canonical)),
    'graph decide, each edge': timed(runs, () =>
      edges.map(({ from, to }) => edgeDecision(before, { from, type: 'task.request', to }, types)),
    ),
  };
};

/** Milliseconds at so many nodes and five times as many edges, against what linear growth makes of the size before. */
export const run = (types: readonly TypeInfo[] = TYPES, runs = 5, sizes = [100, 1_000, 5_000]): Measure[] => {
  const all = sizes.map((nodes) => ({ nodes, took: measure(nodes, runs, types) }));
  return all.slice(1).flatMap(({ nodes, took }, n) => {
    const before = all[n]!;
    return Object.entries(took).map(([what, ours]) => {
      const theirs = (nodes / before.nodes) * before.took[what]!;
      return compared(`${what}, ${nodes} nodes`, ours, theirs, 'ms', atMost(2));
    });
  });
};

export const quick = () => run(TYPES, 3, [100, 1_000]);
