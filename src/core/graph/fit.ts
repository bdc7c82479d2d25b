/** Which runner carries an agent node: one answer for the Host that places it and for the plan that foretells it. */
import type { ProbeRecord } from '../acp/probe-record.ts';
import type { EngineType, SandboxKind } from '../vocabulary.ts';
import { ENGINES } from './engines.ts';
import { memoryLack, memoryNeed } from './memory.ts';
import { type AgentNode, order } from './model.ts';
import { probeCommand, unproven } from './tried.ts';

/** What a runner says of itself in its hello. */
export type RunnerOffer = {
  readonly name: string;
  readonly engines: readonly EngineType[];
  readonly labels: Readonly<Record<string, string>>;
  readonly sandbox: readonly SandboxKind[];
  /** What it saw of agents that are still as they were tried. */
  readonly probes: readonly ProbeRecord[];
  /** In MiB; left out where it does not know. */
  readonly memory?: number;
  /** It leaves its federation. */
  readonly leaving?: true;
};
/** A trusted runner: whether it is heard now, and how many nodes it has. */
export type Candidate = RunnerOffer & {
  readonly live: boolean;
  readonly load: number;
  /** Memory that the agents of its nodes take together, in MiB. */
  readonly taken?: number;
};

/** Why the runner cannot carry the node, or null. */
export const mismatch = (node: AgentNode, runner: RunnerOffer): string | null => {
  const { engine, placement, policy } = node;
  if (runner.leaving) return 'it leaves this federation';
  if (placement.runner !== undefined && placement.runner !== runner.name)
    return `the graph places it on ${placement.runner}`;
  const unfit = ENGINES[engine.type].fit(runner);
  if (unfit !== null) return unfit;
  if (!runner.sandbox.includes(policy.sandbox)) return `it offers no sandbox "${policy.sandbox}"`;
  for (const [key, value] of placement.labels)
    if (!Object.hasOwn(runner.labels, key)) return `label ${key} is not set, not ${value}`;
    else if (runner.labels[key] !== value) return `label ${key} is ${runner.labels[key]}, not ${value}`;
  return memoryLack(engine, runner) ?? unproven(node, runner.probes);
};

/** Where the node ran last, if that is heard and fits; else one with memory for all its agents at once, and of those the one with the fewest nodes. */
export const choose = <C extends Candidate>(
  node: AgentNode,
  among: readonly C[],
  last: string | null,
): C | null => {
  const need = memoryNeed(node.engine);
  const isFull = ({ memory, taken = 0 }: C): boolean =>
    need > 0 && memory !== undefined && taken + need > memory;
  // No runner has so many nodes
  const rank = (one: C): number => (one.name === last ? -1 : one.load + (isFull(one) ? FULL : 0));
  const fitting = among.filter((one) => one.live && mismatch(node, one) === null);
  return fitting.sort((a, b) => rank(a) - rank(b) || order(a.name, b.name))[0] ?? null;
};

const FULL = 1e9;

/** Why `choose` found none. `besides`: the runner that is not among them, where there is one. */
export const whyNowhere = (
  node: AgentNode,
  among: readonly Candidate[],
  besides: string | null = null,
): string => {
  if (among.length === 0) return besides === null ? 'no runner is trusted' : 'no other runner is trusted';
  const reasons = among.map((one) => `${one.name}: ${mismatch(node, one) ?? 'it is not live'}`);
  return `no runner fits (${reasons.slice(0, 3).join('; ')}${reasons.length > 3 ? '; …' : ''})`;
};

/** What whoever edits the graph or runs a machine can do where nothing but the sandbox is in the way; null where more is. */
export const sandboxRemedy = (node: AgentNode, among: readonly RunnerOffer[]): string | null => {
  const wanted = node.policy.sandbox;
  const near = among.find(
    (one) => !one.sandbox.includes(wanted) && mismatch(node, { ...one, sandbox: [wanted] }) === null,
  );
  const offered = near?.sandbox[0];
  if (offered === undefined) return null;
  const cost = offered === 'none' ? ' (then nothing isolates its engine)' : '';
  return `set \`policy: { sandbox: ${offered} }\` for the node in the graph${cost}, or have a runner that offers ${wanted}: \`entangle runner init --sandbox ${wanted}\``;
};

/** What whoever runs a machine can do where nothing is in the way but that its agent was not tried there; null where more is. */
export const probeRemedy = (node: AgentNode, among: readonly RunnerOffer[]): string | null => {
  const near = among.find((one) => {
    const missing = unproven(node, one.probes);
    return missing !== null && mismatch(node, one) === missing;
  });
  const command = near && probeCommand(node);
  return command ? `run \`${command}\` on the machine of ${near.name}` : null;
};
