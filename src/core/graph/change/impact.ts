/** What applying a plan does to what runs now. Pure: the Host says what runs, the plan says what changes. */
import { canonicalize } from '../../encoding/canonical.ts';
import { termsOf } from '../approvals.ts';
import { type Edge, edgeText, type TypeInfo, workEdge } from '../edges.ts';
import { type Graph, order } from '../model.ts';
import { type FoundGap, principalGaps } from '../named-principals.ts';
import { type MissingSecret, missingSecrets } from '../named-secrets.ts';
import { type AssignmentEffect, assignmentEffects } from './placement.ts';
import type { GraphChange, Plan } from './plan.ts';
import { type Loosening, relaxations } from './relaxations.ts';
import type { RunState } from './run-state.ts';

/** `fails`: nothing carries its task any more; `restarts`: as another attempt; `waits`: until its node runs again. */
export type SessionEffect = {
  session: string;
  node: string;
  effect: 'fails' | 'restarts' | 'waits';
  because: string;
};
export type Impact = {
  assignments: AssignmentEffect[];
  sessions: SessionEffect[];
  /** Approvals for these operations are void; `pending`: those that somebody is being asked now. */
  approvals: { node: string; operation: string; because: string; pending: string[] }[];
  /** What is less safe afterwards. */
  loosened: Loosening[];
  /** What nodes name and nobody has set: their turns fail without it. */
  missing: MissingSecret[];
  principals: FoundGap[];
};

type Loss = { edge: Edge; how: 'removed' | 'disabled' | 'narrowed' };
const losses = (changes: readonly GraphChange[]): Loss[] =>
  changes.flatMap((change): Loss[] => {
    if (change.what !== 'edge' || change.op === 'add') return [];
    if (change.op === 'remove') return [{ edge: change.old, how: 'removed' }];
    return [{ edge: change.new, how: change.new.disabled ? 'disabled' : 'narrowed' }];
  });

const sessionEffects = (
  { before, after, changes }: Plan,
  state: RunState,
  moves: readonly AssignmentEffect[],
  types: readonly TypeInfo[],
): SessionEffect[] => {
  const pair = (one: string, two: string): string => [one, two].sort().join(' ');
  const lost = new Map(losses(changes).map((loss) => [pair(loss.edge.from, loss.edge.to), loss]));
  const moved = new Map(moves.map((one) => [one.node, one]));
  const carries = (graph: Graph | null, from: string, to: string): boolean =>
    graph !== null && workEdge(graph, { from, to }, types) !== null;
  return state.sessions.flatMap(({ id, node, requester, held }): SessionEffect[] => {
    if (carries(before, requester, node) && !carries(after, requester, node)) {
      const loss = lost.get(pair(node, requester));
      const because = loss
        ? `\`${edgeText(loss.edge)}\` is ${loss.how}`
        : 'nothing carries its task any more';
      return [{ session: id, node, effect: 'fails', because }];
    }
    // What nobody runs goes on as it did, or is over where it was asked for.
    if (!held) return [];
    const move = moved.get(node);
    if (move?.effect === 'restart' || move?.effect === 'move')
      return [{ session: id, node, effect: 'restarts', because: move.because }];
    return move ? [{ session: id, node, effect: 'waits', because: move.because }] : [];
  });
};

/** Operations whose approvals die: their policy, an approver or an `approves` edge changed, or their node starts anew. */
const approvalEffects = (
  { before, after, changes }: Plan,
  state: RunState,
  moves: readonly AssignmentEffect[],
): Impact['approvals'] => {
  if (!before || changes.length === 0) return [];
  const pendingOf = pendingByRule(state);
  const anew = new Map(moves.map((one) => [one.node, one.because]));
  return [...before.nodes].flatMap(([node, old]) => {
    if (old.kind !== 'agent') return [];
    return [...old.policy.approval.keys()].flatMap((operation): Impact['approvals'] => {
      const pending = pendingOf.get(`${node} ${operation}`) ?? [];
      const terms = canonicalize(termsOf(before, node, operation));
      if (terms !== canonicalize(termsOf(after, node, operation))) {
        const rule = ruleText(before, node, operation) !== ruleText(after, node, operation);
        return [
          { node, operation, because: rule ? 'policy changed' : 'approvers or edges changed', pending },
        ];
      }
      const because = anew.get(node);
      return because !== undefined && pending.length > 0 ? [{ node, operation, because, pending }] : [];
    });
  });
};

/** By the node and the operation. */
const pendingByRule = ({ sessions, approvals }: RunState): Map<string, string[]> => {
  const nodes = new Map(sessions.map(({ id, node }) => [id, node]));
  const found = new Map<string, string[]>();
  for (const { id, session, operation } of approvals) {
    const rule = `${nodes.get(session)} ${operation}`;
    found.set(rule, [...(found.get(rule) ?? []), id]);
  }
  return found;
};

const ruleText = (graph: Graph, node: string, operation: string): string => {
  const agent = graph.nodes.get(node);
  const policy = agent?.kind === 'agent' ? agent.policy.approval.get(operation) : undefined;
  return canonicalize(policy ?? null);
};

/** What the plan starts, moves, stops, cuts off, voids and loosens. */
export const impactOf = (plan: Plan, state: RunState, types: readonly TypeInfo[]): Impact => {
  const assignments = assignmentEffects(plan, state).sort((one, two) => order(one.node, two.node));
  const ending = assignments.filter(({ effect }) => effect !== 'start' && effect !== 'wait');
  return {
    assignments,
    sessions: sessionEffects(plan, state, ending, types),
    approvals: approvalEffects(plan, state, ending),
    loosened: relaxations(plan),
    missing: missingSecrets(plan.after, state.secrets),
    principals: principalGaps(plan.after, state.principals),
  };
};
