/** Whether approvals of commands hold with the agent of a node, by what its runner saw when it tried it. */
import { holdsCommands } from '../acp/probe.ts';
import { agentNamed, agentText, type ProbeRecord } from '../acp/probe-record.ts';
import { outcomeWords, triedAgent } from '../acp/probe-words.ts';
import type { EvidenceLevel, Operation, PublishGate } from '../vocabulary.ts';
import type { Problem } from './file/report.ts';
import { type AgentNode, type Graph, landingBranch } from './model.ts';
import { GATE_WORDS } from './named-principals.ts';

/** The agent asks by itself, and the graph wants that to hold: it runs only where it was seen to. */
export const needsProbe = ({ engine, policy }: AgentNode): boolean =>
  engine.type === 'acp' && policy.require === 'enforced' && policy.approval.has('command.run');

/** In the node's own sandbox: an agent may do in another what it does not do in this. A probe speaks version 1. */
const probeOf = ({ engine, policy }: AgentNode, probes: readonly ProbeRecord[]): ProbeRecord | undefined =>
  engine.type === 'acp' && engine.protocol === undefined
    ? probes.find(({ agent, sandbox }) => agent === agentText(engine) && sandbox === policy.sandbox)
    : undefined;

/** Why the graph does not let the node run where this was seen, or null. */
export const unproven = (node: AgentNode, probes: readonly ProbeRecord[]): string | null => {
  if (!needsProbe(node)) return null;
  const found = probeOf(node, probes);
  if (found === undefined)
    return `its agent, as it is there now, was not tried in sandbox "${node.policy.sandbox}"`;
  return holdsCommands(found.facts) ? null : `its agent was tried there: ${outcomeWords(found)}`;
};

type Tried = { readonly name: string; readonly probes: readonly ProbeRecord[] };
/** Why there is nothing to see of it: a probe speaks with an agent, and that in version 1; null where there may be. */
const untriable = ({ engine }: AgentNode): string | null => {
  if (engine.type !== 'acp')
    return 'of the commands of its engine only those wait that it has its runner run';
  return engine.protocol === undefined ? null : 'version 2 of the protocol cannot be tried';
};

/** What these runners saw of the node's agent. */
export const triedWords = (node: AgentNode, among: readonly Tried[]): string => {
  const lack = untriable(node);
  if (lack !== null) return `not enforced: ${lack}`;
  const seen = among.flatMap(({ name, probes }) => {
    const found = probeOf(node, probes);
    return found === undefined ? [] : [`tried on ${name} (${triedAgent(found)}): ${outcomeWords(found)}`];
  });
  return seen.join('; ') || 'not enforced: no runner has tried it as it is there now';
};

/** What a policy that its node's own agent has to keep comes to where these tried it; null where the runner keeps it. */
export const notEnforced = (node: AgentNode, among: readonly Tried[]): string | null => {
  if (!node.policy.approval.has('command.run')) return null;
  const found = among.flatMap(({ probes }) => probeOf(node, probes) ?? []);
  const isHeld = found.length > 0 && found.every(({ facts }) => holdsCommands(facts));
  return isHeld ? null : triedWords(node, among).replace(/^not enforced: /, '');
};

export type HeldPolicy = { operation: string; holds: boolean; words: string };
/** Of each operation under approval: who keeps it, and whether that was seen. */
export const heldPolicies = (node: AgentNode, among: readonly Tried[], gate: PublishGate): HeldPolicy[] =>
  [...node.policy.approval.keys()].map((operation) => {
    if (operation === 'source.publish') return { operation, holds: true, words: publishedWords(node, gate) };
    if (operation !== 'command.run') return { operation, holds: true, words: HELD_BY_RUNNER };
    const lack = notEnforced(node, among);
    return lack === null
      ? { operation, holds: true, words: triedWords(node, among) }
      : { operation, holds: false, words: `not enforced: ${lack}` };
  });
const HELD_BY_RUNNER = 'its runner holds it back';
const publishedWords = (node: AgentNode, gate: PublishGate): string => {
  const target = landingBranch(node);
  const lands = target === null ? [] : [`then it lands on ${target}`];
  const level = node.workspace?.evidence ?? 'digests';
  return [GATE_WORDS[gate], ...lands, ...BESIDE[level]].join('; ');
};
const BESIDE: Readonly<Record<EvidenceLevel, readonly string[]>> = {
  full: ['beside it whoever reads the repository reads task and reasons (evidence: full)'],
  digests: [],
  none: ['nothing beside it proves that (evidence: none)'],
};

/** How people try the agent of the node; null where no command line names it. */
export const probeCommand = ({ engine, policy }: AgentNode): string | null => {
  if (engine.type !== 'acp') return null;
  const { profile, command } = agentNamed(agentText(engine)) ?? {};
  const isPlain = command?.every((word) => /^[A-Za-z0-9_./:=@%+-]+$/.test(word)) ?? false;
  if (command !== undefined && (profile !== undefined || !isPlain)) return null;
  const words = command === undefined ? profile : `"${command.join(' ')}"`;
  return `entangle runner probe ${words} --sandbox ${policy.sandbox}`;
};

/** A problem of the graph, with what runners saw of the agent where it is about one that has to ask. */
export const withTried = (problem: Problem, graph: Graph, among: readonly Tried[]): Problem => {
  const node = graph.nodes.get(problem.path.split('.')[1] ?? '');
  if (problem.code !== 'asked_by_agent' || node?.kind !== 'agent' || node.engine.type !== 'acp')
    return problem;
  return { ...problem, message: `${problem.message}; ${triedWords(node, among)}` };
};

export type Unenforced = { node: string; runner: string; operation: Operation; because: string };
/** In words, for whoever can do something about it. */
export const unenforcedText = ({ node, runner, operation, because }: Unenforced): string =>
  `approvals of ${operation} for ${node} on ${runner} are not enforced: ${because}`;
