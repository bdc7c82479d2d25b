/** `graph test`: the file's own tests, or one question from the command line. */
import * as Flags from '@oclif/core/flags';
import { EntangleError } from '../../core/errors.ts';
import type { Explanation } from '../../core/graph/explain.ts';
import type { Graph } from '../../core/graph/model.ts';
import { explainFile, type TestRun, testGraph } from '../../services/graph/test.ts';
import { GRAPH_TYPES } from '../../services/graph/types.ts';
import { counted } from '../kit/render.ts';
import { shownName } from '../kit/text-file.ts';
import type { Read } from './file.ts';
import { explanationText } from './text.ts';

export const testFlags = {
  from: Flags.string({
    description: 'node that sends',
    env: 'ENTANGLE_FROM',
    dependsOn: ['type', 'to'],
    helpValue: 'NODE',
  }),
  type: Flags.string({
    description: 'message type',
    env: 'ENTANGLE_TYPE',
    dependsOn: ['from', 'to'],
    helpValue: 'TYPE',
  }),
  to: Flags.string({
    description: 'node that receives',
    env: 'ENTANGLE_TO',
    dependsOn: ['from', 'type'],
    helpValue: 'NODE',
  }),
};
type Given = { from: string | undefined; type: string | undefined; to: string | undefined };
export type Tested = TestRun | Explanation;

type Result = TestRun['results'][number];
export const resultLine = ({ test, passed, explanation, place }: Result): string => {
  if (passed) return `ok: ${test}`;
  const where = place ? `${shownName(place.filename ?? 'graph')}:${place.line}:${place.column}: ` : '';
  return `${where}failed: ${test}: ${explanation.sentence}`;
};

export const testedText = (value: Tested): string => {
  if ('sentence' in value) return explanationText(value);
  return [...value.results.map(resultLine), `${counted(value.passed, 'test')} passed`].join('\n');
};

/** The graph of a file that fails none of its own tests: it is never applied against what it says of itself. */
export const requireTested = (read: Read, path: string, json: boolean): Graph => {
  const failed = testGraph(read, GRAPH_TYPES).results.filter((result) => !result.passed);
  if (failed.length === 0) return read.graph;
  throw new EntangleError('invalid', `${shownName(path)} fails ${failed.length} of its own tests`, {
    details: json ? failed : failed.map(resultLine),
    hint: 'fix the graph or the tests: `entangle graph test`',
  });
};

/** Throws `invalid` with the failed tests, or `denied` with the reason of the one question. */
export const runGraphTests = (read: Read, { from, type, to }: Given, json: boolean): Tested => {
  if (from !== undefined && type !== undefined && to !== undefined) {
    const answer = explainFile(read, { from, type, to }, GRAPH_TYPES);
    if (answer.allowed) return answer;
    throw new EntangleError('denied', explanationText(answer), json ? { details: [answer] } : {});
  }
  const run = testGraph(read, GRAPH_TYPES);
  if (run.failed === 0) return run;
  const failed = run.results.filter((result) => !result.passed);
  throw new EntangleError('invalid', `${run.failed} of ${counted(run.results.length, 'test')} failed`, {
    details: json ? failed : failed.map(resultLine),
  });
};
