/** A change of very many rows: what is looked at is made, and it is the same as if all of it were. */
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { times } from '../../test/support/counts.ts';
import { HOSTILE_TEXTS } from '../../test/support/hostile-texts.ts';
import { APPROVAL, approvalOf, DIGEST, liveOf } from '../../test/support/screens.ts';
import { inRanges, type Range } from '../core/projection/ranges.ts';
import { atOnce } from '../core/steps.ts';
import type { PublishView } from '../services/user/approval-view.ts';
import { bodyOf, preparing, shownAtWidth } from './approval-body.ts';
import { LOOKS } from './approval-head.ts';
import { finding } from './find.ts';
import { rowsOfCells, textCells, theirs, wrapLine } from './frame/line.ts';
import { rowsOf } from './moves.ts';
import { pictureOf } from './picture.ts';
import { type Screen, type ScreenEffect, type ScreenEvent, startScreen } from './state.ts';
import { update } from './update.ts';

const viewOf = (lines: readonly string[]): PublishView => ({
  ...approvalOf(['task', 'a.ts', '', 'main']),
  diff: `${['--- a/a.ts', '+++ b/a.ts', '@@ -1,1 +1,1 @@', ...lines].join('\n')}\n`,
});
const ROWS = 100_000;
const large = (): PublishView =>
  viewOf(Array.from({ length: ROWS }, (_, n) => `${n % 2 ? '+' : '-'}\tconst value${n % 5_000} = "text";`));

afterEach(() => {
  vi.restoreAllMocks();
});

describe('a hundred thousand rows', () => {
  test('T174 are gone through in many steps, and then no line is made but those that are looked at', () => {
    const view = large();
    const made = vi.spyOn(LOOKS.full, 'line');
    let steps = 0;
    for (const _ of preparing(view, 'full')) steps += 1;
    expect(steps).toBeGreaterThan(ROWS / 1_000);
    made.mockClear();
    const body = bodyOf(view, 100, 'full');
    expect(body.length).toBeGreaterThan(ROWS);
    expect(bodyOf(view, 20, 'full').length).toBeGreaterThan(2 * ROWS);
    expect(made).not.toHaveBeenCalled();
    for (const from of [0, ROWS / 2, body.length - 40]) expect(body.slice(from, from + 40)).toHaveLength(40);
    expect(made.mock.calls.length).toBeLessThan(4 * 3 * 40);
  });
  test('are not kept when others are looked at', () => {
    const body = bodyOf(large(), 100, 'full');
    const [first, last] = [body.rowsOf(body.head), body.sources - 1];
    expect(body.rowsOf(body.head)).toBe(first);
    for (let source = body.head; source < last; source += 10) body.rowsOf(source);
    expect(body.rowsOf(body.head)).not.toBe(first);
    expect(body.rowsOf(body.head)).toEqual(first);
  });
});

describe('on the screen', () => {
  let now = Date.parse('2026-11-26T12:00:00Z');
  let screen: Screen;
  let effects: ScreenEffect[] = [];
  const send = (event: ScreenEvent): void => {
    now += 10;
    const step = update(screen, event, now);
    screen = step.screen;
    effects.push(...step.effects);
  };
  const keys = (...names: string[]): void => {
    for (const key of names) send({ what: 'key', key });
  };
  const draw = (): void => {
    pictureOf(screen, now);
    send({ what: 'drawn', id: APPROVAL, top: screen.approval!.top, size: screen.size });
  };
  const open = (height: number): void => {
    effects = [];
    screen = startScreen({ width: 100, height }, liveOf(['make it so', 'builder']), now);
    now += 1_000;
    keys('enter');
    send({ what: 'loaded', id: APPROVAL, view: large() });
    now += 1_000;
    draw();
  };

  test('they are paged to their end, and then signed; not before', () => {
    open(1_040);
    keys('A');
    expect(screen.notice).toMatch(/^9[89]\d{3} rows were not shown yet/);
    let pages = 0;
    for (; (rowsOf(screen)?.length ?? 0) > (screen.approval?.shown[0]?.[1] ?? 0); pages++) {
      keys('space');
      draw();
    }
    expect(pages).toBeGreaterThan(95);
    keys('A', ...DIGEST.slice(0, 4));
    expect(effects.at(-1)).toMatchObject({ do: 'approve', id: APPROVAL });
  });

  test('words are looked for beside the keys, and found where they are', () => {
    open(40);
    keys('/', ...'value4321', 'enter');
    expect(screen.notice).toContain('looking for "value4321"');
    const sought = { id: APPROVAL, words: 'value4321', direction: 1 } as const;
    expect(effects.at(-1)).toEqual({ do: 'find', ...sought });
    // Another key is answered meanwhile, and what is found of other words moves nothing
    keys('j');
    const { top } = screen.approval!;
    send({ what: 'looked', ...sought, words: 'value1' });
    expect(screen.approval?.top).toBe(top);
    expect([...finding(rowsOf(screen)!, 'value4321')].length).toBeGreaterThan(100);
    send({ what: 'looked', ...sought });
    expect(screen.notice).toMatch(/^row \d+ has "value4321"; 20 of \d+ rows do$/);
    const found = screen.approval?.find.row;
    keys('f');
    expect(screen.approval?.find.row).toBe((found ?? 0) + 5_000);
    // They are at other rows in another width: looked for anew
    send({ what: 'resize', size: { width: 60, height: 40 } });
    now += 1_000;
    effects = [];
    keys('f');
    expect(effects).toEqual([{ do: 'find', ...sought }]);
  });
});

const word = fc.constantFrom('let ', 'a', ' ', '\t', '·', '\\', '漢', '🇩🇪', '\u0301', ...HOSTILE_TEXTS);
const text = fc.array(word, { maxLength: 30 }).map((all) =>
  all
    .join('')
    .replaceAll(/[\r\n]/g, ' ')
    .slice(0, 400),
);
const width = fc.integer({ min: 8, max: 120 });

test('property: rows are counted as they are wrapped', () => {
  fc.assert(
    fc.property(text, width, fc.constantFrom('', '»   ', 'continued: '), (line, cells, indent) => {
      const shown = theirs(line);
      expect(rowsOfCells(textCells(shown.text), cells, indent)).toBe(wrapLine(shown, cells, indent).length);
    }),
    { numRuns: times(300, 5_000) },
  );
});

test('property: a part of the rows is that part of all, and another width keeps what was read as a whole', () => {
  const signed = fc.tuple(fc.constantFrom('+', '-', ' '), text).map(([sign, line]) => sign + line);
  const part = fc.tuple(fc.nat(60), fc.nat(60));
  fc.assert(
    fc.property(fc.array(signed, { maxLength: 12 }), width, width, part, (lines, one, other, [at, more]) => {
      const view = viewOf(lines);
      const body = bodyOf(view, one, 'full');
      const all = body.slice();
      expect(all).toHaveLength(body.length);
      const [from, to] = [Math.min(at, body.length - 1), Math.min(at + more, body.length - 1)];
      expect(body.slice(from, to)).toEqual(all.slice(from, to));
      for (const [row, { source }] of all.entries()) expect(body.sourceAt(row)).toBe(source);

      const shown: Range[] = [[from + 1, to + 1]];
      const after = bodyOf(view, other, 'full');
      const missing = new Set(all.flatMap(({ source }, row) => (inRanges(shown, row + 1) ? [] : [source])));
      const kept = shownAtWidth(body, shown, after);
      for (const [row, { source }] of after.slice().entries())
        expect(inRanges(kept, row + 1)).toBe(!missing.has(source));
    }),
    { numRuns: times(150, 3_000) },
  );
});

test('what is prepared for one surface is not what another shows', () => {
  const view = viewOf(['+x ']);
  atOnce(preparing(view, 'full'));
  const last = (surface: 'full' | 'spoken') => bodyOf(view, 80, surface).slice().at(-1)?.line[0]?.text;
  expect([last('full'), last('spoken'), last('full')]).toEqual(['+x·', '+x\\x20', '+x·']);
});
