import { expect, test } from 'vitest';
import { atLeast, atMost, compared, type Measure } from '../scripts/bench/measure.ts';
import { isReached, pageWith, tableText } from '../scripts/bench/table.ts';

const started = compared('a start', 130, 100, 'ms', atMost(1.25));
const faster: Measure = { name: 'a call', ours: 0.5, theirs: 6, ratio: 12, unit: 'ms', goal: atLeast(12) };

test('a measure beside its peer, with what it must reach', () => {
  expect(tableText([started, faster, compared('no goal', 9, 3, 'MB')])).toBe(
    `| measure | ours | held against | ratio | must reach | reached |
| --- | --- | --- | --- | --- | --- |
| a start | 130 ms | 100 ms | 1.30 | ≤ 1.25 | no |
| a call | 0.50 ms | 6.00 ms | 12.0 | ≥ 12.0 | yes |
| no goal | 9.00 MB | 3.00 MB | 3.00 |  |  |
`,
  );
});

test.each([
  ['a ratio that is as it must be', compared('', 5, 4, '', atMost(1.25)), true],
  ['a ratio above', compared('', 6, 4, '', atMost(1.25)), false],
  ['a figure that is as it must be', compared('', 5, 1, '', atMost(5, 'ours')), true],
  ['a figure above', compared('', 6, 1, '', atMost(5, 'ours')), false],
  ['fewer times faster', { ...faster, ratio: 11 }, false],
  ['nothing to reach', compared('', 6, 1, ''), null],
])('%s', (_, one, expected) => {
  expect(isReached(one)).toBe(expected);
});

test('the table takes the place of the one before, and of nothing else', () => {
  const page = 'before\n\n<!-- measures -->\nold\n<!-- end of measures -->\n\nafter\n';
  const wanted = 'before\n\n<!-- measures -->\n\nnew\n\n<!-- end of measures -->\n\nafter\n';
  expect(pageWith(page, 'new\n')).toBe(wanted);
  expect(() => pageWith('without', 'new\n')).toThrow('the page has no');
});
