/** A change as rows: what does something and shows nothing is seen. */
import { describe, expect, test } from 'vitest';
import { approvalOf } from '../../test/support/screens.ts';
import type { ApprovalView } from '../services/user/approvals.ts';
import { plainLine } from './ansi.ts';
import { bodyOf } from './approval-body.ts';
import type { Surface } from './state.ts';

const viewOf = (...lines: string[]): ApprovalView => ({
  ...approvalOf(['task', 'a.ts', '', 'main']),
  diff: `${['--- a/a.ts', '+++ b/a.ts', '@@ -1,1 +1,1 @@', ...lines].join('\n')}\n`,
});
const changed = (view: ApprovalView, surface: Surface = 'full', width = 80) => {
  const rows = bodyOf(view, width, surface).map(({ line }) => line);
  return rows.slice(rows.findIndex((line) => plainLine(line).startsWith('@@')) + 1);
};
const shown = (view: ApprovalView, surface?: Surface): string[] => changed(view, surface).map(plainLine);

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
