/** What is known of chunks errs to one side only, and seldom, however many there are. */
import { describe, expect, test, vi } from 'vitest';
import { memoryTables } from '../../../../test/support/memory-tables.ts';
import { testSchema } from '../../../../test/support/test-schema.ts';
import type { AnyTables } from '../tables.ts';
import { ChunkIndex } from './chunk-index.ts';
import { KeptIndex } from './kept-index.ts';
import { HISTORY_ROWS } from './rows.ts';
import { summaryOf } from './summary.ts';

const moving = { signs: { together: [['of', 'n']], ordered: ['by'] } };
const sign = (n: number) => ({ id: `id ${n}`, of: `of ${n % 7}`, re: null, by: n % 2 === 0 ? null : 'b', n });
type Options = { early?: number; isAnew?: boolean };
/** `early`: so many of the chunks are there before anything is asked; `isAnew`: who asks did not make them. */
const indexOf = (
  chunks: readonly (readonly number[])[],
  { early = chunks.length, isAnew = false }: Options = {},
): ChunkIndex => {
  const kept = new KeptIndex(memoryTables(HISTORY_ROWS) as AnyTables);
  const index = new ChunkIndex(testSchema, moving, kept);
  for (const [line, numbers] of chunks.entries()) {
    if (line === early) for (const { id, of, n } of numbers.map(sign)) index.having('signs', { id, of, n });
    const summary = summaryOf(testSchema, { signs: numbers.map(sign), nodes: [] }, moving);
    kept.add({ line, digest: '', size: 0 }, summary, Object.keys(moving));
    index.add(summary);
  }
  return isAnew ? new ChunkIndex(testSchema, moving, kept) : index;
};
const upTo = (count: number, from = 0) => Array.from({ length: count }, (_, n) => from + n);

describe('an index of chunks', () => {
  test.each([
    ['that were there', {}],
    ['of which most came after it was asked', { early: 3 }],
    ['that others made', { isAnew: true }],
  ])('has each row in the chunk where it is, by column, together and as null: %s', (_, options) => {
    // More than a word of chunks, of many sizes
    const chunks = upTo(100).map((chunk) => upTo(1 + ((chunk * 37) % 90), chunk * 100));
    const index = indexOf(chunks, options);
    for (const [number, numbers] of chunks.entries())
      for (const { id, of, re, by, n } of numbers.map(sign)) {
        expect(index.having('signs', { id, of, re, by })).toContain(number);
        expect(index.having('signs', { of, n })).toContain(number);
      }
  });

  test.each([
    ['it made', {}],
    ['others made', { isAnew: true }],
  ])('takes next to none of a hundred chunks that %s to have what is nowhere', (_, options) => {
    const index = indexOf(
      upTo(100).map((chunk) => upTo(200, chunk * 200)),
      options,
    );
    const found = upTo(2_000).flatMap((n) => index.having('signs', { id: `other ${n}` }));
    expect(found.length).toBeLessThan(40);
  });

  test('gives them from the oldest', () => {
    const index = indexOf([[3, 5], [4], [6]]);
    expect(index.having('signs', {})).toEqual([0, 1, 2]);
    expect(index.having('signs', { by: null })).toEqual([1, 2]);
  });

  test('knows between which numbers they are, and that there is no null', () => {
    const index = indexOf([[3, 5]]);
    expect(index.span(0, 'signs', 'n')).toEqual([3, 5]);
    expect(index.span(0, 'signs', 'of')).toEqual(['of 3', 'of 5']);
    expect(index.span(0, 'signs', 'by')).toEqual(['b', 'b']);
    expect(index.span(0, 'signs', 're')).toBeUndefined();
    expect(index.having('signs', { n: 6 })).toEqual([]);
    expect(index.having('signs', { n: 4 })).toEqual([0]);
    expect(index.having('signs', { by: null })).toEqual([]);
  });

  test('reads filters of those chunks alone that what they are between leaves', () => {
    const kept = new KeptIndex(memoryTables(HISTORY_ROWS) as AnyTables);
    for (const chunk of upTo(100)) {
      const signs = upTo(20, chunk * 20).map(sign);
      kept.add(
        { line: chunk, digest: '', size: 0 },
        summaryOf(testSchema, { signs }, moving),
        Object.keys(moving),
      );
    }
    const read = vi.spyOn(kept, 'filter');
    const index = new ChunkIndex(testSchema, moving, kept);
    expect(index.having('signs', { id: 'id 1500', n: 1_500 })).toEqual([75]);
    expect(read.mock.calls).toEqual([['signs id', 2]]);
    expect(index.having('signs', { id: 'id 1500', n: 5_000 })).toEqual([]);
    expect(read).toHaveBeenCalledTimes(1);
    expect(index.every('signs', 'n', (span) => Number(span?.[1]) < 2_000)).toBe(true);
    expect(index.every('signs', 'n', (span) => Number(span?.[1]) < 1_999)).toBe(false);
  });

  test('has nothing of a table without rows', () => {
    expect(indexOf([]).having('signs', {})).toEqual([]);
    expect(indexOf([[1]]).having('nodes', {})).toEqual([]);
  });
});
