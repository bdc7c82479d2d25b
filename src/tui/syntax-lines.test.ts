/** Syntax in a change: in the looks of its cells, and in nothing else of them. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { times } from '../../test/support/counts.ts';
import { HOSTILE_TEXTS } from '../../test/support/hostile-texts.ts';
import { approvalOf } from '../../test/support/screens.ts';
import type { PublishView } from '../services/user/approval-view.ts';
import { ansiLine, plainLine } from './ansi.ts';
import { bodyOf } from './approval-body.ts';
import { lineCells } from './frame/line.ts';
import { syntaxLines } from './syntax-lines.ts';

const viewOf = (...lines: string[]): PublishView => ({
  ...approvalOf(['task', 'a.ts', '', 'main']),
  diff: `${['--- a/a.ts', '+++ b/a.ts', '@@ -1,1 +1,1 @@', ...lines].join('\n')}\n`,
});
const drawn = (view: PublishView, width = 80) => {
  const body = bodyOf(view, width, 'full');
  return syntaxLines(body, 0, body.length);
};
const shown = (theme: 'default' | 'high-contrast' | 'colour-blind' | 'none', ...lines: string[]): string[] =>
  drawn(viewOf(...lines))
    .slice(-lines.length)
    .map((line) => ansiLine(line, theme).replaceAll(/\u001b\[(\d+)m/g, '<$1>'));

describe('a word of a program', () => {
  test('is coloured within what its line is; of what went away none is', () => {
    expect(shown('default', '+if (x)', ' if (x)', '-if (x)')).toEqual([
      '<32>+<39><32><35>if<39><39><32> (x)<39>',
      ' <35>if<39> (x)',
      '<31>-if (x)<39>',
    ]);
  });
  test.each(['high-contrast', 'none'] as const)('has no look of its own in %s', (theme) => {
    const [added = '', same = ''] = shown(theme, '+if (x)', ' if ("x") // y');
    expect(new Set(added.match(/<\d+>/g) ?? [])).toEqual(new Set(theme === 'none' ? [] : ['<1>', '<22>']));
    expect(same).not.toContain('<');
  });
  test('in colour-blind is neither of the two hues that say what came and went', () => {
    expect(shown('colour-blind', ' if ("x") // y')[0]).toBe(' <1>if<22> (<36>"x"<39>) // y');
  });
  test('that changed keeps its mark alone', () => {
    expect(shown('default', '-let a = 1;', '+let a = 2;')[1]).toBe(
      '<32>+<39><32><35>let<39><39><32> a = <39><32><1><4>2<24><22><39><32>;<39>',
    );
  });
  test('is so where a line is wrapped, behind what is shown as an escape', () => {
    const lines = drawn(viewOf(`+\u202e ${'a '.repeat(9)}"one two"`), 20).slice(-3);
    const literals = lines.flat().filter(({ syntax }) => syntax === 'literal');
    expect(literals.map(({ text }) => text).join('')).toBe('"one two"');
  });
  test('nothing of it is known before a row is asked for', () => {
    const view = viewOf('+if (x)');
    const rows = bodyOf(view, 80, 'full').slice();
    expect(rows.flatMap(({ line }) => line).filter(({ syntax }) => syntax !== undefined)).toEqual([]);
  });
});

test('property: each row has the same text in the same cells and tones as without', () => {
  const word = fc.constantFrom(
    ...['if', ' ', '"', '/*', '//', '\\', '·', '1', '漢', '🇩', '\u0301', ...HOSTILE_TEXTS],
  );
  const line = fc.array(word, { maxLength: 10 }).map((all) => all.join('').replaceAll('\n', ' '));
  fc.assert(
    fc.property(fc.array(line, { maxLength: 6 }), fc.integer({ min: 12, max: 120 }), (lines, width) => {
      const view = viewOf(...lines.flatMap((one) => [` ${one}`, `-${one}`, `+${one}x`]));
      const rows = bodyOf(view, width, 'full').slice();
      const tonesOf = (spans: (typeof rows)[number]['line']) =>
        spans.flatMap(({ text, tone }) => Array.from(text, (sign) => `${sign} ${tone}`));
      for (const [n, coloured] of drawn(view, width).entries()) {
        expect(plainLine(coloured)).toBe(plainLine(rows[n]!.line));
        expect(lineCells(coloured)).toBe(lineCells(rows[n]!.line));
        expect(tonesOf(coloured)).toEqual(tonesOf(rows[n]!.line));
      }
    }),
    { numRuns: times(40, 2_000) },
  );
});
