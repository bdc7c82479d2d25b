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

test('measures take the place of those of the same benchmark, and of nothing else', () => {
  const page =
    'before\n\n<!-- measures -->\n\n### start\n\nkept\n\n### wrap\n\nold\n\n<!-- end of measures -->\n\nafter\n';
  const wanted =
    'before\n\n<!-- measures -->\n\n### start\n\nkept\n\n### up\n\nfirst\n\n### wrap\n\nnew\n\n<!-- end of measures -->\n\nafter\n';
  const taken = new Map([
    ['wrap', 'new\n'],
    ['up', 'first'],
  ]);
  expect(pageWith(page, taken)).toBe(wanted);
  expect(pageWith(wanted, new Map())).toBe(wanted);
  expect(() => pageWith('without', taken)).toThrow('the page has no');
});
