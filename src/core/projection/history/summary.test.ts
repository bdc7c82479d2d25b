/** A summary errs to one side only, and seldom. */
import { describe, expect, test } from 'vitest';
import { testSchema } from '../../../../test/support/test-schema.ts';
import { SummaryReader, summaryOf } from './summary.ts';

const pairs = { signs: [['of', 'n']] };
const sign = (n: number) => ({ id: `id ${n}`, of: `of ${n % 7}`, re: null, by: n % 2 === 0 ? null : 'b', n });
const readerOf = (numbers: readonly number[]) => {
  const summary = summaryOf(testSchema, { signs: numbers.map(sign) }, pairs);
  return new SummaryReader(JSON.parse(JSON.stringify(summary)), pairs);
};
const many = Array.from({ length: 2_000 }, (_, n) => n);

describe('a summary', () => {
  test('has every value of its rows, by column, together and as null', () => {
    const reader = readerOf(many);
    for (const { id, of, re, by, n } of many.map(sign)) {
      expect(reader.mayHave('signs', { id, of, re, by })).toBe(true);
      expect(reader.mayHave('signs', { of, n })).toBe(true);
    }
  });

  test('of a hundred others has a few at most', () => {
    const reader = readerOf(many);
    const found = many.filter((n) => reader.mayHave('signs', { id: `other ${n}` }));
    expect(found.length).toBeLessThan(60);
  });

  test('knows between which numbers they are, and that there is no null', () => {
    const reader = readerOf([3, 5]);
    expect(reader.span('signs', 'n')).toEqual([3, 5]);
    expect(reader.span('signs', 'of')).toEqual(['of 3', 'of 5']);
    expect(reader.span('signs', 'by')).toBeUndefined();
    expect(reader.mayHave('signs', { n: 6 })).toBe(false);
    expect(reader.mayHave('signs', { by: null })).toBe(false);
    expect(readerOf([3, 4]).mayHave('signs', { by: null })).toBe(true);
  });

  test('has nothing of a table without rows', () => {
    const reader = readerOf([]);
    expect(reader.mayHave('signs', {})).toBe(false);
    expect(reader.mayHave('nodes', {})).toBe(false);
  });
});
