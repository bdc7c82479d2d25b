/** What routes were made of when they were said last: whose may be others now, and of whom none need be composed. */

import { nodeText } from '../../core/graph/common-parts.ts';
import { neighbourhood } from '../../core/graph/edges.ts';
import type { Graph, GraphNode } from '../../core/graph/model.ts';
import type { Standing } from '../../core/graph/standing.ts';
import type { RunningAssignment } from '../../core/projection/queries.ts';

/** What routes are made of, besides how neighbours stand to each other: of a node what it runs under and what its file says. */
export type RoutesPart = Pick<RunningAssignment, 'id' | 'pubkey'> & { readonly node: GraphNode };
/** What all of them were made of. */
export type RoutesMadeOf = {
  readonly ofAll: string;
  readonly parts: ReadonlyMap<string, RoutesPart>;
  readonly pairs: Standing;
};
export const NO_ROUTES_MADE: RoutesMadeOf = { ofAll: '', parts: new Map(), pairs: new Map() };

const isSamePart = (one: RoutesPart | undefined, other: RoutesPart): boolean =>
  one !== undefined &&
  one.id === other.id &&
  one.pubkey === other.pubkey &&
  (one.node === other.node || nodeText(one.node) === nodeText(other.node));

/** Nodes whose routes may be others now than when they were made of that: nobody else's need be composed. */
export const concerned = (graph: Graph, now: RoutesMadeOf, before: RoutesMadeOf): ReadonlySet<string> => {
  if (now.ofAll !== before.ofAll) return new Set(graph.nodes.keys());
  const found = new Set<string>();
  for (const [name, part] of now.parts) {
    if (isSamePart(before.parts.get(name), part)) continue;
    found.add(name);
    for (const { from, to } of neighbourhood(graph, name)) found.add(from).add(to);
  }
  for (const pair of movedPairs(now.pairs, before.pairs)) for (const end of pair.split(' ')) found.add(end);
  return found;
};

const movedPairs = (now: RoutesMadeOf['pairs'], before: RoutesMadeOf['pairs']): string[] => {
  if (now === before) return [];
  const over = [...before.keys()].filter((pair) => !now.has(pair));
  const moved = [...now].flatMap(([pair, { since }]) => (before.get(pair)?.since === since ? [] : [pair]));
  return [...over, ...moved];
};
