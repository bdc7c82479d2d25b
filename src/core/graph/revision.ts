/** Revisions: the canonical text of a graph (RFC 8785), its digest, its number, its parent (docs/design.md §5). */
import { canonicalize } from '../encoding/canonical.ts';
import { readBy } from '../encoding/issues.ts';
import { readShape } from '../encoding/read-shape.ts';
import { EntangleError } from '../errors.ts';
import type { Sha256Hex } from './approvals.ts';
import { limitedText, nodeFile, nodeText, sharedParts } from './common-parts.ts';
import { edgeText } from './edges.ts';
import { edgeOf, nodeOf, testOf } from './file/normal.ts';
import { fileSchema } from './file/schema.ts';
import { GRAPH_MIB, isTooLarge } from './file/tree.ts';
import { type Graph, type GraphNode, type GraphTest, makeGraph, testText } from './model.ts';

/** `digest` and `parent` are sha256, hex; the first revision has n 1 and no parent. */
export type Revision = { readonly n: number; readonly digest: string; readonly parent: string | null };

/** The graph as a value of its own file format: what is hashed, shown and exported. */
export const graphFile = (graph: Graph): Record<string, unknown> => ({
  graph: graph.name,
  nodes: Object.fromEntries([...graph.nodes].map(([name, node]) => [name, nodeFile(node)])),
  edges: graph.edges,
  tests: graph.tests.map(testText),
  ...(graph.secrets && { secrets: graph.secrets }),
  ...(graph.principals && { principals: graph.principals }),
});

/** The one text that stands for a graph: equal graphs, equal text. Put together of the texts of its parts, in the order of RFC 8785. */
export const canonicalGraph = ({ name, nodes, edges, tests, secrets, principals }: Graph): string => {
  const named = [...nodes].map(([node, value]) => `${canonicalize(node)}:${nodeText(value)}`);
  const declared = [
    ...(principals ? [`"principals":${canonicalize(principals)},`] : []),
    ...(secrets ? [`"secrets":${canonicalize(secrets)},`] : []),
  ].join('');
  const list = edges.map(limitedText).join();
  return `{"edges":[${list}],"graph":${canonicalize(name)},"nodes":{${named.join()}},${declared}"tests":${canonicalize(tests.map(testText))}}`;
};

export const graphDigest = (graph: Graph, sha256: Sha256Hex): string => sha256(canonicalGraph(graph));

const refused = (why: string): EntangleError =>
  new EntangleError('invalid', `not the canonical text of a graph: ${why}`);
const refuse = (why: string): never => {
  throw refused(why);
};

/** What would make a graph unsafe to walk: an edge without its ends, an edge or a key twice. */
const danglingPart = (graph: Graph): string | null => {
  const loose = graph.edges.find(
    ({ from, to }) => from === to || !graph.nodes.has(from) || !graph.nodes.has(to),
  );
  if (loose) return `\`${edgeText(loose)}\` has an end missing`;
  if (new Set(graph.edges.map(edgeText)).size !== graph.edges.length) return 'an edge twice';
  const keys = [...graph.nodes.values()].flatMap((node) => (node.kind === 'user' ? [node.pubkey] : []));
  return new Set(keys).size === keys.length ? null : 'a pubkey twice';
};

/** Graphs that were read from their own text: every part of them passed. */
const fromText = new WeakSet<Graph>();

/** By its schema, but for what `before` has with the same text. What is wrong is said of the whole file. */
const readFile = (value: unknown, before: Graph | null) => {
  const { known, rest } = before && fromText.has(before) ? sharedParts(before, value) : nothingKnown(value);
  const read = readShape(fileSchema(), rest);
  return read.success
    ? { file: read.data, known }
    : { file: readBy(fileSchema(), value, refused), known: nothingKnown(value).known };
};
const nothingKnown = (rest: unknown): ReturnType<typeof sharedParts> => ({
  known: { nodes: [], edges: [] },
  rest,
});

/** Reads what `canonicalGraph` wrote; anything else, down to a space, is refused. It shares with `before` what did not change. */
export const parseCanonical = (text: string, before: Graph | null = null): Graph => {
  if (isTooLarge(text)) return refuse(`more than ${GRAPH_MIB} MiB`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse('no JSON');
  }
  const { file, known } = readFile(value, before);
  const nodes = new Map<string, GraphNode>(known.nodes);
  for (const [name, one] of Object.entries(file.nodes)) {
    const node = nodeOf(one);
    if (!node) return refuse('a pubkey does not decode');
    nodes.set(name, node);
  }
  const edges = (file.edges ?? []).map((edge) =>
    typeof edge === 'string' ? refuse('short edges') : edgeOf(edge),
  );
  const graph = makeGraph({
    name: file.graph,
    nodes,
    edges: [...known.edges, ...edges],
    tests: (file.tests ?? []).map((test): GraphTest => testOf(test)),
    secrets: file.secrets ?? null,
    principals: file.principals ?? null,
  });
  const fault = danglingPart(graph);
  if (fault !== null) return refuse(fault);
  if (canonicalGraph(graph) !== text) return refuse('another spelling');
  fromText.add(graph);
  return graph;
};

/** Why `next` may not follow `head`, or null: successors only, one number at a time, on the right parent (T20–T22). */
export const successionProblem = (
  head: Revision | null,
  next: Revision,
): 'not_successor' | 'wrong_parent' | null => {
  if (!Number.isSafeInteger(next.n) || next.n !== (head?.n ?? 0) + 1) return 'not_successor';
  return next.parent === (head?.digest ?? null) ? null : 'wrong_parent';
};
