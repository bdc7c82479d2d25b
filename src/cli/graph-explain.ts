/** `graph explain`: from a file, or from the active revision with what the Host knows to run over its edges. */
import * as Flags from '@oclif/core/flags';
import { stringify } from 'yaml';
import type { Edge, Question } from '../core/graph/edges.ts';
import { type Explanation, explain } from '../core/graph/explain.ts';
import { opensExchange } from '../services/graph/limits.ts';
import type { Ask, Shown } from '../services/graph/remote.ts';
import { runState } from '../services/graph/remote.ts';
import { GRAPH_TYPES } from '../services/graph/types.ts';
import { readGraph, requireGraph } from './graph-file.ts';

export const explainFlags = {
  file: Flags.string({
    description: 'ask a graph file instead of the Host',
    env: 'ENTANGLE_FILE',
    helpValue: 'FILE',
  }),
  recent: Flags.integer({
    description: 'judge as if so many messages had gone over the edge within its rate',
    env: 'ENTANGLE_RECENT',
    min: 0,
  }),
  open: Flags.integer({
    description: 'judge as if so many exchanges were open over the edge',
    env: 'ENTANGLE_OPEN',
    min: 0,
  }),
};
type Given = { recent: number | undefined; open: number | undefined };
/** `revision` is null for a file. */
export type Explained = Explanation & { revision: number | null };

/** Only what opens an exchange is held to a rate. */
const recentOf = ({ type }: Question, { recent = 0 }: Given): number => (opensExchange(type) ? recent : 0);

/** The text that `graph show` prints of a revision, so that its lines can be named. */
export const revisionText = ({ revision, digest, by, at, file }: Shown): string =>
  `# revision ${revision}, ${digest}\n# by ${by} at ${at}\n${stringify(file)}`;

export const explainFile = async (
  path: string,
  question: Question,
  given: Given,
  json: boolean,
): Promise<Explained> => {
  const { graph, source } = await readGraph(path, json);
  const usage = () => ({ recent: recentOf(question, given), open: given.open ?? 0 });
  return { ...explain(graph, question, GRAPH_TYPES, { source, usage }), revision: null };
};

/** Rates are counted where messages are sent and received; the Host sees open sessions only. */
export const explainActive = async (
  api: Ask,
  question: Question,
  given: Given,
  json: boolean,
): Promise<Explained> => {
  const shown = await api<Shown>('GET', '/v1/graph');
  const { sessions } = await runState(api);
  const openOver = ({ from, to }: Edge) =>
    sessions.filter(({ node, requester }) => requester === from && node === to).length;
  const { graph, source } = requireGraph(revisionText(shown), `revision ${shown.revision}`, json);
  const usage = (edge: Edge) => ({ recent: recentOf(question, given), open: given.open ?? openOver(edge) });
  return { ...explain(graph, question, GRAPH_TYPES, { source, usage }), revision: shown.revision };
};
