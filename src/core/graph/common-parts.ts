/**
 * A revision mostly repeats the one before it. A part whose text is the same is that very part: it is not read by its schema
 * again, and whatever was worked out for it alone holds on.
 */
import { MAX_GRAPH } from '../bounds.ts';
import { canonicalize } from '../encoding/canonical.ts';
import { remembered } from '../encoding/remembered.ts';
import type { Edge } from './edges.ts';
import type { AgentNode, Graph, GraphNode } from './model.ts';

const agentFile = (node: AgentNode) => {
  const { policy, placement } = node;
  return {
    kind: 'agent',
    engine: node.engine,
    ...(node.workspace && { workspace: node.workspace }),
    policy: { ...policy, approval: Object.fromEntries(policy.approval) },
    placement: { ...placement, labels: Object.fromEntries(placement.labels) },
    ...(node.secrets.length > 0 && { secrets: node.secrets }),
  };
};

/** A node as the file format writes it. */
export const nodeFile: (node: GraphNode) => Readonly<Record<string, unknown>> = remembered((node) =>
  node.kind === 'user' ? { ...node } : agentFile(node),
);

/** The same as a runner is offered it. */
export const nodeSpec: (node: GraphNode) => string = remembered((node) => JSON.stringify(nodeFile(node)));

/** Canonical texts of the parts. */
export const nodeText: (node: GraphNode) => string = remembered((node) => canonicalize(nodeFile(node)));
export const limitedText: (edge: Edge) => string = remembered((edge) => canonicalize(edge));

const edgesByText = remembered(
  (graph: Graph) => new Map(graph.edges.map((edge) => [limitedText(edge), edge])),
);

/** Null for what is too deep to be written, as no part is. */
const textOf = (value: unknown): string | null => {
  try {
    return JSON.stringify(value);
  } catch {
    return null;
  }
};

type Parts = { nodes: [name: string, node: GraphNode][]; edges: Edge[] };
const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Those parts of a file that a graph has with the same text, and the file without them. `graph` was read from its own text. */
export const sharedParts = (graph: Graph, file: unknown): { known: Parts; rest: unknown } => {
  const known: Parts = { nodes: [], edges: [] };
  const { nodes, edges } = isMap(file) ? file : {};
  if (!isMap(nodes) || !Array.isArray(edges)) return { known, rest: file };
  const entries = Object.entries(nodes);
  // A bound holds for all of them
  if (entries.length > MAX_GRAPH.nodes || edges.length > MAX_GRAPH.edges) return { known, rest: file };
  const newNodes = entries.filter(([name, value]) => {
    const node = graph.nodes.get(name);
    if (!node || textOf(value) !== nodeText(node)) return true;
    known.nodes.push([name, node]);
    return false;
  });
  const newEdges = edges.filter((value) => {
    const edge = edgesByText(graph).get(textOf(value) ?? '');
    if (!edge) return true;
    known.edges.push(edge);
    return false;
  });
  return { known, rest: { ...(file as object), nodes: Object.fromEntries(newNodes), edges: newEdges } };
};
