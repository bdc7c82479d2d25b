import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseGraph } from '../../src/core/graph/file/parse.ts';
import { canonicalGraph, graphFile, parseCanonical } from '../../src/core/graph/revision.ts';
import { ACME } from '../graphs/acme.ts';
import { randomGraph } from '../graphs/random.ts';
import { TYPES } from '../graphs/types.ts';
import { times } from '../support/counts.ts';

const runs = times(150, 2_000);
const lines = ACME.split('\n');
const words = [...new Set(ACME.split(/\s+/))];

/** ACME with a few lines dropped, doubled, moved or overwritten. */
const damaged = fc
  .array(
    fc.tuple(
      fc.nat({ max: lines.length - 1 }),
      fc.constantFrom('drop', 'double', 'indent', 'word', 'noise'),
      fc.constantFrom(...words),
      fc.string({ unit: 'binary', maxLength: 12 }),
    ),
    { minLength: 1, maxLength: 5 },
  )
  .map((edits) => {
    const out = [...lines];
    for (const [at, kind, word, noise] of edits) {
      const line = out[at] ?? '';
      if (kind === 'drop') out[at] = '';
      if (kind === 'double') out[at] = `${line}\n${line}`;
      if (kind === 'indent') out[at] = `   ${line}`;
      if (kind === 'word') out[at] = line.replace(/\S+/, word);
      if (kind === 'noise') out[at] = line.slice(0, line.length / 2) + noise + line.slice(line.length / 2);
    }
    return out.join('\n');
  });

const judge = (text: string): void => {
  const { graph, problems } = parseGraph(text, { types: TYPES });
  const count = text.split(/\r\n|\r|\n/).length;
  for (const { line, column, message } of problems) {
    expect(line).toBeGreaterThanOrEqual(1);
    expect(line).toBeLessThanOrEqual(count);
    expect(column).toBeGreaterThanOrEqual(1);
    // Who prints it sanitizes it, once
    expect(message.length).toBeLessThanOrEqual(400);
    expect(message.isWellFormed()).toBe(true);
  }
  expect(graph === null).toBe(problems.some(({ severity }) => severity === 'error'));
  if (graph) expect(canonicalGraph(parseCanonical(canonicalGraph(graph)))).toBe(canonicalGraph(graph));
};

describe('parseGraph never throws, and always says where', () => {
  test(`${runs} damaged files`, () => {
    fc.assert(fc.property(damaged, judge), { numRuns: runs });
  });

  test(`${runs} texts of any characters`, () => {
    const marks = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ': ',
      '- ',
      '\n',
      '  ',
      '&a',
      '*a',
      '!!',
      '"',
      '|',
      '>',
      '#',
      '? ',
      '%',
      '---\n',
      'nodes:',
      'edges:',
    );
    const text = fc
      .array(fc.oneof(marks, fc.string({ unit: 'binary', maxLength: 4 })))
      .map((parts) => parts.join(''));
    fc.assert(fc.property(text, judge), { numRuns: runs });
  });

  test(`${runs} values of any shape`, () => {
    const shape = fc.record(
      {
        graph: fc.oneof(fc.constant('acme'), fc.jsonValue()),
        nodes: fc.oneof(
          fc.dictionary(fc.constantFrom('a', 'b', 'constructor', '__proto__'), fc.jsonValue()),
          fc.jsonValue(),
        ),
        edges: fc.oneof(fc.array(fc.jsonValue()), fc.jsonValue()),
        tests: fc.jsonValue(),
        secrets: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(
        shape.map((value) => JSON.stringify(value)),
        judge,
      ),
      { numRuns: runs },
    );
    expect(Object.hasOwn(Object.prototype, 'kind')).toBe(false);
  });

  test(`${runs} sound graphs as files: the same problems or the same graph`, () => {
    fc.assert(
      fc.property(randomGraph, (graph) => {
        const text = JSON.stringify(graphFile(graph), null, 2);
        judge(text);
        const again = parseGraph(text, { types: TYPES }).graph;
        if (again) expect(canonicalGraph(again)).toBe(canonicalGraph(graph));
      }),
      { numRuns: runs },
    );
  });
});
