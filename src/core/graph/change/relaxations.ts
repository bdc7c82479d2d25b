/** Changes after which less stands between an agent and what it may do: a reader of a plan must not overlook them. */
import type { AgentNode, ApprovalPolicy } from '../model.ts';
import type { Plan } from './plan.ts';

export type Loosening = { node: string; what: string };

const DONE: Readonly<Record<string, string>> = {
  'source.publish': 'publishes',
  'command.run': 'runs commands',
};

const rules = (old: AgentNode, now: AgentNode): string[] =>
  [...old.policy.approval].flatMap(([operation, before]) => {
    const after = now.policy.approval.get(operation);
    return after ? rule(operation, before, after) : [`${DONE[operation] ?? operation} without approval`];
  });

const rule = (operation: string, before: ApprovalPolicy, after: ApprovalPolicy): string[] => [
  ...(after.quorum < before.quorum
    ? [`needs ${after.quorum} instead of ${before.quorum} for ${operation}`]
    : []),
  ...(before.four_eyes && !after.four_eyes
    ? [`lets who launched it approve ${operation} (no four_eyes)`]
    : []),
];

const isolation = ({ policy: old }: AgentNode, { policy: now }: AgentNode): string[] => [
  ...(old.sandbox === 'bwrap' && now.sandbox === 'none' ? ['is no longer isolated (sandbox: none)'] : []),
  ...(!old.network && now.network ? ['reaches the network'] : []),
  ...(old.require && !now.require ? ['may run where its policy is not enforced'] : []),
];

export const relaxations = ({ before, after }: Plan): Loosening[] =>
  [...after.nodes].flatMap(([node, now]) => {
    const old = before?.nodes.get(node);
    if (now.kind !== 'agent' || old?.kind !== 'agent') return [];
    return [...rules(old, now), ...isolation(old, now)].map((what) => ({ node, what }));
  });
