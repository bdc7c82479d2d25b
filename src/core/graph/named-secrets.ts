/** Which secrets the turns of an agent get. */
import { type AgentNode, type Graph, namesText, order, sortedSet } from './model.ts';

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

export type MissingSecret = { secret: string; nodes: string[] };
/** Those that agents name and that are not among the ones there are. */
export const missingSecrets = (graph: Graph | null, there: readonly string[]): MissingSecret[] => {
  const known = new Set(there);
  return namedSecrets(graph).flatMap(([secret, nodes]) => (known.has(secret) ? [] : [{ secret, nodes }]));
};
/** A secret whose present value these runners have, whom nobody trusts now. */
export type ExposedSecret = { secret: string; runners: string[] };
export const exposedText = ({ secret, runners }: ExposedSecret): string =>
  `secret ${secret} is exposed: ${namesText(runners)} had its value, and nobody trusts ${runners.length === 1 ? 'it' : 'them'} now; replace it where it was issued, then with \`entangle host secret set ${secret}\``;

/** In words, for whoever can set it. */
export const missingText = ({ secret, nodes }: MissingSecret): string =>
  `the Host has no secret ${secret}: turns of ${namesText(nodes)} fail until it is set with \`entangle host secret set ${secret}\``;
