/** Where the nodes of a plan will run: what the Host's placing does with it, foretold. */
import { canonicalize } from '../../encoding/canonical.ts';
import { nodeFile } from '../common-parts.ts';
import { type Candidate, choose, mismatch, probeRemedy, sandboxRemedy, whyNowhere } from '../fit.ts';
import { memoryNeed } from '../memory.ts';
import type { AgentNode, Graph, GraphNode } from '../model.ts';
import type { GraphChange, Plan } from './plan.ts';
import type { RunState } from './run-state.ts';

/** `restart`: same place, begun anew; `wait`: not running, and nowhere to run yet; `runner` is where it runs afterwards. */
export type AssignmentEffect = {
  effect: 'start' | 'restart' | 'move' | 'stop' | 'wait';
  node: string;
  /** Where it runs now. */
  from: string | null;
  runner: string | null;
  because: string;
  /** What would give it a place. */
  hint?: string;
};
/** An agent of the graph that no runner has. */
export type Unplaced = { node: string; because: string; hint?: string };
type NodeChange = Extract<GraphChange, { what: 'node' }>;

/** The parts of an agent that its running assignment was started with. */
const PARTS = ['engine', 'workspace', 'secrets', 'policy', 'placement'] as const;

const reasonOf = (change: NodeChange): string => {
  if (change.op === 'add') return 'it is new';
  if (change.op === 'remove') return 'it is removed';
  if (change.new.kind !== 'agent') return 'it is no longer an agent';
  if (change.old.kind !== 'agent') return 'it is an agent now';
  const [old, now] = [nodeFile(change.old), nodeFile(change.new)];
  const differs = (part: string) => canonicalize(old[part] ?? null) !== canonicalize(now[part] ?? null);
  return `its ${PARTS.filter(differs).join(', ')} changed`;
};

/** Placed in the order of names, as the Host does, so that what one takes counts for the next. */
export const assignmentEffects = (plan: Plan, state: RunState): AssignmentEffect[] => {
  const running = new Map(state.assignments.map(({ node, runner }) => [node, runner]));
  const load = new Map(state.runners.map(({ name, load }) => [name, load]));
  const taken = new Map(state.runners.map(({ name, taken = 0 }) => [name, taken]));
  const take = (runner: string, by: 1 | -1, node: GraphNode | undefined) => {
    load.set(runner, (load.get(runner) ?? 0) + by);
    const need = node?.kind === 'agent' ? memoryNeed(node.engine) : 0;
    taken.set(runner, (taken.get(runner) ?? 0) + by * need);
  };
  const changes = plan.changes.filter((change): change is NodeChange => change.what === 'node');
  for (const change of changes) {
    const old = change.op === 'add' ? undefined : change.old;
    if (running.has(change.name)) take(running.get(change.name)!, -1, old);
  }
  return changes.flatMap((change): AssignmentEffect[] => {
    const [node, from, because] = [change.name, running.get(change.name) ?? null, reasonOf(change)];
    const agent = change.op === 'remove' ? undefined : plan.after.nodes.get(node);
    if (agent?.kind !== 'agent')
      return from === null ? [] : [{ effect: 'stop', node, from, runner: null, because }];
    const among = state.runners.map((one) => ({
      ...one,
      ...{ load: load.get(one.name) ?? 0, taken: taken.get(one.name) ?? 0 },
    }));
    if (state.revoked.includes(node)) {
      const { because: hand, hint } = takenOff(node);
      return [
        {
          effect: from === null ? 'wait' : 'stop',
          node,
          from,
          runner: null,
          because: `${because}, and ${hand}`,
          hint,
        },
      ];
    }
    const chosen = choose(agent, among, from);
    if (!chosen) return [nowhere(agent, node, from, because, among)];
    take(chosen.name, 1, agent);
    const effect = from === null ? 'start' : from === chosen.name ? 'restart' : 'move';
    const why = effect === 'move' ? moved(agent, from!, among, because) : because;
    return [{ effect, node, from, runner: chosen.name, because: why }];
  });
};

const nowhere = (
  agent: AgentNode,
  node: string,
  from: string | null,
  because: string,
  among: readonly Candidate[],
): AssignmentEffect => ({
  effect: from === null ? 'wait' : 'stop',
  node,
  from,
  runner: null,
  because: `${because}, and ${whyNowhere(agent, among)}`,
  ...hintFor(agent, among),
});

const hintFor = (agent: AgentNode, among: readonly Candidate[]): { hint?: string } => {
  const hint = sandboxRemedy(agent, among) ?? probeRemedy(agent, among);
  return hint === null ? {} : { hint };
};

const takenOff = (node: string): Required<Unplaced> => ({
  node,
  because: 'an operator took it off its runner',
  hint: `run \`entangle host assignment move ${node}\` to bring it back`,
});

/** Of such a node, in a sentence. */
export const takenOffText = (node: string): string =>
  `${node} runs nowhere: an operator took it off; bring it back: \`entangle host assignment move ${node}\``;

/** The agents that are nowhere, each with the reason. */
export const unplacedNodes = (graph: Graph, { assignments, runners, revoked }: RunState): Unplaced[] => {
  const placed = new Set(assignments.map(({ node }) => node));
  return [...graph.nodes].flatMap(([node, agent]) => {
    if (agent.kind !== 'agent' || placed.has(node)) return [];
    if (revoked.includes(node)) return [takenOff(node)];
    const chosen = choose(agent, runners, null);
    const because = chosen ? `${chosen.name} fits, and does not have it yet` : whyNowhere(agent, runners);
    return [{ node, because, ...(chosen ? {} : hintFor(agent, runners)) }];
  });
};

const moved = (agent: AgentNode, from: string, among: readonly Candidate[], because: string): string => {
  const old = among.find((one) => one.name === from);
  const why = old ? (mismatch(agent, old) ?? 'it is not live') : 'it is no longer trusted';
  return `${because}; ${from}: ${why}`;
};
