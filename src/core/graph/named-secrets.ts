/** Which secrets the turns of an agent get. */
import { type AgentNode, type Graph, order, sortedSet } from './model.ts';

const FROM_SECRET = 'secret:';
/** The one that its engine logs in with, or null. */
export const engineSecret = ({ engine }: Pick<AgentNode, 'engine'>): string | null =>
  engine.auth.startsWith(FROM_SECRET) ? engine.auth.slice(FROM_SECRET.length) : null;

export const secretsOfNode = (node: Pick<AgentNode, 'engine' | 'secrets'>): string[] => {
  const own = engineSecret(node);
  return sortedSet(own === null ? node.secrets : [own, ...node.secrets]);
};

/** By secret, the agents that name it. */
export const namedSecrets = (graph: Graph | null): [secret: string, nodes: string[]][] => {
  const found = new Map<string, string[]>();
  for (const [name, node] of graph?.nodes ?? [])
    if (node.kind === 'agent')
      for (const secret of secretsOfNode(node)) found.set(secret, [...(found.get(secret) ?? []), name]);
  return [...found].sort(([one], [two]) => order(one, two));
};
