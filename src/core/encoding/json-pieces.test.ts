import fc from 'fast-check';
import { expect, test } from 'vitest';
import { times } from '../../../test/support/counts.ts';
import { FORBIDDEN } from '../../../test/support/hostile-texts.ts';
import { jsonPieces } from './json-pieces.ts';
import { safeJson } from './sanitize.ts';

const LEAST = 1_000;

const hostile = fc.string({
  unit: fc.oneof(
    fc.constantFrom(...FORBIDDEN.map(([from]) => String.fromCodePoint(from))),
    fc.constantFrom('a', '"', '\\', '\n', '漢', '👍', '\ud83d', '\udc4d', '\u0301'.repeat(12)),
  ),
});

test('property: joined, the pieces are the JSON to the character, wherever it is cut', () => {
  const value = fc.anything({
    ...{ key: hostile, values: [hostile, fc.double(), fc.boolean(), fc.constant(null), fc.date()] },
    ...{ maxDepth: 4, withNullPrototype: true },
  });
  fc.assert(
    fc.property(value, fc.constantFrom(0, 2), fc.integer({ min: 1, max: 40 }), (one, indent, least) => {
      expect([...jsonPieces(one, indent, least)].join('')).toBe(safeJson(one, indent));
    }),
    { numRuns: times(500, 20_000) },
  );
});

test('what has no value is left out of an object, and null in a list', () => {
  const one = { none: undefined, list: [undefined, 'x'.repeat(20)], empty: { none: undefined } };
  for (const indent of [0, 2])
    for (const least of [1, 2, 3, 100])
      expect([...jsonPieces(one, indent, least)].join('')).toBe(safeJson(one, indent));
});

test('no piece is much longer than asked for: of a long text as of many short ones', () => {
  for (const value of [{ diff: 'a line\n'.repeat(LEAST) }, Array(LEAST).fill({ line: 'a line' })]) {
    const pieces = [...jsonPieces(value, 2, LEAST)];
    expect(pieces.length).toBeGreaterThan(5);
    expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(3 * LEAST);
  }
});

test('a piece is made when the one before was taken', () => {
  const made: number[] = [];
  const value = Array.from({ length: 100 }, (_, n) => ({
    ...{ text: 'x'.repeat(LEAST) },
    get n() {
      made.push(n);
      return n;
    },
  }));
  jsonPieces(value, 0, LEAST).next();
  expect(Math.max(...made)).toBeLessThan(4);
});
