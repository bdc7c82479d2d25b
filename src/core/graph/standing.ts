/** Since which revision neighbours stand to each other as they do: what their messages are judged by (docs/design.md §5). */
import { canonicalize } from '../encoding/canonical.ts';
import { policyDigest, type Sha256Hex, termsOf } from './approvals.ts';
import { limitedText } from './common-parts.ts';
import { type Edge, edgesBetween, pairKey } from './edges.ts';
import type { AgentNode, Graph } from './model.ts';

type Stands = { readonly parts: readonly unknown[]; readonly terms: string; readonly since: number };
/** By pair of nodes between which there are edges. */
export type Standing = ReadonlyMap<string, Stands>;

/** What a person approves of an agent, and under which terms: their word counts for these and no others. */
const approved = (graph: Graph, { from, to }: Edge, sha256: Sha256Hex): [string, string][] => {
  const { policy } = graph.nodes.get(to) as AgentNode;
  return [...policy.approval]
    .filter(([, { by }]) => by.includes(from))
    .map(([operation]) => [operation, policyDigest(termsOf(graph, to, operation)!, sha256)]);
};

/** Of one graph. */
export type Standings = { readonly graph: Graph | null; readonly pairs: Standing };

/** The same from both sides, so that both are told when it changes. Keys are not of it: another key is another signer. */
const termsBetween = (graph: Graph, edges: readonly Edge[], sha256: Sha256Hex): string => {
  const texts = edges.map((edge) => {
    const isOfAgent = edge.relation === 'approves' && graph.nodes.get(edge.to)?.kind === 'agent';
    return isOfAgent
      ? `[${limitedText(edge)},${canonicalize(approved(graph, edge, sha256))}]`
      : `[${limitedText(edge)}]`;
  });
  return `[${texts.join()}]`;
};

/** All that the terms are made of: while each of them is the very one that it was, so are the terms. */
const partsBetween = (graph: Graph, edges: readonly Edge[]): unknown[] =>
  edges.flatMap((edge): unknown[] => {
    const agent = edge.relation === 'approves' ? graph.nodes.get(edge.to) : undefined;
    if (agent?.kind !== 'agent') return [edge];
    const approvers = [...agent.policy.approval.values()].flatMap(({ by }) => by);
    return [
      edge,
      agent,
      ...approvers.flatMap((name) => [graph.nodes.get(name), approving(graph, name, edge.to)]),
    ];
  });
const approving = (graph: Graph, approver: string, agent: string): Edge | undefined =>
  edgesBetween(graph, approver, agent).find(({ relation }) => relation === 'approves');

const isAsItWas = (was: Stands, parts: readonly unknown[]): boolean =>
  was.parts.length === parts.length && parts.every((part, i) => part === was.parts[i]);

/** At revision `n`: what is as it was `before` stands since then, and everything else since now. */
export const standingAt = (graph: Graph, n: number, before: Standing, sha256: Sha256Hex): Standing =>
  new Map(
    [...graph.index.pairs].map(([pair, edges]) => {
      const was = before.get(pair);
      const parts = partsBetween(graph, edges);
      if (was && isAsItWas(was, parts)) return [pair, was];
      const terms = termsBetween(graph, edges, sha256);
      return [pair, { parts, terms, since: was?.terms === terms ? was.since : n }];
    }),
  );

/** Since which revision these neighbours stand as they do. */
export const sinceOf = (standing: Standing, one: string, two: string): number =>
  standing.get(pairKey(one, two))!.since;
