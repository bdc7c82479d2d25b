/** Whether approvals of commands hold with the agent of a node, by what its runner saw when it tried it. */
import { holdsCommands } from '../acp/probe.ts';
import { agentNamed, agentText, type ProbeRecord } from '../acp/probe-record.ts';
import type { ProbeFact } from '../vocabulary.ts';
import type { Problem } from './file/report.ts';
import type { AgentNode, Graph } from './model.ts';

/** The agent asks by itself, and the graph wants that to hold: it runs only where it was seen to. */
export const needsProbe = ({ engine, policy }: AgentNode): boolean =>
  engine.type === 'acp' && policy.require === 'enforced' && policy.approval.has('command.run');

/** In the node's own sandbox: an agent may do in another what it does not do in this. */
const probeOf = ({ engine, policy }: AgentNode, probes: readonly ProbeRecord[]): ProbeRecord | undefined =>
  engine.type === 'acp'
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

const LACKS: readonly (readonly [ProbeFact, string])[] = [
  ['command_asked', 'it runs commands without asking'],
  ['command_rejected', 'it runs what was rejected'],
  ['command_cancelled', 'it runs what waited when its turn was cancelled'],
];
const outcomeWords = ({ facts }: ProbeRecord): string => {
  if (holdsCommands(facts)) return 'holds';
  const lack = LACKS.find(([fact]) => facts[fact] === 'no');
  return `not enforced: ${lack?.[1] ?? 'not all of it could be tried'}`;
};

type Tried = { readonly name: string; readonly probes: readonly ProbeRecord[] };
/** What these runners saw of the node's agent. */
export const triedWords = (node: AgentNode, among: readonly Tried[]): string => {
  const seen = among.flatMap(({ name, probes }) => {
    const found = probeOf(node, probes);
    return found === undefined ? [] : [`tried on ${name}: ${outcomeWords(found)}`];
  });
  return seen.join('; ') || 'no runner has tried it as it is there now';
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
  if (problem.code !== 'asked_by_agent' || node?.kind !== 'agent') return problem;
  return { ...problem, message: `${problem.message}; ${triedWords(node, among)}` };
};
