/** What keys do; above all, what signs and what never does. */

import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  APPROVAL,
  approvalOf,
  commandOf,
  DIGEST,
  liveOf,
  QUESTION,
  REVIEW,
  reviewOf,
  SESSION,
} from '../../test/support/screens.ts';
import { canonicalize } from '../core/encoding/canonical.ts';
import { atOnce } from '../core/steps.ts';
import type { InboxItem, SessionItem } from '../services/user/live.ts';
import { plainLine } from './ansi.ts';
import { ARMED_MS, openApproval } from './approval.ts';
import { bodyOf, bodyText } from './approval-body.ts';
import { readAllOf } from './approval-pane.ts';
import { asideRows } from './aside.ts';
import { statusLine } from './inline/status.ts';
import { footOf } from './keys.ts';
import { sessionLines, stateWords } from './panes.ts';
import { pictureOf } from './picture.ts';
import { type Screen, type ScreenEffect, type ScreenEvent, startScreen } from './state.ts';
import { update } from './update.ts';

let now: number;
let screen: Screen;
let effects: ScreenEffect[];

const send = (event: ScreenEvent): void => {
  now += 10;
  const step = update(screen, event, now);
  screen = step.screen;
  effects.push(...step.effects);
};
const key = (name: string): void => send({ what: 'key', key: name });
const keys = (names: string): void => {
  for (const name of names) key(name);
};
/** As the terminal does after each frame. */
const draw = (): void => {
  const { approval, size } = screen;
  if (approval) send({ what: 'drawn', id: approval.id, top: approval.top, size });
};
/** As one read of the terminal gives them. */
const together = (names: string): void => {
  for (const [n, name] of [...names].entries()) send({ what: 'key', key: name, together: n > 0 });
};
const wait = (ms: number): void => {
  now += ms;
};
const view = approvalOf(['make it so', 'src/a.ts', 'const a = 1;', 'refs/heads/entangle/x'], 100);
const loaded = (): ScreenEvent => ({ what: 'loaded', id: view.id, view });
const signed = (): ScreenEffect[] => effects.filter((one) => one.do === 'approve' || one.do === 'answer');

beforeEach(() => {
  now = Date.parse('2026-11-26T12:00:00Z');
  screen = startScreen({ width: 100, height: 30 }, liveOf(['make it so', 'builder']), now);
  effects = [];
  wait(1_000);
});

const open = (): void => {
  key('enter');
  send(loaded());
  wait(1_000);
  draw();
};
const readAll = (): void => {
  for (let page = 0; page < 20; page++) {
    key('space');
    draw();
  }
};

test('enter opens what is selected, and asks for its change', () => {
  key('enter');
  expect(screen.approval).toMatchObject({ id: APPROVAL, phase: { name: 'loading' } });
  expect(effects).toEqual([{ do: 'load', id: APPROVAL }]);
  key('escape');
  expect(screen.approval).toBeNull();
});

test('a change that comes after its approval was left is not shown as another’s', () => {
  key('enter');
  key('escape');
  send(loaded());
  expect(screen.approval).toBeNull();
});

describe('an approval is signed', () => {
  test('when all of it was on the screen, by A and then the first four of its digest', () => {
    open();
    readAll();
    keys('A7f3');
    expect(signed()).toEqual([]);
    key('a');
    expect(signed()).toEqual([
      { do: 'approve', id: APPROVAL, seen: { shown: `sha256:${DIGEST}`, request: view.request } },
    ]);
    expect(screen.approval?.phase).toEqual({ name: 'signing', what: 'approved' });
    send({ what: 'decided', id: APPROVAL, decision: 'approved' });
    expect(screen.approval?.phase).toEqual({ name: 'decided', what: 'approved' });
  });

  test('with a mistake taken back', () => {
    open();
    readAll();
    keys('A7e');
    key('backspace');
    keys('f3a');
    expect(signed()).toHaveLength(1);
  });

  test('and told when it was refused after it was left', () => {
    open();
    readAll();
    keys('A7f3a');
    key('escape');
    send({ what: 'refused', id: APPROVAL, why: 'this approval has expired' });
    expect(screen).toMatchObject({ notice: 'this approval has expired', approval: null });
  });

  test('and told when it was refused after all', () => {
    open();
    readAll();
    keys('A7f3a');
    send({ what: 'refused', id: APPROVAL, why: 'this approval has expired' });
    expect(screen).toMatchObject({
      notice: 'this approval has expired',
      approval: { phase: { name: 'reading' } },
    });
  });
});

describe('nothing is signed', () => {
  const armedThen = (act: () => void): void => {
    open();
    readAll();
    key('A');
    expect(screen.approval?.phase.name).toBe('armed');
    act();
    expect(signed()).toEqual([]);
    expect(screen.approval?.phase.name).not.toBe('armed');
  };

  test('before the end of the change was on the screen; that it was scrolled past is not enough', () => {
    open();
    keys('A7f3a');
    key('G');
    draw();
    keys('A7f3a');
    expect(signed()).toEqual([]);
    key('A');
    expect(screen.notice).toMatch(/\d+ rows were not shown yet/);
  });
  test('of rows that were scrolled to and never drawn', () => {
    open();
    for (let page = 0; page < 20; page++) key('space');
    draw();
    keys('A7f3a');
    expect(signed()).toEqual([]);
  });
  test.each([
    ['a function key', () => [key('this key'), keys('7f3a')]],
    ['Enter held down', () => Array.from({ length: 1_000 }, () => key('enter'))],
    ['A held down', () => Array.from({ length: 1_001 }, () => key('A'))],
    ['the digest of another request', () => keys('91bc')],
    ['a key that is no digit', () => keys('7fx3a')],
    ['the digest pasted', () => send({ what: 'paste', text: '7f3a' })],
    ['a paste of 10 KB with newlines', () => send({ what: 'paste', text: '7f3a\n'.repeat(2_000) })],
    [
      'a resize between A and the digest',
      () => [send({ what: 'resize', size: { width: 90, height: 30 } }), keys('7f3a')],
    ],
    ['the digest in one piece', () => together('7f3a')],
    ['too long a pause', () => [keys('7f3'), wait(ARMED_MS + 1), key('a')]],
    ['a tick after too long a pause', () => [wait(ARMED_MS + 1), send({ what: 'tick' })]],
  ] as const)('by %s', (_, act) => armedThen(act));

  test('by A and the digest in one piece', () => {
    open();
    readAll();
    const { top } = screen.approval!;
    together('A7bbbb');
    expect(signed()).toEqual([]);
    expect(screen).toMatchObject({ approval: { top }, notice: expect.stringContaining('pasted') });
    expect(screen.approval?.phase.name).toBe('reading');
  });
  test.each([
    ['another request', 0],
    ['a question', 2],
  ])('by keys that were on their way when %s came', (_what, at) => {
    armedThen(() => {
      const other = { ...screen.live.items[at]!, id: 'another' };
      send({ what: 'live', live: { ...screen.live, items: [other, ...screen.live.items] }, session: null });
      keys('7f3aA7f3a');
    });
    expect(screen.selected).toBe(APPROVAL);
  });
  test('of what was decided elsewhere meanwhile: it says so', () => {
    armedThen(() => {
      const items = screen.live.items.filter((one) => one.id !== APPROVAL);
      send({ what: 'live', live: { ...screen.live, items }, session: null });
      keys('7f3aA7f3a');
    });
    expect(screen.approval?.phase).toEqual({ name: 'closed', as: null });
  });
  test.each(['approved', 'expired', 'invalidated', 'pending'] as const)(
    'once it is %s: it says how',
    (state) => {
      open();
      const asking = screen.live.items.find((one) => one.id === SESSION) as SessionItem;
      const session = { ...asking, approvals: [{ ...asking.approvals[0]!, id: APPROVAL, state }] };
      const live = { ...screen.live, items: [asking] };
      send({ what: 'live', live, session });
      expect(screen.approval?.phase).toEqual({ name: 'closed', as: state });
      const text = pictureOf(screen, 0)
        .map((line) => line.map((span) => span.text).join(''))
        .join('\n');
      expect(text).toContain(
        state === 'pending' ? 'you decided this' : state === 'invalidated' ? 'void' : state,
      );
    },
  );
  test('by digits that came too late, and none of them is a key of the screen', () => {
    armedThen(() => {
      wait(5_001);
      send({ what: 'tick' });
    });
    const before = screen.approval;
    for (const digit of ['7', 'c', 'a', 'f']) {
      wait(900);
      key(digit);
      expect(screen.notice).toBe(`${digit} came too late for the digest, and was no key; A begins again`);
    }
    expect([screen.typing, screen.approval?.top]).toEqual([null, before?.top]);
    key('A');
    expect(screen.approval?.phase.name).toBe('armed');
    keys('0');
    keys('00c');
    expect([signed(), screen.typing]).toEqual([[], null]);
    wait(3_001);
    key('c');
    expect(screen.typing).toMatchObject({ what: 'changes_wanted' });
  });
  test.each([
    ['Ctrl-C', () => key('ctrl-c')],
    ['a paste', () => send({ what: 'paste', text: 'x' })],
  ])('where %s ended it, whose person knows: the next key is one', (_, end) => {
    armedThen(end);
    key('c');
    expect(screen.typing).toMatchObject({ what: 'changes_wanted' });
  });
  test('by keys that were typed before the change was there', () => {
    key('enter');
    send(loaded());
    draw();
    keys('A7f3a');
    expect(signed()).toEqual([]);
  });
  test.each([
    ['closed', { state: 'expired' }],
    ['decided', { decision: 'rejected' as const }],
    ['expired', { expires: '2026-11-26T11:00:00.000Z' }],
  ])('where it is %s', (_, change) => {
    key('enter');
    send({ what: 'loaded', id: APPROVAL, view: { ...view, ...change } });
    wait(1_000);
    draw();
    readAll();
    keys('A7f3a');
    expect(signed()).toEqual([]);
  });
  test('where the bytes do not fit: neither approved nor mistaken for unread', () => {
    key('enter');
    send({ what: 'unverifiable', id: APPROVAL, why: 'the received change does not match', hint: null });
    wait(1_000);
    keys('A7f3a');
    expect(signed()).toEqual([]);
    key('A');
    expect(screen.notice).toBe('what cannot be verified cannot be approved');
  });
  test('by keys that were typed while a pager had the terminal, nor is what it showed read', () => {
    open();
    key('e');
    const [page] = effects.filter((one) => one.do === 'page');
    expect(page && atOnce(bodyText(page.view, 'full'))).toContain('const a = 1;');
    const before = screen.approval;
    keys('A7f3a');
    send({ what: 'paste', text: 'A7f3a' });
    draw();
    expect(screen.approval).toBe(before);
    send({ what: 'returned', why: null });
    keys('A7f3a');
    expect([signed(), screen.approval]).toEqual([[], before]);
    wait(1_000);
    key('A');
    expect(screen.notice).toMatch(/not shown yet/);
  });
  test('twice', () => {
    open();
    readAll();
    keys('A7f3aA7f3a');
    expect(signed()).toHaveLength(1);
  });
});

/** Enter, and once more when keys count again. */
const entered = () => {
  key('enter');
  wait(1_000);
  key('enter');
};

describe('a rejection', () => {
  test('has a reason that was typed', () => {
    open();
    key('x');
    key('enter');
    expect(signed()).toEqual([]);
    key('x');
    for (const name of ['n', 'o', 'space', 't', 'e', 's', 't', 's']) key(name);
    entered();
    expect(signed()).toEqual([
      {
        do: 'answer',
        answer: 'rejected',
        id: APPROVAL,
        reason: 'no tests',
        seen: { shown: view.subjectDigest, request: view.request },
      },
    ]);
  });
  test('is signed by a second Enter, a moment later, and by no other key between', () => {
    open();
    // Prose beside the screen
    for (const name of ['f', 'i', 'x', 'space', 'i', 't', 'enter', 'enter']) key(name);
    expect([signed(), screen.typing]).toMatchObject([[], { text: ' it', sureFrom: expect.any(Number) }]);
    expect(pictureOf(screen, now).map(plainLine).join()).toContain('enter again after a second rejects');
    key('enter');
    expect(screen.notice).toBe('too early: enter again after a second rejects, and ends the session');
    wait(1_000);
    key('s');
    expect([screen.typing, screen.notice]).toEqual([{ what: 'rejected', text: ' its' }, null]);
    key('enter');
    expect(signed()).toEqual([]);
    wait(1_000);
    key('escape');
    expect([signed(), screen.notice]).toEqual([[], 'nothing was signed']);
  });
  test('is not signed by an Enter that is held, however long', () => {
    open();
    for (const name of ['x', 'n', 'o', 'enter']) key(name);
    wait(500);
    for (let n = 0; n < 100; n++) {
      key('enter');
      wait(33);
    }
    expect(signed()).toEqual([]);
    wait(250);
    key('enter');
    expect(signed()).toHaveLength(1);
  });
  test('takes rows of the change where it is long: what is drawn meanwhile does not count as shown', () => {
    open();
    const { shown } = screen.approval!;
    key('space');
    key('x');
    keys('because '.repeat(30).replaceAll(' ', ''));
    draw();
    expect(screen.approval?.shown).toEqual(shown);
    const rows = pictureOf(screen, now).map(plainLine);
    expect(rows).toHaveLength(30);
    expect(rows.slice(-3).join('\n')).toMatch(/^ reason: because[\s\S]*enter rejects, esc cancels *$/);
  });
  test('is never longer than what is seen of it', () => {
    open();
    key('x');
    send({ what: 'paste', text: 'w '.repeat(400) });
    expect(screen.typing).toEqual({ what: 'rejected', text: '', isFull: true });
    keys('0123456789'.repeat(40));
    send({ what: 'resize', size: { width: 60, height: 30 } });
    wait(1_000);
    key('enter');
    expect(signed()).toEqual([]);
  });
  test('that is longer than the row stays a line that is typed: no key of it is a command', () => {
    open();
    key('c');
    const text = 'rename the helper in all modules, then fix up the tests and explain why. '.repeat(9);
    for (const name of text) key(name === ' ' ? 'space' : name);
    expect(screen.typing).toMatchObject({ what: 'changes_wanted', isFull: true });
    expect([text.startsWith(screen.typing!.text), signed()]).toEqual([true, []]);
    // What Enter would sign has no end, and what comes after the gap does not close it
    key('enter');
    send({ what: 'paste', text: 'x' });
    expect(signed()).toEqual([]);
    expect(screen.typing).toMatchObject({ what: 'changes_wanted', isFull: true });
    key('backspace');
    expect(screen.typing!.isFull).toBeUndefined();
  });
  test('is never Enter held down, and no pasted line end gives it', () => {
    open();
    key('x');
    for (let n = 0; n < 100; n++) key('enter');
    key('x');
    send({ what: 'paste', text: 'because\nof\nthis\n' });
    expect(signed()).toEqual([]);
    expect(screen.typing).toEqual({ what: 'rejected', text: 'because\nof\nthis\n' });
    key('escape');
    expect(screen.typing).toBeNull();
  });
});

describe('a task', () => {
  test('is cancelled with a reason, by a second Enter', () => {
    const session = screen.live.items.find(({ what }) => what === 'session')!;
    screen = { ...screen, selected: session.id };
    key('X');
    key('enter');
    expect(screen.notice).toBe('a cancellation needs a reason; nothing was signed');
    key('X');
    keys('enough');
    key('enter');
    expect([effects, screen.notice]).toEqual([
      [],
      'enter again after a second ends the task and its session',
    ]);
    wait(1_000);
    key('enter');
    expect(effects).toEqual([{ do: 'cancel', session: session.id, reason: 'enough' }]);
    send({ what: 'cancelled' });
    expect(screen.notice).toBe('cancelled by you: ✓ signed');
  });
  test('that has ended is not cancelled', () => {
    const session = screen.live.items.find(({ what }) => what === 'session') as SessionItem;
    const items = [{ ...session, state: 'completed' as const }];
    screen = { ...screen, live: { ...screen.live, items }, selected: session.id };
    key('X');
    expect([screen.typing, screen.notice]).toEqual([null, 'this task has ended']);
  });
  test('is cancelled by its approval too, and none where nothing is selected', () => {
    key('X');
    expect(screen.typing).toMatchObject({ what: 'cancel', session: view.session });
    key('escape');
    screen = { ...screen, selected: null };
    key('X');
    expect([screen.typing, screen.notice]).toEqual([null, 'no task is selected']);
  });
});

describe('the editor of a line that is signed', () => {
  const editedTo = (text: string, why: string | null = null) => {
    send({ what: 'edited', text, why });
    wait(1_000);
  };
  test('gives its words back into the line, which two Enters sign', () => {
    open();
    key('c');
    keys('rename');
    key('enter');
    key('ctrl-e');
    expect([screen.isAway, effects.at(-1)]).toEqual([true, { do: 'edit', text: 'rename' }]);
    key('enter');
    editedTo('rename it\r\nand\u0007 test\n');
    expect(screen.typing).toEqual({ what: 'changes_wanted', text: 'rename it\nand  test', isEdited: true });
    expect([screen.isAway, signed()]).toEqual([false, []]);
    key('enter');
    expect(signed()).toEqual([]);
    wait(1_000);
    key('enter');
    expect(signed()).toMatchObject([{ answer: 'changes_wanted', reason: 'rename it\nand  test' }]);
  });
  test('has no key that counts before it was left, nor one that was typed into it', () => {
    open();
    key('c');
    key('ctrl-e');
    send({ what: 'edited', text: 'words', why: null });
    key('enter');
    expect(screen.typing).toEqual({ what: 'changes_wanted', text: 'words', isEdited: true });
  });
  test('left without words cancels; one that did not work leaves the line as it was', () => {
    open();
    key('x');
    keys('no');
    key('ctrl-e');
    editedTo('', 'vi was stopped');
    expect([screen.typing, screen.notice]).toEqual([{ what: 'rejected', text: 'no' }, 'vi was stopped']);
    key('ctrl-e');
    editedTo(' \n');
    expect([screen.typing, screen.notice]).toEqual([null, 'a rejection needs a reason; nothing was signed']);
  });
  test('a text that is longer than the rows of the screen is kept, and is not signed', () => {
    open();
    key('c');
    key('ctrl-e');
    const rows = Array.from({ length: 20 }, (_, n) => `line ${n} ${'w'.repeat(60)}`).join('\n');
    editedTo(rows);
    expect([screen.typing?.text, screen.typing?.isFull]).toEqual([rows, undefined]);
    expect(pictureOf(screen, now).map(plainLine).join('')).toContain('line 0 w');
    key('ctrl-e');
    editedTo(`${rows}\n${rows}`);
    expect(screen.typing).toMatchObject({ text: `${rows}\n${rows}`, isFull: true });
    key('enter');
    wait(1_000);
    key('enter');
    expect(signed()).toEqual([]);
    key('ctrl-e');
    expect(effects.at(-1)).toEqual({ do: 'edit', text: `${rows}\n${rows}` });
  });
  test('is of no line that looks for something, of no pasted key, and of no lines that are appended', () => {
    open();
    for (const name of ['/', ':']) {
      key(name);
      key('ctrl-e');
      key('escape');
    }
    key('c');
    send({ what: 'key', key: 'ctrl-e', together: true });
    screen = { ...screen, surface: 'inline' };
    key('ctrl-e');
    expect(effects.filter((one) => one.do === 'edit')).toEqual([]);
    expect(screen.typing).toEqual({ what: 'changes_wanted', text: '' });
  });
});

describe('changes that are wanted', () => {
  test('are words that were typed, and none without words', () => {
    open();
    key('c');
    key('enter');
    expect([signed(), screen.notice]).toEqual([[], 'say which changes you want; nothing was signed']);
    key('c');
    keys('rename');
    entered();
    expect(signed()).toEqual([
      {
        do: 'answer',
        answer: 'changes_wanted',
        id: APPROVAL,
        reason: 'rename',
        seen: { shown: view.subjectDigest, request: view.request },
      },
    ]);
    send({ what: 'decided', id: APPROVAL, decision: 'changes_wanted' });
    key('x');
    expect([screen.typing, screen.notice]).toEqual([null, 'this is decided already']);
  });
});

describe('words in the change', () => {
  const found = (line: string): void => {
    key('/');
    keys(line);
    key('enter');
  };
  const lines = Array.from({ length: 200 }, (_, n) => `+${n === 150 ? 'x'.repeat(150) : ''}line ${n};`);
  const openLines = (): void => {
    key('enter');
    send({ what: 'loaded', id: APPROVAL, view: { ...view, diff: `${lines.join('\n')}\n` } });
    wait(1_000);
    draw();
  };
  const marked = (): string =>
    pictureOf(screen, now)
      .map((line) => line.map(({ text }) => text).join(''))
      .filter((row) => row.startsWith('>'))
      .join('\n');

  test('are moved to, and again by Enter without words or f, and back by F; nothing has them after the last', () => {
    openLines();
    found('LINE');
    expect(marked()).toMatch(/line 0;/);
    found('ne 15');
    expect(marked()).toMatch(/line 15;/);
    found('');
    // Of a line that is wrapped, the row in which it is
    expect(marked()).toMatch(/^>» .*line 150;/);
    key('f');
    expect(marked()).toMatch(/line 151;/);
    key('F');
    key('F');
    expect(marked()).toMatch(/line 15;/);
    key('F');
    expect(screen.notice).toBe('nothing more that way has the words "ne 15"');
    found('nowhere');
    expect(screen.notice).toBe('nothing has the words "nowhere"');
    key('n');
    expect(screen.notice).toBe('no more files that way');
  });
  test('that were moved to are not shown before they were drawn, nor is what was passed over', () => {
    openLines();
    const { shown } = screen.approval!;
    found('line 199');
    expect(screen.approval?.shown).toBe(shown);
    draw();
    wait(1_000);
    key('A');
    expect(screen.notice).toMatch(/\d+ rows were not shown yet/);
    expect(screen.approval?.top).toBeGreaterThan(100);
  });
  test('are no keys, and none signs anything', () => {
    openLines();
    key('/');
    keys('A7f3aq');
    key('escape');
    expect(screen).toMatchObject({ notice: null, typing: null, approval: { phase: { name: 'reading' } } });
    key('f');
    expect(screen.notice).toContain('/ asks for words');
    expect(effects).toEqual([{ do: 'load', id: APPROVAL }]);
  });
});

describe('the palette', () => {
  const list = () => pictureOf(screen, now).map(plainLine).slice(1, -1);
  const marked = () => list().find((line) => line.startsWith('> '));

  test('has all that can be done here, by its words; what is marked is done by Enter', () => {
    key(':');
    expect(list().join('\n')).toContain('filter          show only what has these words (/)');
    expect(list().join('\n')).not.toContain('approve');
    keys('help');
    expect(marked()).toMatch(/^> help /);
    key('enter');
    expect(screen).toMatchObject({ typing: null, isHelp: true });
    key('escape');
    keys(':to');
    const first = marked();
    key('down');
    expect(marked()).not.toBe(first);
    key('up');
    key('up');
    expect(marked()).toBe(first);
    key('escape');
    expect(screen.typing).toBeNull();
    keys(':no such words');
    expect(list()[0]).toContain('nothing here has these words');
    key('enter');
    expect(screen).toMatchObject({ typing: null, notice: 'nothing here has these words' });
  });

  test('arms an approval as its key does, and signs nothing', () => {
    open();
    readAll();
    keys(':arm');
    key('enter');
    expect(screen.approval?.phase).toMatchObject({ name: 'armed', typed: '' });
    expect(signed()).toEqual([]);
  });

  test('covers the change: nothing of it is read below', () => {
    open();
    const { shown } = screen.approval!;
    key('space');
    key(':');
    draw();
    expect(screen.approval?.shown).toEqual(shown);
    key('escape');
    draw();
    expect(screen.approval?.shown).not.toEqual(shown);
  });

  test('does nothing that a paste brought', () => {
    together(':quit');
    send({ what: 'key', key: 'enter', together: true });
    expect(effects).toEqual([]);
    key('escape');
    key(':');
    send({ what: 'paste', text: 'quit\n' });
    expect([effects, marked()]).toEqual([[], expect.stringMatching(/^> quit/)]);
    key('enter');
    expect(effects).toEqual([{ do: 'quit', isInterrupt: false }]);
  });
});

describe('beside the change', () => {
  const rowsNow = (): string[] => pictureOf(screen, now).map((line) => line.map(({ text }) => text).join(''));

  test('d shows its bytes, all that do not print as escapes', () => {
    const diff = '+\tcaf\u00e9\\x41\u202e  \n+b\n';
    key('enter');
    send({ what: 'loaded', id: APPROVAL, view: { ...view, diff } });
    wait(1_000);
    key('d');
    expect(rowsNow()[1]?.trimEnd()).toBe(' +\\x09caf\\xc3\\xa9\\x5cx41\\xe2\\x80\\xae\\x20\\x20');
    expect(rowsNow()[2]?.trimEnd()).toBe(' +b');
    key('escape');
    key('escape');
    key('enter');
    send({ what: 'loaded', id: APPROVAL, view: { ...view, diff: '+\ud800\n' } });
    wait(1_000);
    key('d');
    expect(rowsNow()[1]?.trimEnd()).toBe(' +\\xef\\xbf\\xbd');
  });
  test('s shows the JSON that is signed: its rows give the digest again', () => {
    const subject = canonicalize({ ref: 'refs/heads/\u202e\u2192', remote: `file:///${'r'.repeat(300)}` });
    const subjectDigest = `sha256:${createHash('sha256').update(subject).digest('hex')}`;
    key('enter');
    send({ what: 'loaded', id: APPROVAL, view: { ...view, subject, subjectDigest } });
    wait(1_000);
    key('s');
    const rows = asideRows(screen.approval!, screen.size).slice(0).map(plainLine);
    expect(rows.join('')).toContain(subjectDigest);
    const json = rows.slice(rows.indexOf('') + 1).join('');
    expect(json).not.toContain('\u202e');
    const again = canonicalize(JSON.parse(json));
    expect(`sha256:${createHash('sha256').update(again).digest('hex')}`).toBe(subjectDigest);
  });
  test('w says why: the edge, its revision, and who signed it; or that there is none any more', () => {
    open();
    key('w');
    const why = () => asideRows(screen.approval!, screen.size).slice(0).map(plainLine).join('\n');
    expect(why()).toMatch(/^edge {7}make it so approves const a = 1;$/m);
    expect(why()).toMatch(/^revision {3}14 of the graph, sha256:00$/m);
    expect(why()).toMatch(/^signed by {2}the Host, npub1host: /m);
    expect(why()).toMatch(/^asks {7}\S.*, npub1asker: /m);
    key('escape');
    key('escape');
    key('enter');
    send({ what: 'loaded', id: view.id, view: { ...view, allowed: null } });
    wait(1_000);
    key('w');
    expect(why()).toMatch(/^edge {7}no edge to the key that asked any more: it cannot be signed$/m);
  });
  test.each(['d', 's', 'w'])(
    '%s: nothing is armed, found or read there, and esc or the same key goes back',
    (one) => {
      open();
      const { shown } = screen.approval!;
      key(one);
      for (let page = 0; page < 20; page++) {
        key('space');
        draw();
      }
      keys('A7f3a');
      expect(screen.approval).toMatchObject({ shown, top: 0, phase: { name: 'reading' } });
      for (const none of ['x', 'c', 'n', 'f', '/', 'e']) {
        key(none);
        expect(screen.notice).toBe(`${none} does nothing here; ? shows the keys`);
      }
      key('escape');
      expect(screen.approval).toMatchObject({ aside: null, shown });
      key(one);
      send({ what: 'resize', size: { width: 60, height: 20 } });
      wait(1_000);
      key(one);
      expect(screen.approval?.aside).toBeNull();
      expect(signed()).toEqual([]);
    },
  );
});

describe('what was read', () => {
  test('is not what the help covered', () => {
    open();
    key('space');
    key('?');
    draw();
    key('escape');
    key('space');
    readAll();
    const { top, shown } = screen.approval!;
    expect(shown).toEqual([[1, expect.any(Number)]]);
    expect(top).toBeGreaterThan(0);
  });
  test('of one answer never counts for a second to the same question', () => {
    open();
    readAll();
    const before = screen.approval;
    send({ what: 'loaded', id: APPROVAL, view: { ...view, diff: 'something else' } });
    expect(screen.approval).toBe(before);
    key('escape');
    key('enter');
    expect(screen.approval?.shown).toEqual([]);
  });
  test('is not what was jumped over: space leads back to that', () => {
    open();
    const height = screen.approval!.shown[0]![1];
    key('G');
    draw();
    key('space');
    expect(screen.approval?.top).toBe(height);
    readAll();
    keys('A7f3a');
    expect(signed()).toHaveLength(1);
  });
  test('stays read on another width, line by line', () => {
    open();
    readAll();
    send({ what: 'resize', size: { width: 60, height: 30 } });
    wait(1_000);
    draw();
    keys('A7f3a');
    expect(signed()).toHaveLength(1);
  });
  test('is not enough on a screen that cannot show what is signed', () => {
    open();
    readAll();
    send({ what: 'resize', size: { width: 100, height: 9 } });
    wait(1_000);
    keys('A7f3a');
    send({ what: 'resize', size: { width: 50, height: 30 } });
    wait(1_000);
    keys('A7f3a');
    expect(signed()).toEqual([]);
  });
  test('of half a change is half on another width too', () => {
    open();
    key('space');
    draw();
    send({ what: 'resize', size: { width: 60, height: 30 } });
    wait(1_000);
    keys('A7f3a');
    expect(signed()).toEqual([]);
  });
});

describe('the panes', () => {
  test('a new item above never moves the selection', () => {
    key('j');
    expect(screen.selected).toBe(SESSION);
    const items = [{ ...screen.live.items[0]!, id: 'new' }, ...screen.live.items];
    send({ what: 'live', live: { ...screen.live, items }, session: null });
    expect(screen.selected).toBe(SESSION);
  });
  test('what goes away is selected no more, and no key opens something else by accident', () => {
    const [, session] = screen.live.items;
    send({ what: 'live', live: { ...screen.live, items: [session!] }, session: null });
    key('enter');
    expect(screen).toMatchObject({ approval: null, notice: 'nothing is selected' });
    key('j');
    expect(screen.selected).toBe(SESSION);
  });
  test('enter on a session shows it, and nothing to sign', () => {
    key('j');
    key('enter');
    expect(screen).toMatchObject({ approval: null, pane: 'session' });
  });
  test('a session that begins to wait for this person, or ceases to, is the same row', () => {
    key('j');
    const [approval, session] = screen.live.items;
    const asks = { ...approval!, id: 'asks', session: SESSION } as InboxItem;
    send({ what: 'live', live: { ...screen.live, items: [asks, approval!] }, session: null });
    expect(screen.selected).toBe('asks');
    send({ what: 'live', live: { ...screen.live, items: [approval!, session!] }, session: null });
    expect(screen.selected).toBe(SESSION);
  });
  test('keys that come at once are keys', () => {
    together('3k');
    expect(screen).toMatchObject({ pane: 'trace', notice: null });
  });
  test('a filter shows what has its words, and esc shows all again', () => {
    keys('/approval');
    key('enter');
    expect(screen.filter).toBe('approval');
    key('escape');
    expect(screen.filter).toBe('');
  });
  test('a key that does nothing says so; ? shows the keys; q leaves, as Ctrl-C does', () => {
    key('Z');
    expect(screen.notice).toBe('Z does nothing here; ? shows the keys');
    key('?');
    expect(screen.isHelp).toBe(true);
    key('escape');
    key('q');
    key('ctrl-c');
    expect(effects).toEqual([
      { do: 'quit', isInterrupt: false },
      { do: 'quit', isInterrupt: true },
    ]);
  });
  test('enter on a session goes to its pane, and there says where all of it is', () => {
    const session = screen.live.items.find(({ what }) => what === 'session')!;
    screen = { ...screen, selected: session.id, pane: 'inbox' };
    key('enter');
    expect(screen).toMatchObject({ pane: 'session', notice: null });
    key('enter');
    expect(screen.notice).toBe(`all of it: entangle user show ${session.id}`);
  });
  test('y copies the id of what is selected, and of the approval that is read', () => {
    const { id } = screen.live.items[0]!;
    key('y');
    expect(effects.at(-1)).toEqual({ do: 'copy', text: id });
    expect(screen.notice).toContain(id);
    screen = { ...screen, selected: null };
    key('y');
    expect([effects.length, screen.notice]).toEqual([1, 'nothing is selected']);
  });
  test('? shows what was said of the federation beneath the screen, also when something is selected', () => {
    screen = { ...screen, notes: ['logs       /home/logs'] };
    key('?');
    key('G');
    const lines = pictureOf(screen, now).map(plainLine);
    const at = lines.findIndex((line) => line.startsWith(' this federation'));
    expect(lines[at + 1]).toContain(' logs       /home/logs');
  });
  test('the trace follows what comes until it is scrolled, and again from its end', () => {
    const trace = Array.from({ length: 200 }, (_, n) => ({
      id: `${n}`,
      at: now,
      signer: 'x',
      is: 'signed' as const,
      type: 't',
      session: null,
    }));
    send({ what: 'live', live: { ...screen.live, trace }, session: null });
    key('3');
    expect(screen.traceTop).toBeNull();
    key('k');
    expect(screen.traceTop).toBeGreaterThan(100);
    key('g');
    expect(screen.traceTop).toBe(0);
    key('G');
    expect(screen.traceTop).toBeNull();
  });
});

describe('a review', () => {
  const asked = reviewOf(['is it safe?', 'src/a.ts', 'const a = 1;', 'refs/heads/entangle/x'], 100);
  const openReview = (more: Partial<typeof asked> = {}): void => {
    key('G');
    key('enter');
    send({ what: 'loaded', id: REVIEW, view: { ...asked, ...more } });
    wait(1_000);
    draw();
  };

  const rows = (): string[] => pictureOf(screen, now).map(plainLine);

  test('is found good when all of it was on the screen, by A and then the first four of its digest', () => {
    openReview();
    keys('A7f3a');
    expect(signed()).toEqual([]);
    readAll();
    keys('A7f3a');
    const seen = { shown: `sha256:${DIGEST}`, request: asked.request };
    expect(signed()).toEqual([{ do: 'approve', id: REVIEW, seen }]);
    send({ what: 'decided', id: REVIEW, decision: 'approved' });
    expect(rows().join()).toContain('found good by you: ✓ signed');
  });

  test('of which changes are wanted takes words, and a second Enter', () => {
    openReview();
    keys('cmore tests');
    key('enter');
    expect(signed()).toEqual([]);
    wait(1_100);
    key('enter');
    expect(signed()).toMatchObject([
      { do: 'answer', id: REVIEW, answer: 'changes_wanted', reason: 'more tests' },
    ]);
  });

  test('rejects nothing', () => {
    openReview();
    key('x');
    expect(screen).toMatchObject({ typing: null, notice: 'a review rejects nothing; c asks for changes' });
    expect(footOf(screen)).toMatch(/A good.*c changes/);
    expect(footOf(screen)).not.toMatch(/reject|approve/);
  });

  test.each<[Partial<typeof asked>, RegExp]>([
    [{ state: 'over' }, /this review is closed \(over\)/],
    [{ state: 'pass', verdict: 'pass' }, /you already found it good/],
    [{ expires: '2026-11-26T11:00:00.000Z' }, /this review has expired/],
    [{ allowed: null }, /no edge of the graph/],
  ])('%o is not signed', (more, why) => {
    openReview(more);
    readAll();
    key('A');
    expect(screen.notice).toMatch(why);
    keys('7f3a');
    expect(signed()).toEqual([]);
  });
});

describe('a question of an engine', () => {
  /** With what the store then knows of its session. */
  const choose = (): void => {
    key('j');
    send({ what: 'live', live: screen.live, session: screen.live.items[1] as SessionItem });
  };
  const replies = (): ScreenEffect[] => effects.filter((one) => one.do === 'reply');

  test('is answered with the words that were typed, once, and by no single key', () => {
    choose();
    key('r');
    expect(screen).toMatchObject({
      pane: 'session',
      typing: { what: 'reply', question: QUESTION, text: '' },
    });
    keys('8080');
    expect(replies()).toEqual([]);
    key('enter');
    expect(replies()).toEqual([{ do: 'reply', id: QUESTION, text: '8080' }]);
    key('enter');
    expect(replies()).toHaveLength(1);
    send({ what: 'replied' });
    expect(screen.notice).toBe('answered by you: ✓ signed');
  });

  test('is the one that is selected, or that its session waits with; there is none elsewhere', () => {
    choose();
    key('r');
    expect(screen.typing).toMatchObject({ what: 'reply', question: QUESTION });
    key('escape');
    keys('1kr');
    expect(screen).toMatchObject({ typing: null, notice: 'no question is selected' });
  });

  const asks = (text: string, isWhole = true) => {
    const live = liveOf(['make it so', 'builder']);
    const [approval, item] = live.items;
    const session = item as SessionItem;
    const questions = session.questions.map((one) => ({ ...one, text, isWhole }));
    const asking = { ...session, questions };
    send({ what: 'live', live: { ...live, items: [approval!, asking] }, session: null });
    key('j');
    send({ what: 'live', live: { ...live, items: [approval!, asking] }, session: asking });
  };
  const paneText = () => pictureOf(screen, now).map(plainLine).join('\n');

  test('is answered when its end was on the screen: until then the key reads on', () => {
    asks(`which port? ${'really '.repeat(700)}I ask`);
    const seen: string[] = [];
    for (let page = 0; page < 9 && !screen.typing; page++) {
      key('r');
      seen.push(paneText());
    }
    expect(seen.length).toBeGreaterThan(2);
    expect(seen[0]).toContain('which port?');
    expect(seen.slice(0, -2).join('\n')).not.toContain('I ask');
    expect(seen.at(-1)).toContain('I ask');
    expect(seen.join('').split('really').length - 1).toBeGreaterThan(690);
    expect(screen.typing).toMatchObject({ what: 'reply', question: QUESTION });
  });

  test('is on the screen while it is answered, and marked, wherever its pane stood', () => {
    const live = liveOf(['make it so', 'builder']);
    const [approval, session, question] = live.items as [InboxItem, SessionItem, InboxItem];
    const [asked] = session.questions;
    const first = { ...asked!, text: 'MAY I DELETE IT?' };
    const second = { ...asked!, id: APPROVAL, text: `which port? ${'really '.repeat(700)}I ask` };
    const asking = { ...session, questions: [first, second] };
    for (const size of [
      { width: 130, height: 30 },
      { width: 100, height: 30 },
    ]) {
      screen = startScreen(size, { ...live, items: [approval, question] }, now);
      wait(1_000);
      key('j');
      send({ what: 'live', live: { ...live, items: [approval, question] }, session: asking });
      for (const name of ['2', 'G', '1']) key(name);
      expect(screen).toMatchObject({ selected: QUESTION, typing: null });
      key('r');
      expect(screen.typing).toMatchObject({ what: 'reply', question: QUESTION });
      expect(paneText()).toMatch(/answering {2}MAY I DELETE IT\?/);
    }
  });

  test('of 64 KiB is put into rows once, not at each frame', () => {
    asks('\t'.repeat(65_536));
    const last = () =>
      sessionLines(screen.session!, { width: 96, now, tree: null })
        .filter((line) => line[0]?.tone === 'warn')
        .at(-1);
    expect(last()).toBe(last());
  });

  test('that comes whole while something else is done says nothing', () => {
    asks('which port?', false);
    key('r');
    keys('1/');
    send({ what: 'fetched', question: QUESTION, text: 'which port, and where?' });
    expect(screen).toMatchObject({ typing: { what: 'filter' }, fetched: { question: QUESTION } });
    expect(screen.notice).toBeNull();
  });

  test('whose beginning alone came is not answered before the rest is here', () => {
    asks('which port?', false);
    key('2');
    expect(paneText()).toContain('(its beginning: r gets the rest)');
    key('r');
    expect(screen).toMatchObject({ typing: null, notice: 'getting the rest of the question' });
    expect(effects).toContainEqual({ do: 'fetch', question: QUESTION });
    send({ what: 'fetched', question: APPROVAL, text: 'another' });
    key('r');
    expect(screen.typing).toBeNull();
    send({ what: 'fetched', question: QUESTION, text: 'which port, and where?' });
    expect(paneText()).toContain('which port, and where?');
    expect(paneText()).not.toContain('its beginning');
    key('r');
    expect(screen.typing).toMatchObject({ what: 'reply', question: QUESTION });
  });

  test('is in a pane whose keys move what is in it, and not to another session', () => {
    asks(`which port? ${'really '.repeat(700)}I ask`);
    key('2');
    const before = screen.selected;
    expect(paneText()).toMatch(/rows 1 to \d+ of \d+/);
    key('G');
    expect(paneText()).not.toContain('which port?');
    const { sessionTop } = screen;
    key('j');
    expect(screen).toMatchObject({ selected: before, sessionTop });
    for (const name of ['k', 'b', 'g']) key(name);
    expect(screen).toMatchObject({ selected: before, sessionTop: 0 });
  });

  test('stays the one that was answered, whatever comes meanwhile', () => {
    choose();
    key('r');
    const live = liveOf(['make it so', 'builder']);
    send({ what: 'live', live: { ...live, items: live.items.slice(0, 1) }, session: null });
    wait(1_000);
    keys('no');
    key('enter');
    expect(replies()).toEqual([{ do: 'reply', id: QUESTION, text: 'no' }]);
    send({ what: 'refused', id: QUESTION, why: 'nobody waits for an answer any more' });
    expect(screen.notice).toBe('nobody waits for an answer any more');
  });

  test('is not answered with nothing, nor with more than its row showed', () => {
    choose();
    key('r');
    key('enter');
    expect(screen).toMatchObject({ typing: null, notice: 'say something; nothing was signed' });
    key('r');
    keys('x'.repeat(600));
    expect(screen.typing).toMatchObject({ isFull: true });
    send({ what: 'resize', size: { width: 50, height: 30 } });
    wait(1_000);
    key('enter');
    expect(replies()).toEqual([]);
  });
});

describe('a task', () => {
  const asks = (): ScreenEffect[] => effects.filter((one) => one.do === 'ask');

  test('is what was typed, for the agent whose name stands before it, once, and by no single key', () => {
    const live = liveOf(['make it so', 'builder']);
    send({ what: 'live', live: { ...live, agents: ['builder', 'planner'] }, session: null });
    wait(1_000);
    keys('ado');
    expect(
      pictureOf(screen, now)
        .at(-1)!
        .map(({ text }) => text)
        .join(''),
    ).toMatch(/^ ask builder: do_/);
    key('tab');
    keys(' it');
    expect(
      pictureOf(screen, now)
        .at(-1)!
        .map(({ text }) => text)
        .join(''),
    ).toMatch(/^ ask planner: do it_/);
    expect(asks()).toEqual([]);
    key('enter');
    expect(asks()).toEqual([{ do: 'ask', agent: 'planner', task: 'do it' }]);
    key('enter');
    expect(asks()).toHaveLength(1);
    send({ what: 'asked', agent: 'planner', session: SESSION });
    expect(screen).toMatchObject({ selected: SESSION, notice: 'planner is asked by you: ✓ signed' });
  });

  test('is not ended by an Enter that came in one piece with it', () => {
    keys('a');
    send({ what: 'paste', text: 'rm -r' });
    send({ what: 'key', key: 'enter', together: true });
    expect(asks()).toEqual([]);
    expect(screen.typing).toMatchObject({ text: 'rm -r' });
    key('enter');
    expect(asks()).toHaveLength(1);
  });

  test('has the lines that were pasted, which are on the screen', () => {
    keys('a');
    send({ what: 'paste', text: 'fix these:\r  one\r\n\ttwo\u00a0\u0007\r' });
    expect(pictureOf(screen, now).map(plainLine).at(-1)).toMatch(
      /^ ask builder: fix these: ↵ {3}one ↵ → {3}two {3}↵ _ /,
    );
    key('enter');
    expect(asks()).toEqual([expect.objectContaining({ task: 'fix these:\n  one\n\ttwo' })]);
    keys('/');
    send({ what: 'paste', text: 'two\n words' });
    expect(screen.typing).toMatchObject({ text: 'two words' });
  });

  test('is not nothing, not what a paste ended, and not for nobody', () => {
    keys('a');
    send({ what: 'paste', text: 'rm\n-r\n' });
    expect(screen.typing).toMatchObject({ text: 'rm\n-r\n' });
    key('ctrl-u');
    key('enter');
    expect(asks()).toEqual([]);
    expect(screen.notice).toBe('say what to do; nothing was signed');
    keys('ado');
    key('escape');
    expect(screen.typing).toBeNull();
    send({ what: 'live', live: { ...liveOf(['x']), agents: [] }, session: null });
    wait(1_000);
    key('a');
    expect(screen).toMatchObject({ typing: null, notice: 'no agent takes tasks from you' });
    send({ what: 'live', live: { ...liveOf(['x']), agents: [], revision: null }, session: null });
    key('a');
    expect(screen).toMatchObject({ typing: null, notice: 'the Host has not named you in the graph yet' });
    expect(asks()).toEqual([]);
  });
});

test('what is said of the place stands where no session does', () => {
  const live = { ...liveOf(['x']), items: [] };
  const start = startScreen({ width: 130, height: 30 }, live, now, { notes: ['up  /project \u001b[31m'] });
  for (const width of [130, 80]) {
    const text = pictureOf({ ...start, size: { width, height: 30 } }, now).map((line) =>
      line.map((one) => one.text).join(''),
    );
    expect(text.join('\n')).toContain('up  /project \\x1b[31m');
  }
});

test('the screen that runs a federation says once what ends with it, where tasks are open', () => {
  const live = liveOf(['make it so', 'builder']);
  const quits = () => effects.filter((one) => one.do === 'quit').length;
  const begin = (items: InboxItem[], notes = ['up  /project']) => {
    screen = startScreen({ width: 100, height: 30 }, { ...live, items }, now, { notes });
    effects = [];
    wait(1_000);
  };
  begin(live.items);
  key('q');
  expect([quits(), screen.notice]).toEqual([
    0,
    '2 tasks are open, and this runs the federation: q again ends it',
  ]);
  key('j');
  key('q');
  expect(quits()).toBe(0);
  key('q');
  expect(quits()).toBe(1);
  begin([{ ...(live.items[1] as SessionItem), state: 'completed' }]);
  key('q');
  expect(quits()).toBe(1);
  begin(live.items, []);
  key('q');
  expect(quits()).toBe(1);
  begin(live.items);
  key('ctrl-c');
  expect([quits(), screen.notice]).toEqual([0, expect.stringContaining('Ctrl-C again ends it')]);
  key('ctrl-c');
  expect(quits()).toBe(1);
});

test('Ctrl-C ends what is typed or armed before it ends the screen', () => {
  open();
  readAll();
  key('x');
  key('n');
  key('ctrl-c');
  expect([screen.typing, screen.notice]).toEqual([null, 'nothing was signed']);
  key('A');
  key('ctrl-c');
  expect([screen.approval?.phase.name, screen.notice]).toEqual([
    'reading',
    'Ctrl-C: disarmed, nothing was signed',
  ]);
  expect(effects.some((one) => one.do === 'quit')).toBe(false);
  key('ctrl-c');
  expect(effects.at(-1)).toEqual({ do: 'quit', isInterrupt: true });
});

test('what a key does is told in a row of 80 columns, the one that leaves too', () => {
  const approval = openApproval(APPROVAL, 'approval');
  for (const place of [
    { isHelp: false, approval: null },
    { isHelp: false, approval },
    { isHelp: false, approval: { ...approval, aside: { what: 'bytes', top: 0 } } },
    { isHelp: true, approval },
  ] as const) {
    expect(footOf({ ...place, bound: {} }).length).toBeLessThan(80);
    expect(footOf({ ...place, bound: {} })).toMatch(/q quit$/);
  }
});

test('what was approved offers no decision any more, and says when it is published and how to take it', () => {
  open();
  readAll();
  const foot = () => plainLine(pictureOf(screen, now).at(-1)!);
  expect(foot()).toContain('A approve');
  keys('A7f3a');
  send({ what: 'decided', id: APPROVAL, decision: 'approved' });
  const text = () => pictureOf(screen, now).map(plainLine).join('\n');
  expect(foot()).not.toMatch(/approve|reject|changes/);
  expect(text()).toContain('approved by you: ✓ signed; esc goes back');
  const repository = 'file:///r';
  const made = { id: 'a', repository, branch: 'b', commit: view.commit, approval: APPROVAL };
  const session: SessionItem = {
    ...(screen.live.items[1] as SessionItem),
    artifacts: [{ ...made, state: 'published', isSigned: false }],
  };
  // A node may say so of anything
  send({ what: 'live', live: screen.live, session });
  expect(text()).toContain('approved by you: ✓ signed; esc goes back');
  const artifacts = session.artifacts.map((one) => ({ ...one, isSigned: true }));
  send({ what: 'live', live: screen.live, session: { ...session, artifacts } });
  expect(text()).toContain('✓ signed; published: esc, and 2 tells how to take it');
  key('escape');
  key('2');
  expect(text()).toMatch(/look at it git fetch file:\/\/\/r b +║/);
  expect(text()).toMatch(/ {11}git diff HEAD\.\.\.c0ffee/);
  expect(text()).toMatch(/take it {4}git merge c0ffee/);
});

test('what was said of the size of the screen is over with it', () => {
  open();
  send({ what: 'resize', size: { width: 40, height: 8 } });
  wait(1_000);
  key('A');
  expect(screen.notice).toContain('too small');
  send({ what: 'resize', size: { width: 100, height: 30 } });
  expect(screen.notice).toBeNull();
});

test('a file that is shown by its digest alone is not said to have been shown', () => {
  const [file] = view.files;
  expect(readAllOf(view)).toBe('all of it was shown');
  const hidden = { ...view, files: [file!, { ...file!, shown: 'binary' as const }] };
  expect(readAllOf(hidden)).toBe('all was shown but the content of 1 file, by digest alone');
});

test('that a person said no is no failure', () => {
  const [, session] = liveOf(['x']).items;
  const one = { ...(session as SessionItem), state: 'failed' as const };
  expect(stateWords({ ...one, reason: 'approval_rejected' })).toBe('rejected');
  expect(stateWords({ ...one, reason: 'turn_failed' })).toBe('failed');
});

test('what is said leaves the keys in sight, or at least the one that shows them', () => {
  const last = (): string => plainLine(pictureOf(screen, now).at(-1)!);
  key('Z');
  expect(last()).toMatch(/^ Z does nothing here; \? shows the keys +enter open {2}\? help *$/);
  screen = { ...screen, size: { width: 140, height: 30 } };
  expect(last()).toMatch(/^ Z does nothing here; \? shows the keys +space page .* q quit *$/);
  screen = { ...screen, notice: 'w'.repeat(136) };
  expect(last().trimEnd()).toBe(` ${'w'.repeat(136)}`);
});

test('a line whose beginning has no room any more says so, and shows its end', () => {
  open();
  key('x');
  keys(`${'a'.repeat(300)}end`);
  send({ what: 'resize', size: { width: 30, height: 8 } });
  const rows = pictureOf(screen, now).map(plainLine).slice(-5);
  expect(rows[0]).toMatch(/^…a+ *$/);
  expect(rows.join('').replaceAll(' ', '')).toContain('aend_');
  const { length } = statusText({ ...screen, surface: 'inline' });
  expect(length).toBeLessThan(30);
  expect(statusText({ ...screen, surface: 'inline' })).toMatch(/^…a+end_$/);
});
const statusText = (of: Screen): string => plainLine(statusLine(of, now));

test('the first change of one line is on a screen of 32 rows whole', () => {
  screen = startScreen({ width: 100, height: 32 }, liveOf(['make it so', 'builder']), now);
  wait(1_000);
  key('enter');
  const diff = '--- a/x\n+++ b/x\nmode 100644\n@@ -1 +1 @@\n-a\n+b\n';
  const path = ['alice', 'builder'];
  const ref = `refs/heads/entangle/builder/${SESSION}`;
  const remote = 'file:///home/somebody/projects/app.git';
  send({
    what: 'loaded',
    id: APPROVAL,
    view: { ...view, session: SESSION, again: null, objection: null, path, ref, remote, diff },
  });
  expect(pictureOf(screen, now).map(plainLine).join('\n')).toMatch(/^ \+b *$/m);
});

test('the palette finds what was said of the federation beneath the screen, and does nothing with it', () => {
  const notes = ['engine     a shell', 'logs       /there'];
  screen = startScreen({ width: 100, height: 30 }, liveOf(['make it so']), now, { notes });
  wait(1_000);
  const text = (): string => pictureOf(screen, now).map(plainLine).join('\n');
  key(':');
  expect(text()).not.toContain('a shell');
  keys('engine');
  expect([text().includes('engine     a shell'), text().includes('/there')]).toEqual([true, false]);
  key('enter');
  expect([screen.notice, effects]).toEqual(['nothing here has these words', []]);
});

test('what was said of the federation at the start is said to be old when the graph is another', () => {
  const live = liveOf(['make it so', 'builder']);
  screen = startScreen({ width: 160, height: 30 }, { ...live, items: [] }, now, {
    notes: ['engine  a shell'],
  });
  const text = (): string => pictureOf(screen, now).map(plainLine).join('\n');
  const at = (revision: number | null) =>
    send({ what: 'live', live: { ...live, items: [], revision }, session: null });
  expect(text()).not.toContain('changed ');
  at(null);
  at(14);
  expect(text()).not.toContain('changed ');
  at(15);
  expect(text()).toContain('this was said of revision 14, and the graph is at 15 now');
  wait(1_000);
  key('?');
  keys('G');
  expect(text()).toContain('the graph is at 15 now');
});

describe('a command', () => {
  const command = commandOf(['make it so', 'make all', 'Run make', '{"cwd":"/"}']);
  const opened = (): void => {
    key('enter');
    send({ what: 'loaded', id: APPROVAL, view: command });
    wait(1_000);
    draw();
    readAll();
  };
  const text = () => pictureOf(screen, now).map(plainLine).join('\n');

  test('is shown with all that its agent gave, and what of it a signature binds', () => {
    opened();
    for (const words of [
      '    make all',
      '    Run make',
      '    {"cwd":"/"}',
      'binding: declared',
      'the agent gets “Run make”',
    ])
      expect(text()).toContain(words);
    expect(text()).toContain(
      'all of it was shown: A approves, g grants repeats, x rejects: the agent is told, and goes on',
    );
    expect(text()).not.toMatch(/commit|files:|c changes|n file/);
  });

  test('of which there is a description alone says that its agent may have cut it', () => {
    const described = { ...command, binding: 'described' as const, call: { ...command.call, command: null } };
    const drawn = bodyOf(described, 120, 'full')
      .slice()
      .map(({ line }) => plainLine(line));
    expect(drawn.join('\n')).toContain('the words of the agent alone, which it may have cut');
  });

  test('shows blanks at the end of its lines, which may be what it does', () => {
    const lines = commandOf(['make it so', 'git log \\ \nrm x\t', 'Run', '']);
    const drawn = bodyOf(lines, 80, 'full')
      .slice()
      .map(({ line }) => plainLine(line));
    expect(drawn).toContain('    git log \\·');
    const spoken = bodyOf(lines, 80, 'spoken')
      .slice()
      .map(({ line }) => plainLine(line));
    expect(spoken.join('\n')).toContain('git log \\\\x20');
  });

  test('is not sent back with changes', () => {
    opened();
    key('c');
    expect([screen.typing, screen.notice]).toEqual([null, expect.stringContaining('approved or rejected')]);
  });

  test('is rejected without an end of its session, and that is what is said before', () => {
    opened();
    keys('xnot here');
    key('enter');
    const said = 'enter again after a second rejects: the agent is told, and goes on';
    expect(screen.notice).toBe(said);
    expect(text()).toContain(said);
    expect(text()).not.toContain('ends the session');
  });
});
