import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Range } from './ranges.ts';
import { addRange, addToRanges, gaps, inRanges } from './ranges.ts';

const numbers = fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 40 });
const ranges = (all: readonly number[]): Range[] => all.reduce<Range[]>(addToRanges, []);

describe('ranges', () => {
  test('are the set of the numbers, in one form for every order', () => {
    fc.assert(
      fc.property(numbers, (all) => {
        const made = ranges(all);
        expect(made).toEqual(ranges([...all].reverse()));
        expect(made).toEqual(ranges([...all, ...all]));
        const members = Array.from({ length: 32 }, (_, n) => n).filter((n) => inRanges(made, n));
        expect(members).toEqual([...new Set(all)].sort((a, b) => a - b));
        made.forEach(([from, to], i) => {
          expect(from).toBeLessThanOrEqual(to);
          if (i > 0) expect(from).toBeGreaterThan(made[i - 1]![1] + 1);
        });
      }),
    );
  });

  test('take a whole range as they take each number of it', () => {
    fc.assert(
      fc.property(numbers, fc.integer({ min: 1, max: 30 }), fc.nat(10), (all, from, more) => {
        const each = Array.from({ length: more + 1 }, (_, n) => from + n);
        expect(addRange(ranges(all), [from, from + more])).toEqual(ranges([...all, ...each]));
      }),
    );
  });

  test('their gaps are what is missing up to the top', () => {
    fc.assert(
      fc.property(numbers, (all) => {
        const { high, missing } = gaps(ranges(all));
        const top = Math.max(0, ...all);
        const absent = Array.from({ length: top }, (_, i) => i + 1).filter((n) => !all.includes(n));
        expect(
          missing.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, i) => from + i)),
        ).toEqual(absent);
        expect(high).toBe((absent[0] ?? top + 1) - 1);
      }),
    );
  });
});
