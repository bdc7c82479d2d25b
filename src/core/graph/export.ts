/** A graph for other tools: its own file format as JSON, a Mermaid flowchart, a Graphviz digraph. */

import type { ExportFormat } from '../command-words.ts';
import { canonicalize } from '../encoding/canonical.ts';
import { safeJson, sanitize } from '../encoding/sanitize.ts';
import type { Edge } from './edges.ts';
import type { Graph } from './model.ts';
import { graphFile } from './revision.ts';

/** Keys in canonical order, indented for people. */
const json = (graph: Graph): string => `${safeJson(JSON.parse(canonicalize(graphFile(graph))), 2)}\n`;

/** Everything but letters, digits and a few marks as a numeric entity: Mermaid reads no other escape in a label. */
const entity = (text: string): string =>
  text.replace(/[^A-Za-z0-9_,./ -]/gu, (character) => `#${character.codePointAt(0)};`);

const limitWords = (edge: Edge): string[] => [
  edge.relation,
  ...(edge.only ? [`only ${edge.only.join(' ')}`] : []),
  ...(edge.max_concurrent === undefined ? [] : [`at most ${edge.max_concurrent} at once`]),
  ...(edge.rate === undefined ? [] : [edge.rate]),
  ...(edge.disabled ? ['disabled'] : []),
];

const idsOf = (graph: Graph): Map<string, string> =>
  new Map([...graph.nodes.keys()].map((name, index) => [name, `n${index}`]));

const mermaidEdge = (edge: Edge, from: string, to: string): string => {
  const label = `"${entity(limitWords(edge).join(', '))}"`;
  if (edge.disabled) return `  ${from} -.->|${label}| ${to}`;
  return edge.relation === 'peers_with' ? `  ${from} <-->|${label}| ${to}` : `  ${from} -->|${label}| ${to}`;
};

const mermaid = (graph: Graph): string => {
  const ids = idsOf(graph);
  const nodes = [...graph.nodes].map(([name, node]) => {
    const label = `"${entity(name)}"`;
    return `  ${ids.get(name)}${node.kind === 'user' ? `([${label}])` : `[${label}]`}`;
  });
  const edges = graph.edges.map((edge) => mermaidEdge(edge, ids.get(edge.from)!, ids.get(edge.to)!));
  return `${['flowchart LR', ...nodes, ...edges].join('\n')}\n`;
};

/** A double-quoted DOT string; nothing in it can end it. */
const dotText = (text: string): string => `"${sanitize(text).replace(/[\\"]/g, '\\$&')}"`;

const dotEdge = (edge: Edge): string => {
  const style = [
    ...(edge.disabled ? ['style=dashed'] : []),
    ...(edge.relation === 'peers_with' ? ['dir=both'] : []),
  ];
  const attributes = [`label=${dotText(limitWords(edge).join(', '))}`, ...style].join(', ');
  return `  ${dotText(edge.from)} -> ${dotText(edge.to)} [${attributes}];`;
};

const dot = (graph: Graph): string => {
  const nodes = [...graph.nodes].map(
    ([name, node]) => `  ${dotText(name)} [shape=${node.kind === 'user' ? 'ellipse' : 'box'}];`,
  );
  const lines = [
    `digraph ${dotText(graph.name)} {`,
    '  rankdir=LR;',
    ...nodes,
    ...graph.edges.map(dotEdge),
    '}',
  ];
  return `${lines.join('\n')}\n`;
};

export const exportGraph = (graph: Graph, format: ExportFormat): string =>
  ({ json, mermaid, dot })[format](graph);
