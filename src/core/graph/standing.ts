/** Since which revision neighbours stand to each other as they do: what their messages are judged by (docs/design.md §5). */
import { canonicalize } from '../encoding/canonical.ts';
import { policyDigest, type Sha256Hex, termsOf } from './approvals.ts';
import { type Edge, pairKey } from './edges.ts';
import type { AgentNode, Graph } from './model.ts';

type Stands = { readonly terms: string; readonly since: number };
/** By pair of nodes between which there are edges. */
export type Standing = ReadonlyMap<string, Stands>;

/** What a person approves of an agent, and under which terms: their word counts for these and no others. */
const approved = (graph: Graph, { from, to }: Edge, sha256: Sha256Hex): [string, string][] => {
  const { policy } = graph.nodes.get(to) as AgentNode;
  return [...policy.approval]
    .filter(([, { by }]) => by.includes(from))
    .map(([operation]) => [operation, policyDigest(termsOf(graph, to, operation)!, sha256)]);
};

/** Of one graph, with each node as its file has it. */
export type Standings = {
  readonly graph: Graph | null;
  readonly pairs: Standing;
  readonly nodes: ReadonlyMap<string, string>;
};

/** The same from both sides, so that both are told when it changes. Keys are not of it: another key is another signer. */
const termsBetween = (graph: Graph, edges: readonly Edge[], sha256: Sha256Hex): string =>
  canonicalize(
    edges.map((edge) => {
      const isOfAgent = edge.relation === 'approves' && graph.nodes.get(edge.to)?.kind === 'agent';
      return isOfAgent ? [edge, approved(graph, edge, sha256)] : [edge];
    }),
  );

/** At revision `n`: what is as it was `before` stands since then, and everything else since now. */
export const standingAt = (graph: Graph, n: number, before: Standing, sha256: Sha256Hex): Standing =>
  new Map(
    [...graph.index.pairs].map(([pair, edges]) => {
      const terms = termsBetween(graph, edges, sha256);
      const was = before.get(pair);
      return [pair, was?.terms === terms ? was : { terms, since: n }];
    }),
  );

/** Since which revision these neighbours stand as they do. */
export const sinceOf = (standing: Standing, one: string, two: string): number =>
  standing.get(pairKey(one, two))!.since;
