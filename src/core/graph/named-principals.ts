/** Which agents commit and push as which git principal. */
import { type AgentNode, type Graph, order } from './model.ts';

export const principalOf = ({ workspace }: Pick<AgentNode, 'workspace'>): string | null =>
  workspace?.principal ?? null;

/** By principal, the agents that name it. */
export const namedPrincipals = (graph: Graph | null): [principal: string, nodes: string[]][] => {
  const found = new Map<string, string[]>();
  for (const [name, node] of graph?.nodes ?? []) {
    const principal = node.kind === 'agent' ? principalOf(node) : null;
    if (principal !== null) found.set(principal, [...(found.get(principal) ?? []), name]);
  }
  return [...found].sort(([one], [two]) => order(one, two));
};
