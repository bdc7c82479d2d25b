/** `parseGraph`: text of a graph file in, graph or every problem out. */

import type * as z from 'zod';
import { MAX_GRAPH } from '../../bounds.ts';
import { fits } from '../../encoding/grammar.ts';
import { readShape } from '../../encoding/read-shape.ts';
import { NAME } from '../../grammars.ts';
import { NODE_KINDS, type NodeKind, RELATIONS, type Relation } from '../../vocabulary.ts';
import { type Edge, edgeText, type TypeInfo } from '../edges.ts';
import { type Graph, type GraphNode, makeGraph, testText } from '../model.ts';
import { canonicalGraph, graphFile } from '../revision.ts';
import { check } from './check.ts';
import type { GraphDraft } from './draft.ts';
import { edgeOf, nodeOf, splitWords, testOf } from './normal.ts';
import { makeReport, type Problem, type Report } from './report.ts';
import {
  edgeObjectSchema,
  edgeTextSchema,
  type NodeShape,
  nodeSchemaOf,
  outerSchema,
  testSchema,
} from './schema.ts';
import { reportShape } from './shape.ts';
import { NOWHERE, type SourceMap } from './source-map.ts';
import { GRAPH_MIB, isTooLarge, readTree } from './tree.ts';

export type Parsed = {
  /** Null when there is an error. */
  readonly graph: Graph | null;
  /** By line. */
  readonly problems: readonly Problem[];
  readonly source: GraphSource;
};
/** Where the parts of a graph stand in its file. */
export type GraphSource = SourceMap & {
  readonly filename: string | null;
  /** Path of an edge ("edges.3") by its words. */
  readonly edgePaths: ReadonlyMap<string, string>;
  /** Path of a test by its words. */
  readonly testPaths: ReadonlyMap<string, string>;
  readonly lines: readonly string[];
};
export type ParseOptions = { readonly filename?: string; readonly types: readonly TypeInfo[] };

/** Reads one part by its schema, reporting what is wrong below `path`. */
const read = <T>(schema: z.ZodType<T>, value: unknown, path: string, report: Report): T | null => {
  const result = readShape(schema, value);
  if (result.success) return result.data;
  reportShape(result.error.issues, value, path, report);
  return null;
};

/** Of no kind that there is, it is read as what its other keys are of: one wrong word hides nothing else that is wrong. */
const readNode = (value: unknown, path: string, report: Report): NodeShape | null => {
  const shape = read(nodeSchemaOf(value), value, path, report);
  if (shape !== null || !isMap(value) || NODE_KINDS.includes(value.kind as NodeKind)) return shape;
  const kind = 'engine' in value ? 'agent' : 'pubkey' in value ? 'user' : null;
  if (kind !== null) read(nodeSchemaOf({ kind }), { ...value, kind }, path, report);
  return null;
};

const readNodes = (nodes: Readonly<Record<string, unknown>>, report: Report): GraphDraft['nodes'] => {
  const read_ = new Map<string, GraphNode | null>();
  for (const [name, value] of Object.entries(nodes)) {
    const path = `nodes.${name}`;
    if (!fits(NAME, name))
      report.add(
        'wrong_value',
        `${path}:key`,
        `\`${name.slice(0, 64)}\` is no name of a node: write ${NAME.rule}`,
      );
    const shape = readNode(value, path, report);
    const node = shape && nodeOf(shape);
    if (shape && !node) report.add('pubkey', `${path}.pubkey`, 'is not a valid npub: wrong checksum');
    read_.set(name, node);
  }
  return read_;
};

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const readEdge = (value: unknown, path: string, report: Report): Edge | null => {
  if (typeof value !== 'string') {
    if (!isMap(value)) {
      report.add('wrong_type', path, 'must read `A relation B`, or be a map');
      return null;
    }
    const shape = read(edgeObjectSchema(), value, path, report);
    return shape && edgeOf(shape);
  }
  const text = read(edgeTextSchema(), value, path, report);
  if (text === null) return null;
  const [from, relation, to] = splitWords(text);
  if (!RELATIONS.includes(relation as Relation)) {
    report.add('unknown_relation', path, `no relation \`${relation}\``, { word: relation, among: RELATIONS });
    return null;
  }
  return edgeOf({ from, relation: relation as Relation, to });
};

const readDraft = (value: unknown, report: Report): { name: string; draft: GraphDraft } | null => {
  const outer = readShape(outerSchema(), value);
  if (!outer.success) reportShape(outer.error.issues, value, '', report);
  if (!isMap(value)) return null;
  const list = (key: 'edges' | 'tests'): unknown[] => {
    const items = value[key];
    return Array.isArray(items) ? items.slice(0, MAX_GRAPH[key]) : [];
  };
  const nodes = isMap(value.nodes) ? value.nodes : {};
  if (Object.keys(nodes).length > MAX_GRAPH.nodes) {
    report.add('out_of_bounds', 'nodes', `more than ${MAX_GRAPH.nodes} nodes`);
    return null;
  }
  const draft: GraphDraft = {
    raw: value,
    nodes: readNodes(nodes, report),
    edges: list('edges').flatMap((item, index) => {
      const edge = readEdge(item, `edges.${index}`, report);
      return edge ? [{ edge, path: `edges.${index}` }] : [];
    }),
    tests: list('tests').flatMap((item, index) => {
      const text = read(testSchema(), item, `tests.${index}`, report);
      return text === null ? [] : [{ test: testOf(text), path: `tests.${index}` }];
    }),
    secrets: outer.success ? (outer.data.secrets ?? null) : null,
    principals: outer.success ? (outer.data.principals ?? null) : null,
  };
  return { name: typeof value.graph === 'string' ? value.graph : '', draft };
};

const byPlace = (one: Problem, two: Problem): number =>
  one.line - two.line || one.column - two.column || (one.code < two.code ? -1 : 1);

/** Parses a graph file. Never throws for what the text holds. */
export const parseGraph = (text: string, options: ParseOptions): Parsed => {
  const tree = readTree(text);
  const { report } = tree;
  const edgePaths = new Map<string, string>();
  const testPaths = new Map<string, string>();
  const filename = options.filename ?? null;
  const source: GraphSource = {
    at: tree.source.at,
    filename,
    edgePaths,
    testPaths,
    lines: text.split(/\r?\n/),
  };
  if (tree.value === undefined) return { graph: null, problems: report.problems, source };
  const drafted = readDraft(tree.value, report);
  if (drafted) {
    for (const { edge, path } of drafted.draft.edges)
      if (!edgePaths.has(edgeText(edge))) edgePaths.set(edgeText(edge), path);
    for (const { test, path } of drafted.draft.tests) testPaths.set(testText(test), path);
    check(drafted.draft, options.types, report);
  }
  const graph = drafted && report.errors === 0 ? graphOf(drafted.name, drafted.draft) : null;
  // Short edges are written out in it
  if (graph && isTooLarge(canonicalGraph(graph)))
    report.add('too_large', '', `the canonical form of a graph is at most ${GRAPH_MIB} MiB`);
  const problems = [...report.problems].sort(byPlace);
  return { graph: report.errors > 0 ? null : graph, problems, source };
};

/** The graph of a draft without errors. */
const graphOf = (name: string, draft: GraphDraft): Graph => {
  const nodes = new Map<string, GraphNode>();
  for (const [key, node] of draft.nodes) if (node) nodes.set(key, node);
  return makeGraph({
    name,
    nodes,
    edges: draft.edges.map(({ edge }) => edge),
    tests: draft.tests.map(({ test }) => test),
    secrets: draft.secrets,
    principals: draft.principals,
  });
};

/**
 * Every semantic problem of a graph that came as canonical text, for a Host that does not take the sender's word:
 * the same checks as `parseGraph`, without lines.
 */
export const checkGraph = (graph: Graph, types: readonly TypeInfo[]): readonly Problem[] => {
  const report = makeReport(() => NOWHERE);
  const edges = graph.edges.map((edge, index) => ({ edge, path: `edges.${index}` }));
  const tests = graph.tests.map((test, index) => ({ test, path: `tests.${index}` }));
  const { secrets, principals } = graph;
  const raw = graphFile(graph);
  const draft = { raw, nodes: new Map(graph.nodes), edges, tests, secrets, principals };
  check(draft, types, report, graph);
  return report.problems;
};
