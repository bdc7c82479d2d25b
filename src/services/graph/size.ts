/**
 * What a graph makes the Host send and state: a node that no offer holds, or no evidence, is refused before the graph is applied. The list of a
 * node's neighbours is smaller than the graph itself, which is a blob too.
 */

import { MAX_SPEC } from '../../core/bounds.ts';
import { utf8Length } from '../../core/encoding/bytes.ts';
import { canonicalize } from '../../core/encoding/canonical.ts';
import { remembered } from '../../core/encoding/remembered.ts';
import { MAX_PAYLOAD } from '../../core/evidence/dsse.ts';
import { termsOf } from '../../core/graph/approvals.ts';
import { nodeSpec } from '../../core/graph/common-parts.ts';
import type { GraphSource } from '../../core/graph/file/parse.ts';
import type { Problem } from '../../core/graph/file/report.ts';
import type { AgentNode, Graph } from '../../core/graph/model.ts';
import { MAX_BODY_BYTES, wireBytes } from '../../core/protocol/size.ts';

/** The node as it is offered to a runner, and bytes for what an offer says besides. */
const AROUND_SPEC = 700;
const isOffered = remembered((agent: AgentNode): boolean => {
  const spec = nodeSpec(agent);
  return wireBytes(spec) + AROUND_SPEC <= MAX_BODY_BYTES && spec.length <= MAX_SPEC;
});
const offerProblem = (node: string, agent: AgentNode): Size | null => {
  if (isOffered(agent)) return null;
  return {
    message: `\`${node}\` is too large to be offered to a runner: ${nodeSpec(agent).length} characters, at most ${MAX_SPEC}`,
    hint: 'shorten the command of its engine',
  };
};

/** Bytes of a statement besides the terms, and of each decision in it. */
const [AROUND_TERMS, DECISION] = [2_500, 220];
/** In base64, as it is signed. */
const MAX_STATEMENT = (MAX_PAYLOAD / 4) * 3;
/** Evidence that no statement holds is not made, and each commit would be published without it. */
const statementProblem = (graph: Graph, node: string, { workspace }: AgentNode): Size | null => {
  const terms = workspace?.evidence === 'none' ? null : termsOf(graph, node, 'source.publish');
  if (!terms) return null;
  const bytes = utf8Length(canonicalize(terms)) + AROUND_TERMS + DECISION * terms.quorum;
  if (bytes <= MAX_STATEMENT) return null;
  return {
    message: `who may approve what \`${node}\` publishes, with their SSH keys, is too much for evidence of it: ${bytes} bytes, at most ${MAX_STATEMENT}`,
    hint: 'name fewer people in its policy, or fewer SSH keys of them; or set `evidence: none` in its workspace',
  };
};

/** What is too large, and what to do. */
type Size = { message: string; hint: string };
export type TooLarge = Size & { node: string };

/** Nodes that do not fit, in order of name as the graph has them. */
export const tooLargeNodes = (graph: Graph): TooLarge[] =>
  [...graph.nodes].flatMap(([node, one]) => {
    const problem =
      one.kind === 'agent' ? (offerProblem(node, one) ?? statementProblem(graph, node, one)) : null;
    return problem === null ? [] : [{ node, ...problem }];
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
