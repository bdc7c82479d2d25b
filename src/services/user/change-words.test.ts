/** The words of a change: what a person reads of a file before they look at its lines, and which lines stand out. */
import { describe, expect, test } from 'vitest';
import type { FileView } from './change-view.ts';
import { changeText, changeTotals, diffTone, letterOf, movesOf } from './change-words.ts';

/** What stands before and after of a file: `digest mode size`, the last two where they matter. */
const sideOf = (side: string | null): FileView['old'] => {
  if (side === null) return null;
  const [digest = '', mode = '100644', size = '5'] = side.split(' ');
  return { digest: `sha256:${digest}`, mode, size: Number(size) };
};
const fileOf = (path: string, old: string | null, now: string | null, more: Partial<FileView> = {}) => ({
  path,
  ...{ added: 0, removed: 0, shown: 'hunks' as const, recomputed: true },
  ...{ old: sideOf(old), new: sideOf(now) },
  ...more,
});
type Row = [path: string, old: string | null, now: string | null];
const moved = (...rows: Row[]) =>
  [...movesOf(rows.map((row) => fileOf(...row)))].map(([{ path }, words]) => [path, words]);

test.each([
  ['A', null, 'a'],
  ['D', 'a', null],
  ['M', 'a', 'b'],
] as const)('a file is marked %s as git does', (letter, old, now) => {
  expect(letterOf(fileOf('f', old, now))).toBe(letter);
});

describe('a file is said to be moved', () => {
  const words = [
    ['here', 'moved to "there"'],
    ['there', 'moved from "here"'],
  ];

  test.each<[string, Row[]]>([
    [
      'whichever comes first: where it was',
      [
        ['here', 'a', null],
        ['there', null, 'a'],
      ],
    ],
    [
      'whichever comes first: where it is',
      [
        ['there', null, 'a'],
        ['here', 'a', null],
      ],
    ],
    [
      'beside others that are not',
      [
        ['here', 'a', null],
        ['there', null, 'a'],
        ['new', null, 'b'],
        ['old', 'c', null],
      ],
    ],
    [
      'beside one that only changed to the same bytes',
      [
        ['here', 'a', null],
        ['kept', 'a', 'b'],
        ['there', null, 'a'],
      ],
    ],
    [
      'beside one that only changed from them',
      [
        ['here', 'a', null],
        ['kept', 'b', 'a'],
        ['there', null, 'a'],
      ],
    ],
  ])('%s', (_how, rows) => {
    expect(moved(...rows)).toEqual(words);
  });

  test('each pair by itself', () => {
    const pairs: Row[] = [
      ['a1', 'a', null],
      ['b1', 'b', null],
      ['b2', null, 'b'],
      ['a2', null, 'a'],
    ];
    expect(moved(...pairs)).toEqual([
      ['a1', 'moved to "a2"'],
      ['a2', 'moved from "a1"'],
      ['b1', 'moved to "b2"'],
      ['b2', 'moved from "b1"'],
    ]);
  });

  test('with its name quoted: it may hold anything', () => {
    expect(moved(['a', 'a', null], ['\u001b[2J', null, 'a'])[0]).toEqual(['a', 'moved to "\\u001b[2J"']);
  });

  test.each<[string, Row[]]>([
    [
      'other bytes came',
      [
        ['here', 'a', null],
        ['there', null, 'b'],
      ],
    ],
    [
      'it came with another mode',
      [
        ['here', 'a', null],
        ['there', null, 'a 100755'],
      ],
    ],
    [
      'nothing is in it, as in many a file',
      [
        ['here', 'a 100644 0', null],
        ['there', null, 'a 100644 0'],
      ],
    ],
    [
      'it came twice',
      [
        ['here', 'a', null],
        ['there', null, 'a'],
        ['too', null, 'a'],
      ],
    ],
    [
      'two went',
      [
        ['here', 'a', null],
        ['too', 'a', null],
        ['there', null, 'a'],
      ],
    ],
    [
      'two went and none came',
      [
        ['here', 'a', null],
        ['too', 'a', null],
      ],
    ],
    [
      'two came and none went',
      [
        ['there', null, 'a'],
        ['too', null, 'a'],
      ],
    ],
    [
      'a file that is still here has its bytes',
      [
        ['here', 'a', null],
        ['there', 'b', 'a'],
      ],
    ],
    ['none came', [['here', 'a', null]]],
  ])('not where %s', (_why, rows) => {
    expect(moved(...rows)).toEqual([]);
  });
});

describe('of a file is told', () => {
  const counts = { added: 2, removed: 1 };
  test.each([
    ['how much of it changed', '+2 -1', fileOf('f', 'a', 'b', counts)],
    [
      'that nobody recomputed it here',
      '+2 -1, not recomputed here',
      fileOf('f', 'a', 'b', { ...counts, recomputed: false }),
    ],
    ['how much a new one has', '+2 -0', fileOf('f', null, 'a', { added: 2 })],
    ['that a new one can be run', '+2 -0, executable file', fileOf('f', null, 'a 100755', { added: 2 })],
    [
      'that one that is gone was a link',
      '+0 -1, symbolic link',
      fileOf('f', 'a 120000', null, { removed: 1 }),
    ],
    ['that it cannot be run any more', '+0 -0, mode 100755 -> 100644: file', fileOf('f', 'a 100755', 'a')],
    [
      'its mode where it changed',
      '+0 -0, mode 100644 -> 100755: executable file',
      fileOf('f', 'a', 'a 100755'),
    ],
    [
      'that it is not text',
      'binary',
      fileOf('f', 'a', 'b', { ...counts, shown: 'binary', recomputed: false }),
    ],
    [
      'that it is text no more',
      'was text, is binary, mode 100644 -> 100755: executable file',
      fileOf('f', 'a', 'b 100755', { shown: 'text_to_binary' }),
    ],
    ['that it is too long', 'too long to show', fileOf('f', null, 'b', { shown: 'too_long' })],
  ] as const)('%s: %s', (_what, words, file) => {
    expect(changeText(file)).toBe(words);
  });
});

test.each([
  ['0 files, +0 -0', []],
  ['1 file, +3 -1', [{ added: 3, removed: 1 }]],
  [
    '2 files, +4 -3',
    [
      { added: 3, removed: 1 },
      { added: 1, removed: 2 },
    ],
  ],
])('together they are "%s"', (words, counts) => {
  expect(changeTotals(counts.map((of) => fileOf('f', 'a', 'b', of)))).toBe(words);
});

describe('in a diff', () => {
  const toned = (...lines: string[]) => lines.map((_, at) => diffTone(lines, at));
  const NAMES = ['--- a/f', '+++ b/f'];

  test('names, places, and lines that came and went stand out, what is around them does not', () => {
    expect(toned(...NAMES, '@@ -1,2 +1,2 @@', ' same +', ' same -', ' @@', '-old +', '+new -')).toEqual([
      ...['strong', 'strong', 'accent', null, null, null, 'bad', 'good'],
    ]);
  });

  test('the names of the next file stand below an empty line', () => {
    expect(toned(...NAMES, '+x', '', ...NAMES, '-y')).toEqual([
      ...['strong', 'strong', 'good', null, 'strong', 'strong', 'bad'],
    ]);
  });

  test.each([
    ['in the middle of a file', [...NAMES, '--- gone', '+++ come'], 'strong strong bad good'],
    ['that only look like the second', ['', 'x', '+++ come'], 'null null good'],
    ['without the second', ['--- gone', '-y'], 'bad bad'],
    ['without the second, at the end', ['--- gone'], 'bad'],
    ['with another one in between', ['--- gone', 'x +++ ', '+++ come'], 'bad null good'],
    ['without the first', ['x', '+++ come'], 'null good'],
    ['without the first, at the start', ['+++ come', '+++ more'], 'good good'],
    ['with one that ends as the first does', ['x --- ', '+++ come'], 'null good'],
  ])('lines that begin as names do are none %s', (_where, lines, tones) => {
    expect(
      toned(...lines)
        .map(String)
        .join(' '),
    ).toBe(tones);
  });
});
