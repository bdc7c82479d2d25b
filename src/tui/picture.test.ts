/** A frame has exactly its size, whatever is in it; what is signed is there whenever it can be signed. */
import fc from 'fast-check';
import stringWidth from 'string-width';
import { afterEach, describe, expect, test } from 'vitest';
import { times } from '../../test/support/counts.ts';
import { HOSTILE_TEXTS } from '../../test/support/hostile-texts.ts';
import { approvalOf, commandOf, liveOf, reviewOf, treeOf } from '../../test/support/screens.ts';
import { isTrouble } from '../services/user/is-trouble.ts';
import { ansiLine } from './ansi.ts';
import type { Size } from './frame/box.ts';
import { pictureOf } from './picture.ts';
import { type Screen, type ScreenEvent, startScreen } from './state.ts';
import { update } from './update.ts';

const SESSION = '01a219ec-0000-7000-8000-000000000001';
const BRANCH = `refs/heads/entangle/builder/${SESSION}`;
const NOW = Date.parse('2026-11-26T12:00:00Z');
const after = (screen: Screen, events: readonly ScreenEvent[]): Screen =>
  events.reduce((one, event, n) => update(one, event, NOW + 1_000 + 400 * n).screen, screen);

/** Rows that are fine, by their width: most of a frame is as it was in the one before. */
const fine = new Map<number, Set<string>>();
afterEach(() => fine.clear());
const isFine = (row: string, width: number): boolean =>
  stringWidth(row) === width && !/\p{Cc}|\p{Cf}/u.test(row);

const expectExact = (screen: Screen): string[] => {
  const { width, height } = screen.size;
  const lines = pictureOf(screen, NOW).map((line) => ansiLine(line, 'none').replace(/\u001b\[[0-9;]*m/g, ''));
  const known = fine.get(width) ?? new Set();
  fine.set(width, known);
  const wrong = lines.filter((row) => {
    if (known.has(row)) return false;
    if (!isFine(row, width)) return true;
    known.add(row);
    return false;
  });
  if (lines.length !== height || wrong.length > 0)
    expect({ rows: lines.length, wrong, width }).toEqual({ rows: height, wrong: [], width });
  return lines;
};

const size = fc.record({
  width: fc.integer({ min: 40, max: 240 }),
  height: fc.integer({ min: 12, max: 80 }),
});
const text = fc.oneof(fc.constantFrom(...HOSTILE_TEXTS), fc.string({ unit: 'binary', maxLength: 200 }));
const KEYS = [
  'j',
  'k',
  'space',
  'tab',
  '2',
  '3',
  'enter',
  '/',
  'x',
  '?',
  'n',
  'N',
  'A',
  'd',
  's',
  'f',
  'G',
  'g',
  'escape',
  'a',
];
const events = fc.array(
  fc.oneof(
    fc.constantFrom(...KEYS).map((key): ScreenEvent => ({ what: 'key', key })),
    text.map((pasted): ScreenEvent => ({ what: 'paste', text: pasted })),
    size.map((one): ScreenEvent => ({ what: 'resize', size: one })),
  ),
  { maxLength: 12 },
);

describe('a line that is typed', () => {
  test.each((['x', 'c', 'a'] as const).flatMap((key) => [60, 80, 120].map((width) => [key, width] as const)))(
    '%s at %i columns: all that Enter signs is on the screen, also when it is full',
    (key, width) => {
      const view = approvalOf(['task']);
      const open: ScreenEvent[] = [
        { what: 'key', key: 'enter' },
        { what: 'loaded', id: view.id, view },
      ];
      const live = liveOf(['task', 'an-agent-with-a-long-name']);
      const start = after(startScreen({ width, height: 30 }, live, NOW - 1_000), key === 'a' ? [] : open);
      const later = (screen: Screen, name: string) =>
        update(screen, { what: 'key', key: name }, NOW + 5_000).screen;
      let screen = later(start, key);
      for (let n = 0; n < 700; n += 1) {
        screen = later(screen, String.fromCharCode(97 + (n % 26)));
        const shown = expectExact(screen)
          .slice(-5)
          .map((row) => row.trimEnd())
          .join('');
        if (!shown.includes(screen.typing!.text)) expect(shown).toContain(screen.typing!.text);
      }
      expect(screen.typing).toMatchObject({ isFull: true });
      expect(screen.typing!.text.length).toBeGreaterThan(4 * (width - 30));
    },
  );
});

describe('every frame', () => {
  test('has exactly its lines of exactly its cells, and no control character of anybody', () => {
    fc.assert(
      fc.property(size, fc.array(text, { minLength: 4, maxLength: 8 }), events, (first, texts, what) => {
        const view = approvalOf(texts);
        const command = commandOf(texts);
        const review = reviewOf(texts);
        const live = liveOf(texts);
        const start = startScreen(first, live, NOW - 1_000);
        const session = live.items.find((one) => one.what === 'session') ?? null;
        const tree = treeOf(texts);
        const atReview = after(start, [
          { what: 'key', key: 'G' },
          { what: 'key', key: 'enter' },
        ]);
        for (const screen of [
          after(start, what),
          after({ ...start, session, tree, pane: 'session' }, what),
          after({ ...start, tree, pane: 'session' }, what),
          ...live.items
            .filter(isTrouble)
            .map(({ id }) => after({ ...start, session, selected: id, pane: 'session' }, what)),
          after(start, [{ what: 'key', key: 'enter' }, { what: 'loaded', id: view.id, view }, ...what]),
          after(start, [
            { what: 'key', key: 'enter' },
            { what: 'loaded', id: command.id, view: command },
            ...what,
          ]),
          after(atReview, [{ what: 'loaded', id: review.id, view: review }, ...what]),
          after(start, [
            { what: 'key', key: 'enter' },
            { what: 'loaded', id: view.id, view: { ...view, alike: [view, approvalOf(texts.toReversed())] } },
            ...what,
          ]),
        ])
          expectExact(screen);
      }),
      { numRuns: times(60, 2_000) },
    );
  });

  test('that offers to approve has operation, commit, branch, digest and binding', () => {
    fc.assert(
      fc.property(size, fc.boolean(), (one: Size, isOwn) => {
        const approval = approvalOf(['fix it', 'work/app.git', 'line', BRANCH]);
        const view = isOwn ? { ...approval, session: SESSION } : approval;
        const screen = after(startScreen(one, liveOf(['fix it']), NOW - 1_000), [
          { what: 'key', key: 'enter' },
          { what: 'loaded', id: view.id, view },
        ]);
        const [whole, digest] = [expectExact(screen).join('\n'), view.subjectDigest.slice('sha256:'.length)];
        const isSmall = one.width < 56;
        expect(whole).toMatch(
          isSmall ? /too small to approve on/ : /rows? (?:was|were) not shown yet|all of it was shown/,
        );
        if (isSmall) return;
        expect(whole).toContain('source.publish of commit');
        // A branch of a session takes all of a narrow row, and nothing beside it
        expect(whole).toContain(`${isOwn ? 'to' : 'lands on'} ${BRANCH}`.slice(0, one.width - 4));
        expect(whole).toContain('of file:///work/app.git');
        expect(whole).toMatch(/expires in .*; binding: content/);
        if (one.width >= 80) expect(whole).toContain('(bytes, branch and expected head)');
        for (const group of digest.match(/.{4}/g)!.slice(0, 4)) expect(whole).toContain(group);
      }),
      { numRuns: times(40, 500) },
    );
  });
});
