/** Which agents commit and push as which git principal, and what is withheld from their runners. */
import type { PrincipalFacts } from '../source/principal.ts';
import { parseRemote } from '../source/remote.ts';
import { PRINCIPAL_GAPS, type PrincipalGap, type PublishGate } from '../vocabulary.ts';
import { type AgentNode, type Graph, namesText, order } from './model.ts';

type Works = Pick<AgentNode, 'workspace'>;
export const principalOf = ({ workspace }: Works): string | null => workspace?.principal ?? null;

/** By principal, the agents that name it. */
export const namedPrincipals = (graph: Graph | null): [principal: string, nodes: string[]][] => {
  const found = new Map<string, string[]>();
  for (const [name, node] of graph?.nodes ?? []) {
    const principal = node.kind === 'agent' ? principalOf(node) : null;
    if (principal !== null) found.set(principal, [...(found.get(principal) ?? []), name]);
  }
  return [...found].sort(([one], [two]) => order(one, two));
};

/** Whether what pushes to that remote is withheld: of a remote that is reached otherwise nothing is. */
export const isWithheld = ({ push, https }: PrincipalFacts, repository: string): boolean => {
  const { scheme, host } = parseRemote(repository);
  return push?.scheme === scheme && (scheme === 'ssh' || host === https?.host);
};

export type SetPrincipal = { readonly name: string; readonly facts: PrincipalFacts };

/** What holds back what this agent would publish. */
export const publishGate = (node: Works, there: readonly SetPrincipal[]): PublishGate => {
  const principal = there.find(({ name }) => name === principalOf(node));
  return node.workspace && principal && isWithheld(principal.facts, node.workspace.repository)
    ? 'enforced'
    : 'promised';
};

/** Who holds a publication back, where its people can see it. */
export const GATE_WORDS: Readonly<Record<PublishGate, string>> = {
  enforced: 'enforced: the Host withholds what pushes until it is approved',
  promised: 'promised: its runner, which can push, holds it back until it is approved',
};

const gapOf = (node: AgentNode, principal: SetPrincipal | undefined): PrincipalGap | null => {
  if (!principal) return 'unset';
  if (!node.workspace || principal.facts.push === undefined) return null;
  if (!isWithheld(principal.facts, node.workspace.repository)) return 'other_remote';
  return node.policy.approval.has('source.publish') ? null : 'unapproved';
};

export type FoundGap = { principal: string; gap: PrincipalGap; nodes: string[] };
/** What is amiss between the principals that agents name and those that there are. */
export const principalGaps = (graph: Graph | null, there: readonly SetPrincipal[]): FoundGap[] =>
  namedPrincipals(graph).flatMap(([principal, names]) =>
    PRINCIPAL_GAPS.flatMap((gap) => {
      const set = there.find(({ name }) => name === principal);
      const nodes = names.filter((name) => {
        const node = graph?.nodes.get(name);
        return node?.kind === 'agent' && gapOf(node, set) === gap;
      });
      return nodes.length === 0 ? [] : [{ principal, gap, nodes }];
    }),
  );

const GAPS: Readonly<Record<PrincipalGap, (principal: string, nodes: string) => string>> = {
  unset: (principal, nodes) =>
    `the Host has no git principal ${principal}: turns of ${nodes} fail until it is set with \`entangle host principal set ${principal}\``,
  unapproved: (principal, nodes) =>
    `git principal ${principal} withholds what pushes until people approve, and nobody approves source.publish of ${nodes}: nothing of it is published`,
  other_remote: (principal, nodes) =>
    `what git principal ${principal} withholds is for other remotes than those of ${nodes}: their runner pushes with what reads`,
};
export const gapText = ({ principal, gap, nodes }: FoundGap): string =>
  GAPS[gap](principal, namesText(nodes));
