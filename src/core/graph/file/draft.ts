/** A graph file between text and graph: its parts with their places, before and while they are checked. */
import type { Edge, TypeInfo } from '../edges.ts';
import type { Graph, GraphNode, GraphTest } from '../model.ts';
import type { Report } from './report.ts';

/** What could be read of a file, with the path of each part; a node of null is there but not readable. */
export type GraphDraft = {
  /** The value of the file as it was written. */
  readonly raw: unknown;
  readonly nodes: Map<string, GraphNode | null>;
  readonly edges: { readonly edge: Edge; readonly path: string }[];
  readonly tests: { readonly test: GraphTest; readonly path: string }[];
  readonly secrets: readonly string[] | null;
  readonly principals: readonly string[] | null;
};

/** One draft under check: the graph of its sound parts, and where its parts stand. */
export type Checked = {
  readonly draft: GraphDraft;
  readonly graph: Graph;
  readonly types: readonly TypeInfo[];
  readonly report: Report;
  /** File path of an edge of `graph`. */
  pathOf(edge: Edge): string;
};
