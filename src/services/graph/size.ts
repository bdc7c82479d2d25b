/**
 * What a graph makes the Host send: a node that no offer holds is refused before the graph is applied. The list of a
 * node's neighbours is smaller than the graph itself, which is a blob too.
 */

import { MAX_SPEC } from '../../core/bounds.ts';
import type { GraphSource } from '../../core/graph/file/parse.ts';
import type { Problem } from '../../core/graph/file/report.ts';
import type { AgentNode, Graph } from '../../core/graph/model.ts';
import { nodeFile } from '../../core/graph/revision.ts';
import { MAX_BODY_BYTES, wireBytes } from '../../core/protocol/size.ts';

/** The node as it is offered to a runner, and bytes for what an offer says besides. */
const AROUND_SPEC = 700;
const offerProblem = (node: string, agent: AgentNode): string | null => {
  const spec = JSON.stringify(nodeFile(agent));
  const bytes = wireBytes(spec) + AROUND_SPEC;
  if (bytes <= MAX_BODY_BYTES && spec.length <= MAX_SPEC) return null;
  return `\`${node}\` is too large to be offered to a runner: ${spec.length} characters, at most ${MAX_SPEC}`;
};

export type TooLarge = { node: string; message: string };

/** Nodes that do not fit, in order of name as the graph has them. */
export const tooLargeNodes = (graph: Graph): TooLarge[] =>
  [...graph.nodes].flatMap(([node, one]) => {
    const message = one.kind === 'agent' ? offerProblem(node, one) : null;
    return message === null ? [] : [{ node, message }];
  });

/** The same as problems of a file. */
export const sizeProblems = (graph: Graph, source: GraphSource): Problem[] =>
  tooLargeNodes(graph).map(({ node, message }) => ({
    severity: 'error',
    code: 'out_of_bounds',
    path: `nodes.${node}`,
    ...source.at(`nodes.${node}`),
    message,
  }));
