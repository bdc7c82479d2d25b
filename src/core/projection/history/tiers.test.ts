/** Rows in chunks are found, ordered, counted and hidden as if they were all in one store. */
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { times } from '../../../../test/support/counts.ts';
import { memoryTables } from '../../../../test/support/memory-tables.ts';
import { testSchema } from '../../../../test/support/test-schema.ts';
import { tiersOver } from '../../../../test/support/tiered-tables.ts';
import { dump } from '../dump.ts';
import type { AnyTables, ListOptions } from '../tables.ts';
import { KeptIndex } from './kept-index.ts';
import { HISTORY_ROWS } from './rows.ts';
import { summaryOf } from './summary.ts';
import { TieredTables } from './tiers.ts';

const moving = { signs: { together: [['of', 'n']], ordered: ['by'] } };
const store = (): AnyTables => memoryTables(testSchema) as AnyTables;

const someText = fc.constantFrom('', 'a', 'b', 'ff', '0001', '\ue000', '\u{1f600}');
const row = fc.record({
  ...{ id: someText, of: someText, re: fc.option(someText), by: fc.option(someText), n: fc.nat(4) },
});
const options = fc.record({
  order: fc.constantFrom('id', 'of', 're', 'by', 'n', undefined),
  descending: fc.boolean(),
  limit: fc.option(fc.nat(4), { nil: undefined }),
  isAfter: fc.boolean(),
});
const where = fc
  .record({ id: someText, of: someText, re: fc.option(someText), by: fc.option(someText), n: fc.nat(4) })
  .chain((all) =>
    fc
      .subarray(Object.keys(all))
      .map((names) => Object.fromEntries(names.map((name) => [name, all[name as never]]))),
  );
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ op: fc.constant('put' as const), row }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('leave' as const), by: fc.option(someText) }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant('ask' as const), where, options }) },
);

test('property: whatever moved when, each question has the answer of one store', () => {
  const property = fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
    const [near, oracle] = [store(), store()];
    const { tiers, move } = tiersOver(testSchema, near, moving);
    for (const [line, one] of steps.entries()) {
      if (one.op === 'put') for (const tables of [tiers, oracle]) tables.put('signs', one.row);
      if (one.op === 'leave') {
        const signs = near.list('signs', { by: one.by });
        if (signs.length > 0) move(line, { signs });
      }
      if (one.op !== 'ask') continue;
      const { order, descending, limit, isAfter } = one.options;
      const asked: ListOptions = {
        ...{
          descending,
          ...(order === undefined ? {} : { order }),
          ...(limit === undefined ? {} : { limit }),
        },
        ...(isAfter ? { after: order === 'n' ? 2 : 'b' } : {}),
      };
      expect(tiers.list('signs', one.where, asked)).toEqual(oracle.list('signs', one.where, asked));
      expect(tiers.count('signs', one.where)).toBe(oracle.count('signs', one.where));
      for (const { of, id } of oracle.list('signs'))
        expect(tiers.get('signs', of, id)).toEqual(oracle.get('signs', of, id));
    }
    expect(dump(tiers, testSchema)).toEqual(dump(oracle, testSchema));
  });
  fc.assert(property, { numRuns: times(200, 5_000) });
});

test('a page that the working set has whole asks no filter', () => {
  const kept = new KeptIndex(memoryTables(HISTORY_ROWS) as AnyTables);
  const sign = (n: number) => ({ id: `id ${n}`, of: 'of', re: null, by: null, n });
  const summary = summaryOf(testSchema, { signs: [sign(1), sign(4)] }, moving);
  kept.add({ line: 4, digest: '', size: 0 }, summary, Object.keys(moving));
  const asked = vi.spyOn(kept, 'filter');
  const near = store();
  for (const n of [5, 6]) near.put('signs', sign(n));
  const tiers = new TieredTables(testSchema, near, { open: () => store(), moving, kept });
  const newest = (limit: number) =>
    tiers.list('signs', { of: 'of' }, { order: 'n', descending: true, limit }).map(({ n }) => n);
  expect(newest(2)).toEqual([6, 5]);
  expect(asked).not.toHaveBeenCalled();
  // What is over comes first in the other order, but for who wants any
  const oldest = (more: ListOptions) =>
    tiers.list('signs', { of: 'of' }, { order: 'n', limit: 2, ...more }).map(({ n }) => n);
  expect(oldest({ any: true })).toEqual([5, 6]);
  expect(asked).not.toHaveBeenCalled();
  oldest({});
  expect(asked).toHaveBeenCalledTimes(1);
});

describe('a chunk is opened only', () => {
  const sign = (id: string, n: number) => ({ id, of: `of ${n % 2}`, re: null, by: `by ${n}`, n });
  const start = () => {
    const opened: string[] = [];
    const { tiers, move } = tiersOver(testSchema, store(), moving);
    for (const [name, numbers] of Object.entries({ old: [1, 2], middle: [3, 4], new: [5, 6] })) {
      const signs = numbers.map((n) => sign(`id ${n}`, n));
      move(numbers[0]!, { signs }, () => opened.push(name));
    }
    for (const n of [7, 8]) tiers.put('signs', sign(`id ${n}`, n));
    return { opened, tiers };
  };
  const asked: readonly [what: string, ask: (tables: TieredTables) => unknown, opened: string[]][] = [
    ['not for a row of the working set', (t) => t.get('signs', 'of 1', 'id 7'), []],
    ['not for a row that is nowhere', (t) => t.get('signs', 'of 1', 'id 9'), []],
    ['where the row is', (t) => t.get('signs', 'of 1', 'id 3'), ['middle']],
    ['where a value is', (t) => t.list('signs', { by: 'by 2' }), ['old']],
    ['where a number may be', (t) => t.count('signs', { n: 5 }), ['new']],
    ['not for values that no row has together', (t) => t.list('signs', { of: 'of 0', n: 5 }), []],
    [
      'not where the working set has as many of the last',
      (t) => t.list('signs', {}, { order: 'n', descending: true, limit: 2 }),
      [],
    ],
    [
      'from the newest, as far as a page goes',
      (t) => t.list('signs', {}, { order: 'n', descending: true, limit: 3 }),
      ['new'],
    ],
    [
      'from the oldest, where a page begins there',
      (t) => t.list('signs', {}, { order: 'n', limit: 2 }),
      ['old'],
    ],
    [
      'from a text on, where there is an order by it',
      (t) => t.list('signs', {}, { order: 'by', after: 'by 2', limit: 1 }),
      ['middle'],
    ],
    [
      'behind the value after which a page begins',
      (t) => t.list('signs', {}, { order: 'n', after: 4 }),
      ['new'],
    ],
  ];
  test.each(asked)('%s', (_, ask, wanted) => {
    const { opened, tiers } = start();
    ask(tiers);
    expect([...new Set(opened)]).toEqual(wanted);
  });
});

test('what is over is never removed: a bug', () => {
  const { tiers, move } = tiersOver(testSchema, store(), moving);
  const signs = [{ id: 'a', of: 'b', re: null, by: null, n: 1 }];
  tiers.put('signs', signs[0]!);
  move(1, { signs });
  expect(() => tiers.remove('signs', 'b', 'a')).toThrow('over rows stay');
  tiers.remove('signs', 'b', 'c');
});
