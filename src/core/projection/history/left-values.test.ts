/** What was added is never taken to be nowhere, whatever room there is for it. */
import { expect, test } from 'vitest';
import { hashOf, type ValueHash } from './filters.ts';
import { LeftValues } from './left-values.ts';

const hashes = (count: number, word: string): ValueHash[] =>
  Array.from({ length: count }, (_, n) => hashOf([`${word} ${n}`]));
const knownOf = (left: LeftValues, asked: readonly ValueHash[]): number =>
  asked.filter((hash) => left.mayHave(hash)).length;

test('has what was added, twice or once, and next to nothing else', () => {
  const left = new LeftValues();
  expect(knownOf(left, [[0, 1], ...hashes(1_000, 'one')])).toBe(0);
  left.add([[0, 1]]);
  left.add(hashes(50_000, 'one'));
  left.add(hashes(20_000, 'one'));
  expect(knownOf(left, [[0, 1], ...hashes(50_000, 'one')])).toBe(50_001);
  expect(knownOf(left, hashes(50_000, 'other'))).toBeLessThan(10);
});

test('values that are chosen to fall together take no memory: everything may be there from then on', () => {
  const left = new LeftValues();
  // At the same slot, however many slots there are
  const together: ValueHash[] = Array.from({ length: 2_048 }, (_, n) => [(n * 2 ** 21) >>> 0, 1]);
  left.add(together);
  expect(knownOf(left, together)).toBe(2_048);
  expect(knownOf(left, hashes(1_000, 'other'))).toBe(1_000);
});
