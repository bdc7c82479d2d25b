import type { Question, TypeInfo } from '../../core/graph/edges.ts';
import { type Explanation, explain } from '../../core/graph/explain.ts';
import type { Parsed } from '../../core/graph/file/parse.ts';
import { runTests, type TestResult } from '../../core/graph/testing.ts';
import { soundGraph } from './sound.ts';

export type TestRun = { passed: number; failed: number; results: TestResult[] };

/** Runs the tests that the file carries. */
export const testGraph = (parsed: Parsed, types: readonly TypeInfo[]): TestRun => {
  const results = runTests(soundGraph(parsed), types, parsed.source);
  const passed = results.filter((result) => result.passed).length;
  return { passed, failed: results.length - passed, results };
};

/** Answers one question against a file: may FROM send TYPE to TO, and which line decides. */
export const explainFile = (parsed: Parsed, question: Question, types: readonly TypeInfo[]): Explanation =>
  explain(soundGraph(parsed), question, types, { source: parsed.source });
