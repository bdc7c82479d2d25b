/** How large a participant's routes become: a neighbourhood that fits no message is refused before it is applied. */
import { type Graph, order } from '../../core/graph/model.ts';
import type { GraphSource } from '../../core/graph/parse.ts';
import type { Problem } from '../../core/graph/report.ts';
import { routesOf } from '../../core/graph/routes.ts';
import { MAX_BODY_BYTES, wireBytes } from '../../core/protocol/size.ts';

const ZERO = '0'.repeat(64);

/** Bytes that a `routes` body takes within its rumor. Keys of running nodes are counted in. */
export const routesBytes = (graph: Graph, name: string): number => {
  const routes = routesOf(graph, name, () => ZERO);
  if (!routes) return 0;
  const peers = routes.peers.map((peer) => ({ ...peer, pubkey: ZERO, relays: [] }));
  const body = { ...routes, self: { ...routes.self, pubkey: ZERO }, peers };
  return wireBytes(body);
};

export type TooLarge = { node: string; bytes: number; peers: number };

/** Nodes whose neighbourhood does not fit, in order of name. */
export const tooLargeRoutes = (graph: Graph): TooLarge[] =>
  [...graph.nodes.keys()].sort(order).flatMap((node) => {
    const bytes = routesBytes(graph, node);
    if (bytes <= MAX_BODY_BYTES) return [];
    const edges = graph.index.touching.get(node) ?? [];
    const peers = new Set(edges.flatMap(({ from, to }) => [from, to])).size - 1;
    return [{ node, bytes, peers }];
  });

export const tooLargeWords = ({ node, bytes, peers }: TooLarge): string =>
  `\`${node}\` has ${peers} neighbours: its routes would take ${bytes} bytes, and a message holds ${MAX_BODY_BYTES}`;

/** The same as problems of a file. */
export const sizeProblems = (graph: Graph, source: GraphSource): Problem[] =>
  tooLargeRoutes(graph).map((one) => ({
    severity: 'error',
    code: 'out_of_bounds',
    path: `nodes.${one.node}`,
    ...source.at(`nodes.${one.node}`),
    message: tooLargeWords(one),
  }));
