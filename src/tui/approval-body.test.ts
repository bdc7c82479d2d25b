/** A change as rows: what does something and shows nothing is seen. */
import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { times } from '../../test/support/counts.ts';
import { HOSTILE_TEXTS } from '../../test/support/hostile-texts.ts';
import { largeApproval } from '../../test/support/large-change.ts';
import { approvalOf } from '../../test/support/screens.ts';
import { atOnce } from '../core/steps.ts';
import type { PublishView } from '../services/user/approval-view.ts';
import { ansiLine, plainLine } from './ansi.ts';
import { bodyOf, bodyText, unreadGroups } from './approval-body.ts';
import { lineCells } from './frame/line.ts';
import type { Surface } from './state.ts';

const viewOf = (...lines: string[]): PublishView => ({
  ...approvalOf(['task', 'a.ts', '', 'main']),
  diff: `${['--- a/a.ts', '+++ b/a.ts', '@@ -1,1 +1,1 @@', ...lines].join('\n')}\n`,
});
const changed = (view: PublishView, surface: Surface = 'full', width = 80) => {
  const rows = bodyOf(view, width, surface)
    .slice()
    .map(({ line }) => line);
  return rows.slice(rows.findIndex((line) => plainLine(line).startsWith('@@')) + 1);
};
const shown = (view: PublishView, surface?: Surface): string[] => changed(view, surface).map(plainLine);

describe('blanks that a line ends in', () => {
  test('a blank, a tab and a dot are told apart, and none of them from what imitates it', () => {
    const ends = ['x ', 'x\t', 'x·', 'x \t ', 'x· ', 'x\\u{b7}', 'x→', ' '];
    const drawn = ['x·', 'x→   ', 'x\\u{b7}', 'x·→   ·', 'x\\u{b7}·', 'x\\x5cu{b7}', 'x\\u{2192}', '·'];
    expect(shown(viewOf(...ends.map((end) => `+${end}`)))).toEqual(drawn.map((end) => `+${end}`));
    expect(new Set(drawn.slice(1, -1)).size).toBe(6);
  });
  test('also where they went away; of a line that stays they do nothing new', () => {
    expect(shown(viewOf('-x ', '+x', ' y ', '-'))).toEqual(['-x·', '+x', ' y ', '-']);
  });
  test('in sentences they are spelled', () => {
    expect(shown(viewOf('+x \t', '-x ', ' y '), 'spoken')).toEqual(['+x\\x20\\x09', '-x\\x20', ' y ']);
  });
  test('so are many of them, with something behind, in bounded time', () => {
    const blanks = ' '.repeat(262_144);
    const before = performance.now();
    changed(viewOf(`+${blanks}x`, `+${'·'.repeat(262_144)}x`, `+${blanks}`));
    expect(performance.now() - before).toBeLessThan(60_000);
  });
});

describe('a change of many files', () => {
  const view = largeApproval(120);
  const body = bodyOf(view, 100, 'full');
  const rows = body.slice();
  const texts = rows.map(({ line }) => plainLine(line));
  const heads = body.groups;

  test('is listed by its groups, and each group names its files', () => {
    const list = texts.indexOf('3 groups, by directory:');
    expect(texts.slice(list + 1, list + 5)).toEqual([
      'a/  60 files, +60 -60',
      'b/c/  60 files, +60 -60',
      'pictures/  3 files, +0 -0, 3 binary',
      '',
    ]);
    expect(heads.map((row) => texts[row])).toEqual([
      '=== group 1 of 3: a/  60 files, +60 -60 ===',
      '=== group 2 of 3: b/c/  60 files, +60 -60 ===',
      '=== group 3 of 3: pictures/  3 files, +0 -0, 3 binary ===',
    ]);
    expect(texts.filter((text) => text.startsWith('M +1 -1  '))).toHaveLength(120);
  });
  test('a group is read when each of its rows was on the screen', () => {
    const [one = 0, two = 0, three = 0] = heads;
    const unread = (...shown: [number, number][]) => unreadGroups(body, shown);
    expect(unread()).toEqual({ unread: 3, all: 3 });
    expect(unread([1, one])).toEqual({ unread: 3, all: 3 });
    expect(unread([one + 1, two])).toEqual({ unread: 2, all: 3 });
    expect(unread([one + 2, two])).toEqual({ unread: 3, all: 3 });
    expect(unread([one + 1, two - 1], [three + 1, rows.length])).toEqual({ unread: 2, all: 3 });
    expect(unread([1, rows.length])).toEqual({ unread: 0, all: 3 });
  });
});

describe('words that changed', () => {
  const marked = (...lines: string[]): string[] =>
    changed(viewOf(...lines)).map((line) => ansiLine(line, 'none').replaceAll(/\u001b\[(\d+)m/g, '<$1>'));

  test('are strong and underlined where there is no colour, and in its own where there is', () => {
    const lines = ['-let a = 1;', '+let a = 2;'];
    expect(marked(...lines)).toEqual(['-let a = <1><4>1<24><22>;', '+let a = <1><4>2<24><22>;']);
    expect(ansiLine(changed(viewOf(...lines))[1]!, 'default')).toBe(
      '\u001b[32m+let a = \u001b[39m\u001b[32m\u001b[1m\u001b[4m2\u001b[24m\u001b[22m\u001b[39m\u001b[32m;\u001b[39m',
    );
  });
  test('also what they hide, a blank at the end, and where a line is wrapped', () => {
    expect(marked('-let a = b;', '+let a = \u202eb;')[1]).toBe('+let a = <1><4>\\u{202e}<24><22>b;');
    expect(marked('-let a = b; ', '+let a = b;\t')).toEqual([
      '-let a = b;<1><4>·<24><22>',
      '+let a = b;<1><4>→   <24><22>',
    ]);
    const long = `${'let a = b; '.repeat(12)}end`;
    expect(marked(`-${long}s`, `+${long}less`).filter((row) => row.includes('<4>'))).toEqual([
      expect.stringMatching(/^» {3}.*<1><4>ends<24><22>$/),
      expect.stringMatching(/^» {3}.*<1><4>endless<24><22>$/),
    ]);
  });
  test('none of a name of a file, nor where a part would be shown in another way than the whole', () => {
    expect(marked('-let a = x\\', '+let a = x\\x1b')).toEqual(['-let a = x\\', '+let a = x\\x5cx1b']);
    expect(marked('-let a = b·', '+let a = c·')).toEqual(['-let a = b\\u{b7}', '+let a = c\\u{b7}']);
    const rows = bodyOf(viewOf('-a', '+b'), 80, 'full')
      .slice()
      .map(({ line }) => ansiLine(line, 'none'));
    expect(rows).toContain('\u001b[1m--- a/a.ts\u001b[22m');
  });
  test('a voice has none', () => {
    expect(changed(viewOf('-let a = 1;', '+let a = 2;'), 'spoken').map((line) => line.length)).toEqual([
      1, 1,
    ]);
  });

  test('property: what is shown is the same without them, and as wide', () => {
    const word = fc.constantFrom(
      'let',
      'a',
      ' ',
      '·',
      '\\',
      'x1b',
      '🇩🇪',
      '🇩',
      '漢',
      '\u0301',
      ...HOSTILE_TEXTS,
    );
    const line = fc
      .array(word, { maxLength: 10 })
      .map((all) => all.join('').replaceAll('\n', ' ').slice(0, 900));
    const lines = fc.array(fc.tuple(line, line, line), { maxLength: 4 });
    fc.assert(
      fc.property(lines, fc.integer({ min: 12, max: 120 }), (pairs, width) => {
        const diff = pairs.flatMap(([same, old, now]) => [`-${same}${old}`, `+${same}${now}`, ` ${same}`]);
        const view = viewOf(...diff);
        const body = bodyOf(view, width, 'full');
        const rows = body.slice();
        for (const { line: row } of rows) {
          expect(stringWidth(plainLine(row))).toBe(lineCells(row));
          expect(lineCells(row)).toBeLessThanOrEqual(width);
        }
        const whole = Array.from(Map.groupBy(rows, ({ source }) => source).values(), (all) =>
          all.map(({ line: row }, n) => plainLine(row).slice(n === 0 ? 0 : 4)).join(''),
        );
        expect(`${whole.join('\n')}\n`).toBe(atOnce(bodyText(view, 'full')));
      }),
      { numRuns: times(100, 2_000) },
    );
  });
});
