/** Runs the tests that a graph file carries: no server, no keys, only the graph. */
import type { TypeInfo } from './edges.ts';
import { type Explanation, explain, type SourcePlace } from './explain.ts';
import type { GraphSource } from './file/parse.ts';
import { type Graph, testText } from './model.ts';

export type TestResult = {
  /** The test as the file writes it. */
  test: string;
  passed: boolean;
  explanation: Explanation;
  /** Where the test stands. */
  place: SourcePlace | null;
};

/** Results in the graph's order of tests. */
export const runTests = (graph: Graph, types: readonly TypeInfo[], source?: GraphSource): TestResult[] =>
  graph.tests.map((test) => {
    const { from, type, to } = test;
    const explanation = explain(graph, { from, type, to }, types, source ? { source } : {});
    const text = testText(test);
    const path = source?.testPaths.get(text);
    const place =
      source && path !== undefined ? { filename: source.filename, path, ...source.at(path), text } : null;
    return { test: text, passed: explanation.allowed === test.may, explanation, place };
  });
