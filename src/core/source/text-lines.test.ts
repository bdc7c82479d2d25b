/** Lines of a text: those of a split, one by one. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { times } from '../../../test/support/counts.ts';
import { atOnce } from '../steps.ts';
import { linesOfText } from './text-lines.ts';

const listed = (text: string): (string | undefined)[] => {
  const lines = atOnce(linesOfText(text));
  return Array.from({ length: lines.length }, (_, at) => lines.at(at));
};

test('property: they are those of a split, without the empty one behind a last line feed', () => {
  const text = fc.array(fc.constantFrom('a', 'bc', '', '\r', '漢')).map((lines) => lines.join('\n'));
  fc.assert(
    fc.property(text, fc.boolean(), (lines, isOpen) => {
      const all = isOpen ? lines : `${lines}\n`;
      const split = all.split('\n');
      expect(listed(all)).toEqual(all.endsWith('\n') || all === '' ? split.slice(0, -1) : split);
    }),
    { numRuns: times(300, 5_000) },
  );
});
test('none is before the first or behind the last', () => {
  const lines = atOnce(linesOfText('a\nb\n'));
  expect([lines.at(-1), lines.at(0), lines.at(1), lines.at(2)]).toEqual([undefined, 'a', 'b', undefined]);
});
test('very many are found in steps', () => {
  expect([...linesOfText('x\n'.repeat(100_000))].length).toBeGreaterThan(100);
});
