/** What a graph makes the Host send: a node that fits no message is refused before the graph is applied. */

import type { GraphSource } from '../../core/graph/file/parse.ts';
import type { Problem } from '../../core/graph/file/report.ts';
import { type AgentNode, type Graph, order } from '../../core/graph/model.ts';
import { nodeFile } from '../../core/graph/revision.ts';
import { routesOf } from '../../core/graph/routes.ts';
import { MAX_BODY_BYTES, wireBytes } from '../../core/protocol/size.ts';
import { MAX_SPEC } from '../../core/vocabulary.ts';

const ZERO = '0'.repeat(64);
const COUNT = 2 ** 48;

/** Bytes that a `routes` body takes within its rumor. Keys of running nodes are counted in. */
export const routesBytes = (graph: Graph, name: string): number => {
  const routes = routesOf(graph, name, () => ZERO);
  if (!routes) return 0;
  const peers = routes.peers.map((peer) => ({ ...peer, pubkey: ZERO, relays: [] }));
  const head = { n: COUNT, revision: COUNT, digest: ZERO };
  return wireBytes({ ...head, ...routes, self: { ...routes.self, pubkey: ZERO }, peers });
};

const routesProblem = (graph: Graph, node: string): string | null => {
  const bytes = routesBytes(graph, node);
  if (bytes <= MAX_BODY_BYTES) return null;
  const edges = graph.index.touching.get(node) ?? [];
  const peers = new Set(edges.flatMap(({ from, to }) => [from, to])).size - 1;
  return `\`${node}\` has ${peers} neighbours: its routes would take ${bytes} bytes, and a message holds ${MAX_BODY_BYTES}`;
};

/** The node as it is offered to a runner, and bytes for what an offer says besides. */
const AROUND_SPEC = 700;
const offerProblem = (node: string, agent: AgentNode): string | null => {
  const spec = JSON.stringify(nodeFile(agent));
  const bytes = wireBytes(spec) + AROUND_SPEC;
  if (bytes <= MAX_BODY_BYTES && spec.length <= MAX_SPEC) return null;
  return `\`${node}\` is too large to be offered to a runner: ${spec.length} characters, at most ${MAX_SPEC}`;
};

export type TooLarge = { node: string; message: string };

/** Nodes that do not fit, in order of name. */
export const tooLargeNodes = (graph: Graph): TooLarge[] =>
  [...graph.nodes]
    .sort(([a], [b]) => order(a, b))
    .flatMap(([node, one]) => {
      const message = routesProblem(graph, node) ?? (one.kind === 'agent' ? offerProblem(node, one) : null);
      return message === null ? [] : [{ node, message }];
    });

/** The same as problems of a file. */
export const sizeProblems = (graph: Graph, source: GraphSource): Problem[] =>
  tooLargeNodes(graph).map(({ node, message }) => ({
    severity: 'error',
    code: 'out_of_bounds',
    path: `nodes.${node}`,
    ...source.at(`nodes.${node}`),
    message,
  }));
