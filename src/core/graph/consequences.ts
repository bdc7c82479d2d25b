/** What applying a plan does to what runs now. Pure: the Host says what runs, the plan says what changes. */
import { canonicalize } from '../canonical.ts';
import { termsOf } from './approvals.ts';
import { type Edge, edgeText } from './edges.ts';
import { type Graph, order } from './model.ts';
import type { Change, Plan } from './plan.ts';
import { nodeFile } from './revision.ts';

/** What runs now. */
export type RunState = {
  readonly assignments: readonly { readonly node: string; readonly runner: string }[];
  readonly sessions: readonly { readonly id: string; readonly nodes: readonly string[] }[];
};
export type Consequences = {
  /** `move`: the placement no longer names this runner, or asks for other labels, so it is placed anew; `restart`: same place, other work. */
  assignments: {
    effect: 'start' | 'move' | 'restart' | 'stop';
    node: string;
    runner: string | null;
    because: string;
  }[];
  sessions: { session: string; edge: string; because: 'removed' | 'disabled' | 'narrowed' }[];
  /** Open and past approvals for these operations are void. */
  approvals: { node: string; operation: string; because: 'policy' | 'approvers or edges' }[];
};

/** The parts of an agent that its running assignment was started with. */
const PARTS = ['engine', 'workspace', 'secrets', 'policy'] as const;

const effectOf = (change: Extract<Change, { what: 'node'; op: 'change' }>, runner: string) => {
  if (change.new.kind !== 'agent') return { effect: 'stop', because: 'it is no agent any more' } as const;
  if (change.old.kind !== 'agent') return { effect: 'start', because: 'it is an agent now' } as const;
  const placement = change.new.placement;
  if (placement.runner !== undefined && placement.runner !== runner)
    return { effect: 'move', because: `it is placed on ${placement.runner}` } as const;
  const [old, now] = [nodeFile(change.old), nodeFile(change.new)];
  const differs = (part: string) => canonicalize(old[part] ?? null) !== canonicalize(now[part] ?? null);
  if (differs('placement')) return { effect: 'move', because: 'its placement changed' } as const;
  const parts = PARTS.filter(differs);
  return { effect: 'restart', because: `its ${parts.join(', ')} changed` } as const;
};

const assignmentEffects = (plan: Plan, state: RunState): Consequences['assignments'] => {
  const running = new Map<string, string[]>();
  for (const { node, runner } of state.assignments) running.set(node, [...(running.get(node) ?? []), runner]);
  return plan.changes.flatMap((change): Consequences['assignments'] => {
    if (change.what !== 'node') return [];
    const node = change.name;
    const runners = running.get(node) ?? [];
    if (change.op === 'add')
      return change.new.kind === 'agent'
        ? [{ effect: 'start', node, runner: null, because: 'it is new' }]
        : [];
    if (change.op === 'remove')
      return runners.map((runner) => ({ effect: 'stop', node, runner, because: 'it is removed' }));
    if (runners.length === 0 && change.old.kind === 'user' && change.new.kind === 'agent')
      return [{ effect: 'start', node, runner: null, because: 'it is an agent now' }];
    return runners.map((runner) => ({ node, runner, ...effectOf(change, runner) }));
  });
};

type Loss = { edge: Edge; because: 'removed' | 'disabled' | 'narrowed' };
const narrower = (old: Edge, now: Edge): boolean =>
  now.only !== undefined && (old.only ?? [null]).some((type) => type === null || !now.only!.includes(type));

const losses = (changes: readonly Change[]): Loss[] =>
  changes.flatMap((change): Loss[] => {
    if (change.what !== 'edge' || change.op === 'add') return [];
    if (change.op === 'remove') return [{ edge: change.old, because: 'removed' }];
    if (change.new.disabled && !change.old.disabled) return [{ edge: change.new, because: 'disabled' }];
    return narrower(change.old, change.new) ? [{ edge: change.new, because: 'narrowed' }] : [];
  });

const sessionEffects = (plan: Plan, state: RunState): Consequences['sessions'] => {
  const lost = losses(plan.changes);
  return state.sessions.flatMap(({ id, nodes }) => {
    const taking = new Set(nodes);
    return lost
      .filter(({ edge }) => taking.has(edge.from) && taking.has(edge.to))
      .map(({ edge, because }) => ({ session: id, edge: edgeText(edge), because }));
  });
};

const ruleText = (graph: Graph, node: string, operation: string): string => {
  const agent = graph.nodes.get(node);
  const policy = agent?.kind === 'agent' ? agent.policy.approval.get(operation) : undefined;
  return canonicalize(policy ?? null);
};

/** Operations whose approvals die: their policy, an approver, or an `approves` edge changed. */
const approvalEffects = ({ before, after, changes }: Plan): Consequences['approvals'] => {
  if (!before || changes.length === 0) return [];
  return [...before.nodes].flatMap(([node, old]) => {
    if (old.kind !== 'agent') return [];
    return [...old.policy.approval.keys()].flatMap((operation): Consequences['approvals'] => {
      const terms = canonicalize(termsOf(before, node, operation));
      if (terms === canonicalize(termsOf(after, node, operation))) return [];
      const rule = ruleText(before, node, operation) !== ruleText(after, node, operation);
      return [{ node, operation, because: rule ? 'policy' : 'approvers or edges' }];
    });
  });
};

/** What the plan starts, moves, stops, cuts off and voids. */
export const consequences = (plan: Plan, state: RunState): Consequences => ({
  assignments: assignmentEffects(plan, state).sort((one, two) => order(one.node, two.node)),
  sessions: sessionEffects(plan, state),
  approvals: approvalEffects(plan),
});
