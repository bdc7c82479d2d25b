/** What is appended as the screen changes: each row of an approval that counts as shown, and no cell too many of anybody. */
import fc from 'fast-check';
import stringWidth from 'string-width';
import { beforeEach, describe, expect, test } from 'vitest';
import { times } from '../../../test/support/counts.ts';
import { HOSTILE_TEXTS } from '../../../test/support/hostile-texts.ts';
import { largeApproval } from '../../../test/support/large-change.ts';
import { APPROVAL, approvalOf, DIGEST, liveOf, QUESTION, SESSION } from '../../../test/support/screens.ts';
import type { InboxItem, SessionItem } from '../../services/user/live.ts';
import { ansiLine, plainLine } from '../ansi.ts';
import { bodyOf } from '../approval-body.ts';
import type { CellLine } from '../frame/line.ts';
import { bodyWidth } from '../layout.ts';
import { type Screen, type ScreenEffect, type ScreenEvent, type Surface, startScreen } from '../state.ts';
import { update } from '../update.ts';
import { appendedLines, printedLines, startLines, type Told } from './lines.ts';
import { statusLine, typedText } from './status.ts';

const NOW = Date.parse('2026-11-26T12:00:00Z');
let now: number;
let screen: Screen;
let told: Told;
let appended: CellLine[];
let effects: ScreenEffect[];
let hasLive: boolean;

const begin = (
  texts: readonly string[] = ['make it so', 'builder'],
  surface: Exclude<Surface, 'full'> = 'inline',
  size = { width: 60, height: 20 },
): void => {
  now = NOW;
  hasLive = surface === 'inline';
  screen = startScreen(size, liveOf(texts), now, { surface });
  const start = startLines(screen, now, hasLive);
  told = start.told;
  appended = [...start.lines];
  effects = [];
  now += 1_000;
};
beforeEach(() => begin());

/** As the terminal does it: what is printed is written, and then was drawn. */
const send = (event: ScreenEvent): void => {
  now += 10;
  const before = screen;
  const step = update(screen, event, now);
  screen = step.screen;
  for (const effect of step.effects)
    if (effect.do === 'print') appended.push(...printedLines(screen, effect.what, now));
  effects.push(...step.effects);
  if (screen === before) return;
  const next = appendedLines(told, { before, event, after: screen }, now, hasLive);
  told = next.told;
  appended.push(...next.lines);
  const { approval, size } = screen;
  if (approval?.view && event.what !== 'drawn')
    send({ what: 'drawn', id: approval.id, top: approval.top, size });
};
const key = (name: string): void => send({ what: 'key', key: name });
const keys = (names: string): void => {
  for (const name of names) key(name);
};
/** Its rows, and the same with what was wrapped as one. */
const text = (): string => appended.map(plainLine).join('\n');
const flat = (rows: string): string => rows.replace(/ ?\n {4}(?=\S)/g, ' ');
/** What is appended by it. */
const by = (act: () => void): string => {
  appended = [];
  act();
  return text();
};
const view = approvalOf(['make it so', 'src/a.ts', 'const a = 1;', 'refs/heads/entangle/x'], 60);
const load = (): void => {
  send({ what: 'loaded', id: view.id, view });
  now += 1_000;
};
const open = (): void => {
  key('enter');
  load();
};
const readAll = (): void => {
  for (let page = 0; page < 30; page++) key('space');
};
const withItems = (items: readonly InboxItem[]): void =>
  send({ what: 'live', live: { ...screen.live, items: [...items] }, session: null });
const signed = (): ScreenEffect[] => effects.filter((one) => one.do === 'approve' || one.do === 'answer');

describe('an approval', () => {
  test('is opened by the key that a line names', () => {
    expect(text()).toContain('approve builder: make it so');
    expect(by(() => key('enter'))).toBe(`waiting for the change of approval \n    ${APPROVAL} of builder`);
  });
  test('T142 of many files is signed when each row of each group was printed, and says in how many something is left', () => {
    const large = largeApproval(120);
    key('enter');
    send({ what: 'loaded', id: large.id, view: large });
    now += 1_000;
    expect(by(() => key('A'))).toContain('in 3 of 3 groups');
    const rows = bodyOf(large, bodyWidth(screen.size), 'inline').length;
    let printed = screen.size.height;
    for (; screen.approval?.phase.name === 'reading' && printed < 2 * rows; key('A')) {
      printed = by(() => key('space')).split('\n').length + printed;
      expect(signed()).toEqual([]);
    }
    expect(printed).toBeGreaterThan(rows);
    keys('7f3a');
    expect(signed()).toHaveLength(1);
  });
  test('is read in pages without a gap, each row once, and only then signed', () => {
    const read = by(() => {
      open();
      keys('A');
      readAll();
    });
    expect(read).toContain('✓ verified');
    expect(read).toContain('rows were not shown yet');
    const rows = bodyOf(view, bodyWidth(screen.size), 'inline')
      .slice()
      .map(({ line }) => `│ ${plainLine(line)}`);
    expect(read.split('\n').filter((line) => line.startsWith('│ '))).toEqual(rows);
    const question = by(() => key('A'));
    expect(question).toContain('source.publish of commit');
    expect(question).toContain('binding: content');
    expect(question.replaceAll(/\s/g, '')).toContain(DIGEST);
    expect(question).toContain('type the first 4 of the digest, 7f3a');
    keys('7f3a');
    expect(signed()).toHaveLength(1);
    expect(by(() => send({ what: 'decided', id: APPROVAL, decision: 'approved' }))).toBe(
      'approved by you: ✓ signed; esc goes back',
    );
  });
  test('that is scrolled back is printed again under where that is', () => {
    open();
    expect(by(() => key('space'))).not.toContain('── rows');
    expect(by(() => key('g'))).toMatch(/^── rows 1 to 16 of \d+\n│ operation/);
    expect(by(() => key('G'))).toMatch(/^── rows \d+ to \d+ of \d+\n│ /);
  });
  test('on another width is printed anew from where it was', () => {
    open();
    key('space');
    const again = by(() => send({ what: 'resize', size: { width: 50, height: 20 } }));
    expect(again).toContain('── rows');
    for (const line of again.split('\n')) expect(stringWidth(line)).toBeLessThanOrEqual(50);
  });
  test('that cannot be verified says so, and why', () => {
    key('enter');
    const why = { why: 'the change does not match', hint: 'ask builder' };
    expect(by(() => send({ what: 'unverifiable', id: APPROVAL, ...why }))).toBe(
      'this cannot be approved:\nthe change does not match\nask builder',
    );
    expect(by(() => key('escape'))).toBe('left: nothing was signed');
  });
  test('is too long for a terminal in which the question is not in sight as a whole', () => {
    begin(undefined, 'inline', { width: 40, height: 11 });
    open();
    readAll();
    expect(by(() => keys('A7f3a'))).toContain('too small to approve on');
    expect(signed()).toEqual([]);
  });
  const together = (names: string): void => {
    for (const [n, name] of [...names].entries()) send({ what: 'key', key: name, together: n > 0 });
  };
  test.each([
    ['the digest of another request', () => keys('91bc')],
    ['A held down', () => Array.from({ length: 1_001 }, () => key('A'))],
    ['Enter held down', () => Array.from({ length: 100 }, () => key('enter'))],
    ['the digest pasted, with line ends', () => send({ what: 'paste', text: '7f3a\r7f3a\r' })],
    ['the digest in one piece', () => together('7f3a')],
    [
      'a resize before the digest',
      () => [send({ what: 'resize', size: { width: 70, height: 24 } }), keys('7f3a')],
    ],
  ] as const)('is not signed by %s, and that is told', (_, act) => {
    open();
    readAll();
    key('A');
    const said = by(() => act());
    expect(signed()).toEqual([]);
    expect(flat(said)).toMatch(/nothing was (?:signed|done)|rows 1 to/);
  });
  test('fits into few rows where they are wide', () => {
    begin(undefined, 'inline', { width: 100, height: 11 });
    open();
    readAll();
    keys('A7f3a');
    expect(signed()).toHaveLength(1);
  });
});

describe('what comes meanwhile', () => {
  const another = (): InboxItem => ({ ...screen.live.items[0]!, id: 'another', title: 'one more' });
  test.each([
    ['an approval is read', () => open()],
    ['a reason is typed', () => [open(), key('x'), keys('no')]],
    ['a filter is typed', () => keys('/b')],
    ['a question is answered', () => keys('jr80')],
  ])('while %s is told after', (_, act) => {
    act();
    const meanwhile = by(() => {
      withItems([another(), ...screen.live.items]);
      send({ what: 'said', text: 'a relay said no' });
      now += 1_000;
    });
    expect(meanwhile).not.toContain('one more');
    if (screen.typing) expect(meanwhile).toBe('');
    const after = by(() => [key('escape'), key('escape')]);
    expect(after).toContain('one more');
    expect(`${meanwhile}${after}`.split('a relay said no')).toHaveLength(2);
  });
  test('disarms, and that is told at once', () => {
    open();
    readAll();
    key('A');
    const said = by(() => withItems([another(), ...screen.live.items]));
    expect(said).toBe('another request came: disarmed, nothing was signed');
    keys('7f3a');
    expect(signed()).toEqual([]);
  });
  test('is told once: rows of the trace, sessions, what waits, and what does no more', () => {
    const [approval, session] = screen.live.items;
    const row = { id: 'new', at: NOW, signer: 'builder', session: SESSION };
    const trace = [
      ...screen.live.trace,
      { ...row, is: 'signed' as const, type: 'task.update' },
      { ...row, id: 'said', is: 'printed' as const, text: 'line\u001b[2J' },
    ];
    const live = {
      ...screen.live,
      trace,
      items: [another(), approval!, { ...session!, state: 'active' } as InboxItem],
    };
    const news = () => by(() => send({ what: 'live', live: { ...live }, session: null }));
    const first = news();
    expect(first).toMatch(
      /^12:00:00 ✓ signed {2}task\.update by builder\n12:00:00 ≈ claimed builder: line\\x1b\[2J\n/,
    );
    expect(first).toContain('active builder: make it so');
    expect(flat(first)).toMatch(/approve {3}builder: one more {2}expires .*; g, then enter opens it/);
    expect(news()).toBe('');
    const gone = by(() => withItems([session!]));
    expect(gone).toContain('approval of builder: decided by you');
  });
  test('names the keys that open it from where the person is', () => {
    const comes = (id: string): string => {
      const [first] = screen.live.items;
      const said = flat(by(() => withItems([{ ...first!, id, title: id }, ...screen.live.items])));
      now += 1_000;
      return said;
    };
    key('3');
    expect(comes('one')).toContain('; 1, then g, then enter opens it');
    key('1');
    keys('/builder');
    key('enter');
    expect(comes('two')).toContain('; g, then enter opens it');
    keys('/zzz');
    key('enter');
    expect(comes('three')).toContain('; escape, then g, then enter opens it');
    for (const name of ['escape', 'g', 'enter']) key(name);
    expect(screen.approval?.id).toBe('three');
  });
  test('that was too much is cut, and says so', () => {
    const rows = Array.from({ length: 300 }, (_, n) => ({
      ...{ id: `n${n}`, at: NOW, signer: 'x', session: null },
      ...{ is: 'printed' as const, text: `${n}` },
    }));
    const said = by(() =>
      send({ what: 'live', live: { ...screen.live, trace: [...screen.live.trace, ...rows] }, session: null }),
    );
    expect(said.split('\n')).toHaveLength(101);
    expect(said).toMatch(/^some rows before these are not shown\n/);
  });
  test('at the relays is a sentence where no line stays that shows them', () => {
    const relays = (open: number) =>
      by(() => send({ what: 'live', live: { ...screen.live, relays: { open, all: 1 } }, session: null }));
    expect(relays(1)).toBe('');
    hasLive = false;
    expect(relays(0)).toBe('relay lost: 0 of 1 relays open; what is told here may be old');
    expect(relays(1)).toBe('relay here: 1 of 1 relays open');
  });
});

describe('keys', () => {
  test('say what is selected, show panes when asked, and tell all keys without taking the next one', () => {
    expect(by(() => key('j'))).toContain('> waiting approval builder');
    expect(by(() => key('2'))).toBe('no session is selected');
    expect(by(() => key('1'))).toContain('approve builder');
    expect(by(() => key('3'))).toContain('claimed');
    expect(by(() => key('?'))).toContain('approve: asks for the first four');
    expect(by(() => key('1'))).toContain('  approve builder');
    expect(by(() => key('k'))).toContain('> approve builder');
    expect(by(() => key('Z'))).toBe('Z does nothing here; ? shows the keys');
    expect(by(() => key('Z'))).toBe('Z does nothing here; ? shows the keys');
    expect(by(() => keys('?'))).not.toContain('$PAGER');
    expect(by(() => keys('/zzz\r'))).toContain('words to show only');
    expect(by(() => key('enter'))).toContain('nothing has the words "zzz');
  });
  test('that only a frame has do nothing, and take nothing away', () => {
    open();
    expect(by(() => key('e'))).toBe('e does nothing here; ? shows the keys');
    expect(screen.isAway).toBe(false);
  });
  test('a reason is typed behind what it is, and is never longer than its row', () => {
    open();
    expect(by(() => key('x'))).toBe('reason: enter rejects, esc cancels');
    keys('because');
    expect(typedText(screen)).toBe('reason: because');
    for (let n = 0; n < 100; n++) key('w');
    expect(plainLine(statusLine(screen, now))).toBe(`${typedText(screen)}_`);
    expect(text()).toContain('no more fits in this line');
    key('enter');
    expect(signed()).toEqual([]);
    key('backspace');
    expect(by(() => key('enter'))).toBe('enter again after a second rejects, and ends the session');
    expect(signed()).toEqual([]);
    now += 1_000;
    key('enter');
    expect(signed()).toMatchObject([{ reason: screen.approval && expect.stringMatching(/^becausew+$/) }]);
  });
});

describe('a question of an engine', () => {
  test('is told with the keys that answer it, and stands above the line that is typed', () => {
    const [approval, session, question] = screen.live.items;
    withItems([approval!, session!]);
    expect(flat(by(() => withItems([...screen.live.items, question!])))).toContain(
      'asks you  builder: make it so ↵ builder  j or k, then r answers it',
    );
    send({ what: 'live', live: screen.live, session: session as SessionItem });
    now += 1_000;
    key('j');
    const asked = by(() => key('r'));
    expect(asked).toMatch(/asks you {3}make it so[\s\S]*answer: enter sends, esc cancels$/);
    keys('8080');
    expect(typedText(screen)).toBe('answer: 8080');
    key('enter');
    expect(effects).toContainEqual({ do: 'reply', id: QUESTION, text: '8080' });
    expect(by(() => withItems([approval!, { ...session!, questions: [] } as SessionItem]))).toContain(
      'question of builder: waits for you no more',
    );
  });
});

describe('sentences', () => {
  test('have no mark, and say how far it was read', () => {
    begin(undefined, 'spoken');
    expect(text()).toContain('Question mark tells the');
    expect(text()).toContain('0 of 1 relays open; what is told here may be old');
    expect(text()).toContain('Selected: Approval for builder: make it so.');
    const read = by(() => open());
    expect(flat(read)).toContain('is verified: these are the bytes that would be signed.');
    expect(read).toMatch(/Rows 1 to 16 of \d+\.\n\d+ rows were not shown yet: read on with space$/);
    expect(flat(by(() => readAll()))).toContain('All of it was shown. Capital A approves');
    expect(flat(by(() => key('A')))).toContain('type the first 4 of the digest, 7 f 3 a,');
    keys('7f3a');
    expect(by(() => send({ what: 'decided', id: APPROVAL, decision: 'approved' }))).toBe(
      'Signed: approved by you. Escape goes back.',
    );
    for (const name of ['?', 'escape', '3']) key(name);
    expect(text()).toContain('claimed by');
    expect(by(() => send({ what: 'replied' }))).toBe('answered by you: signed');
    expect(text()).not.toMatch(/[✓≈│─»·>]/);
  });
  test('spell the blanks that a line ends in, and what is drawn elsewhere', () => {
    const odd = approvalOf(['task', 'p', 'a\tb \t', 'r'], 1);
    const rows = bodyOf(odd, 80, 'spoken')
      .slice()
      .map(({ line }) => plainLine(line));
    expect(rows).toContain('+a\\x09b\\x20\\x09');
    expect(
      bodyOf(approvalOf(['task', 'p', 'a\\x20', 'r'], 1), 80, 'spoken')
        .slice()
        .map(({ line }) => plainLine(line)),
    ).toContain('+a\\x5cx20');
  });
});

const size = fc.record({
  width: fc.integer({ min: 40, max: 240 }),
  height: fc.integer({ min: 8, max: 60 }),
});
const hostile = fc.oneof(fc.constantFrom(...HOSTILE_TEXTS), fc.string({ unit: 'binary', maxLength: 200 }));
const NAMES = 'j k space tab 1 2 3 enter / x c r ? n N A G g escape a ctrl-l 7 f'.split(' ');
const anything = fc.array(
  fc.oneof(
    fc.constantFrom(...NAMES).map((name): ScreenEvent => ({ what: 'key', key: name })),
    hostile.map((pasted): ScreenEvent => ({ what: 'paste', text: pasted })),
    hostile.map((said): ScreenEvent => ({ what: 'said', text: said })),
    size.map((one): ScreenEvent => ({ what: 'resize', size: one })),
    fc.array(hostile, { minLength: 4, maxLength: 6 }).map(
      (texts): ScreenEvent => ({
        what: 'live',
        live: {
          ...liveOf(texts),
          trace: liveOf(texts).trace.map((row) => ({ ...row, id: `${row.id}${texts}` })),
        },
        session: null,
      }),
    ),
  ),
  { maxLength: 14 },
);

describe('whatever happens', () => {
  test.each(['inline', 'spoken'] as const)(
    'every line of %s fits, and no control character is of anybody',
    (surface) => {
      fc.assert(
        fc.property(
          size,
          fc.array(hostile, { minLength: 4, maxLength: 8 }),
          anything,
          (first, texts, what) => {
            begin(texts, surface, first);
            const one = approvalOf(texts);
            const { width } = first;
            let least = width;
            key('enter');
            for (const event of [{ what: 'loaded', id: one.id, view: one } as const, ...what]) {
              appended = [];
              send(event);
              least = screen.size.width;
              for (const line of [...appended, statusLine(screen, now)]) {
                const bare = ansiLine(line, 'none').replace(/\u001b\[[0-9;]*m/g, '');
                expect(bare).not.toMatch(/\p{Cc}|\p{Cf}/u);
                expect(stringWidth(bare), JSON.stringify(bare)).toBeLessThanOrEqual(least);
              }
              expect(typedText(screen) ?? '').not.toMatch(/\p{Cc}|\p{Cf}/u);
            }
          },
        ),
        { numRuns: times(60, 1_000) },
      );
    },
  );

  test('each row that counts as shown was printed', () => {
    fc.assert(
      fc.property(
        size,
        fc.array(fc.oneof(fc.constantFrom(...NAMES), size), { maxLength: 30 }),
        (first, what) => {
          begin(undefined, 'inline', first);
          const texts = Array.from({ length: 40 }, (_, n) => `+row ${n}`).join('\n');
          const one = { ...view, diff: `--- a/x\n+++ b/x\n@@ -0,0 +1,40 @@\n${texts}\n` };
          appended = [];
          key('enter');
          send({ what: 'loaded', id: one.id, view: one });
          now += 1_000;
          for (const next of what) {
            if (typeof next === 'string') key(next);
            else send({ what: 'resize', size: next });
            now += 1_000;
            if (!screen.approval?.view) return;
          }
          const printed = new Set(appended.map(plainLine));
          const rows = bodyOf(one, bodyWidth(screen.size), 'inline');
          for (const [from, to] of screen.approval?.shown ?? [])
            for (const { line } of rows.slice(from - 1, to))
              if (/row \d+/.test(plainLine(line))) expect(printed).toContain(`│ ${plainLine(line)}`);
        },
      ),
      { numRuns: times(100, 2_000) },
    );
  });
});
