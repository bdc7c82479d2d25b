import { diffArrays } from 'diff';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { times } from '../../../test/support/counts.ts';
import { atOnce } from '../steps.ts';
import { fewestEdits } from './edits.ts';

const found = (old: string[], now: string[], most: number) => atOnce(fewestEdits(old, now, most));
/** As the package says it. */
const expected = (old: string[], now: string[], most: number) =>
  diffArrays(old, now, { maxEditLength: most })?.map(({ added, removed, count }) => ({
    ...{ sign: added ? '+' : removed ? '-' : ' ', count },
  })) ?? null;

test('property: the edits are those of the package `diff`, and none where there are more than are looked for', () => {
  const lines = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 24 });
  fc.assert(
    fc.property(lines, lines, fc.integer({ min: 0, max: 48 }), (old, now, most) => {
      expect(found(old, now, most)).toEqual(expected(old, now, most));
    }),
    { numRuns: times(3_000, 300_000) },
  );
});

test('so they are of long lists: all of one gone, all other, moved, and changed here and there', () => {
  const rows = (n: number, text = 'row') => Array.from({ length: n }, (_, i) => `${text} ${i}`);
  const some = rows(600).map((row, i) => (i % 7 === 3 ? `${row}!` : row));
  for (const [old, now] of [
    [rows(600), []],
    [[], rows(600)],
    [rows(500), rows(500, 'line')],
    [rows(600), [...rows(600).slice(200), ...rows(200)]],
    [rows(600), some],
  ] as const)
    expect(found([...old], [...now], 2_000)).toEqual(expected([...old], [...now], 2_000));
});
