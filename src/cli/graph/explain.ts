/** `graph explain`: from a file, or from the active revision with what the Host knows to run over its edges. */

import * as Flags from '@oclif/core/flags';
import { isWord } from '../../core/encoding/grammar.ts';
import { type Edge, edgeText, type Question } from '../../core/graph/edges.ts';
import { type Explanation, explain } from '../../core/graph/explain.ts';
import type { Graph } from '../../core/graph/model.ts';
import { publishGate } from '../../core/graph/named-principals.ts';
import { revisionSource, revisionYaml } from '../../core/graph/revision-text.ts';
import { type Timeouts, timeoutsOf } from '../../core/graph/timeouts.ts';
import { type HeldPolicy, heldPolicies } from '../../core/graph/tried.ts';
import { callHost, type HostClient } from '../../core/host-api/client.ts';
import type { GraphView } from '../../core/host-api/shapes.ts';
import { WORK_TYPES } from '../../core/vocabulary.ts';
import { graphAtHost, runState } from '../../services/graph/remote.ts';
import { GRAPH_TYPES } from '../../services/graph/types.ts';
import { opensExchange } from '../../services/messaging/edge-limits.ts';
import { readGraph } from './file.ts';

export const explainFlags = {
  file: Flags.string({
    description: 'use a graph file instead of the active revision',
    env: 'ENTANGLE_FILE',
    helpValue: 'GRAPH',
  }),
  recent: Flags.integer({
    helpValue: 'N',
    description: 'assume this many messages were sent within the rate of the edge',
    env: 'ENTANGLE_RECENT',
    min: 0,
  }),
  open: Flags.integer({
    helpValue: 'N',
    description: 'assume this many exchanges are open on the edge',
    env: 'ENTANGLE_OPEN',
    min: 0,
  }),
};
type Given = { recent: number | undefined; open: number | undefined };
/** `revision` is null for a file. */
export type Explained = Explanation & {
  revision: number | null;
  caveat?: string;
  /** Of an agent that asks for approvals: whether each of its policies holds. */
  policies?: HeldPolicy[];
  /** Of a task for an ACP agent: how many milliseconds it is waited for. */
  waits?: Timeouts;
};

/** Who gives an agent a task reads how long its silence may last. */
const waitsOf = (graph: Graph, { type, to }: Question): { waits?: Timeouts } => {
  const node = graph.nodes.get(to);
  if (!isWord(WORK_TYPES, type) || node?.kind !== 'agent' || node.engine.type !== 'acp') return {};
  return { waits: timeoutsOf(node.engine) };
};

/** Yes by the graph may still be no at the moment, where it is counted at the ends. */
const withCaveat = (found: Explanation, graph: Graph, given: Given): Explanation & { caveat?: string } => {
  const edge = graph.edges.find((one) => edgeText(one) === found.edge);
  const counts = edge?.rate !== undefined && given.recent === undefined && opensExchange(found.question.type);
  if (!found.allowed || !counts) return found;
  const caveat = `at most ${edge.rate}: that is counted where messages are sent and received; judge with --recent N`;
  return { ...found, caveat };
};

/** Only what opens an exchange is held to a rate. */
const recentOf = ({ type }: Question, { recent = 0 }: Given): number => (opensExchange(type) ? recent : 0);

/** The text that `graph show` prints of a revision, so that its lines can be named. */
export const revisionText = (shown: GraphView): string => revisionYaml(headOf(shown), shown.file);
const headOf = ({ revision, digest, by, at }: GraphView): string[] => [
  `revision ${revision}, ${digest}`,
  `by ${by} at ${at}`,
];

export const explainFrom = async (
  path: string,
  question: Question,
  given: Given,
  json: boolean,
): Promise<Explained> => {
  const { graph, source } = await readGraph(path, json);
  const usage = () => ({ recent: recentOf(question, given), open: given.open ?? 0 });
  const found = explain(graph, question, GRAPH_TYPES, { source, usage });
  return { ...withCaveat(found, graph, given), ...waitsOf(graph, question), revision: null };
};

/** Rates are counted where messages are sent and received; the Host sees open sessions only. */
export const explainActive = async (
  client: HostClient,
  question: Question,
  given: Given,
): Promise<Explained> => {
  const shown = await callHost(client, 'graph.show');
  const { sessions, assignments, runners, principals } = await runState(client);
  // The Host sees tasks; of other exchanges only their two ends know.
  const openOver = ({ from, to }: Edge) =>
    !isWord(WORK_TYPES, question.type)
      ? 0
      : sessions.filter(({ node, requester }) => requester === from && node === to).length;
  const graph = graphAtHost(shown);
  const source = revisionSource(`revision ${shown.revision}`, headOf(shown), shown.file, graph);
  const usage = (edge: Edge) => ({ recent: recentOf(question, given), open: given.open ?? openOver(edge) });
  const found = explain(graph, question, GRAPH_TYPES, { source, usage });
  const agent = graph.nodes.get(question.from);
  const on = assignments.find(({ node }) => node === question.from)?.runner;
  // Where it runs, or else wherever it could
  const among = on === undefined ? runners : runners.filter(({ name }) => name === on);
  return {
    ...withCaveat(found, graph, given),
    ...waitsOf(graph, question),
    revision: shown.revision,
    ...(question.type === 'approval.request' && agent?.kind === 'agent'
      ? { policies: heldPolicies(agent, among, publishGate(agent, principals)) }
      : {}),
  };
};
