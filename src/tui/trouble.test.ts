/** What is in the way: shown by each surface, told when it comes and goes, and nothing that a key there could sign. */
import { beforeEach, describe, expect, test } from 'vitest';
import { APPROVAL, approvalOf, liveOf, OUTSIDE, SESSION } from '../../test/support/screens.ts';
import { isTrouble } from '../services/user/is-trouble.ts';
import type { InboxItem, Live } from '../services/user/live.ts';
import { troubleFacts, troubleName, troubleOver, troubleTitle } from '../services/user/trouble-words.ts';
import type { TroubleItem } from '../services/user/troubles.ts';
import { tellNews } from './alerts.ts';
import { ALERT_BYTES, plainLine } from './ansi.ts';
import type { CellLine } from './frame/line.ts';
import { appendedLines, printedLines, startLines, type Told } from './inline/lines.ts';
import { statusLine } from './inline/status.ts';
import { KEYS } from './keys.ts';
import { pictureOf } from './picture.ts';
import { type Screen, type ScreenEffect, type ScreenEvent, type Surface, startScreen } from './state.ts';
import { createStore, type ScreenSource } from './store.ts';
import { update } from './update.ts';

const NOW = Date.parse('2026-11-26T12:00:00Z');
const WIDE = { width: 200, height: 60 };
const live = liveOf(['make it so', 'builder']);
const troubles = live.items.filter(isTrouble);
const others = live.items.filter((one) => !isTrouble(one));

let now: number;
let screen: Screen;
let effects: ScreenEffect[];
const send = (event: ScreenEvent): void => {
  now += 400;
  const step = update(screen, event, now);
  screen = step.screen;
  effects.push(...step.effects);
};
const key = (name: string): void => send({ what: 'key', key: name });
const frame = (): string => pictureOf(screen, NOW).map(plainLine).join('\n');
const flat = (text: string): string => text.replaceAll(/[│┃║\s]+/g, ' ');
const withItems = (items: readonly InboxItem[]): Live => ({ ...live, items: [...items] });
const on = (selected: string, surface: Surface = 'full'): void => {
  screen = { ...startScreen(WIDE, live, NOW, { surface }), selected };
};
const told = (one: TroubleItem, isThere: boolean): void =>
  send({ what: 'live', live: withItems(isThere ? [one, ...others] : others), session: null });

beforeEach(() => {
  now = NOW + 1_000;
  effects = [];
});

describe.each(troubles.map((one) => [one.what, one] as const))('%s', (_, one) => {
  test('has a row with a mark of its own, is counted in the title, and opened shows all that is known', () => {
    on(one.id);
    expect(frame()).toContain(`> ! ${troubleName(one)} ${one.node}: make it so`);
    expect(frame()).toMatch(/1 Inbox .* 4 in the way/);
    key('enter');
    expect(screen.pane).toBe('session');
    expect(frame()).toContain(`2 ${troubleTitle(one)}`);
    for (const [name, text] of troubleFacts(one, NOW))
      expect(flat(frame())).toContain(flat(`${name} ${text}`));
    key('enter');
    expect(screen.notice).toBe('this is all that is known of it');
  });

  test.each(KEYS.filter(({ act }) => act !== 'ask').map(({ keys: [name], act }) => [name!, act]))(
    '%s, %s, signs nothing there, whatever is typed after it',
    (name) => {
      on(one.id);
      for (const next of [name, 'y', 'e', 's', 'enter']) key(next);
      now += 2_000;
      for (const next of ['enter', 'A', '7', 'f', '3', 'a']) key(next);
      const harmless = ['quit', 'redraw', 'copy', 'print', 'load', 'page'];
      const mayLeave = effects.filter((effect) => !harmless.includes(effect.do));
      // Keys that go elsewhere find what is there
      expect(mayLeave.filter((effect) => JSON.stringify(effect).includes(one.id))).toEqual([]);
      expect(mayLeave.map((effect) => effect.do)).not.toContain('approve');
    },
  );

  test.each([
    ['X', 'nothing is signed here'],
    ['r', 'no question is selected'],
    ['A', 'A does nothing here'],
    ['x', 'x does nothing here'],
  ])('%s says that it does nothing there', (name, words) => {
    on(one.id);
    key(name);
    expect(screen.notice).toContain(words);
    expect([screen.typing, effects]).toEqual([null, []]);
  });

  test('comes without disarming, without a key less, and without moving the selection', () => {
    screen = startScreen(WIDE, withItems(others), NOW);
    expect(screen.selected).toBe(APPROVAL);
    key('enter');
    const view = approvalOf(['make it so']);
    send({ what: 'loaded', id: view.id, view });
    now += 1_000;
    send({ what: 'drawn', id: view.id, top: 0, size: WIDE });
    key('A');
    expect(screen.approval?.phase.name).toBe('armed');
    told(one, true);
    expect(screen.approval?.phase.name).toBe('armed');
    expect([screen.selected, screen.deafUntil < now]).toEqual([APPROVAL, true]);
  });

  test('goes without putting something else where it was', () => {
    on(one.id);
    told(one, false);
    expect(screen.selected).toBe(one.id);
    expect(frame()).not.toContain('> ');
  });

  test('what is selected there stays so where a session stands behind it', () => {
    screen = { ...startScreen(WIDE, withItems([...others, one]), NOW), selected: APPROVAL };
    const rest = others.filter(({ id }) => id !== APPROVAL && id !== SESSION);
    send({ what: 'live', live: withItems([one, ...rest]), session: null });
    expect(screen.selected).not.toBe(one.id);
  });

  test('does not count as an open task to whoever leaves', () => {
    screen = startScreen(WIDE, withItems([one]), NOW, { notes: ['up'] });
    key('q');
    expect(effects).toEqual([{ do: 'quit', isInterrupt: false }]);
  });

  test('is told by an alert once, and again where an agent is muted anew', () => {
    const bytes: string[] = [];
    let items: readonly InboxItem[] = others;
    const source = {
      now: () => now,
      notes: [],
      bound: {},
      live: () => withItems(items),
      session: () => null,
    };
    const store = createStore(
      { ...source, tree: () => null } as Partial<ScreenSource> as ScreenSource,
      { size: WIDE, surface: 'full' },
      OUTSIDE,
    );
    const stdout = { write: (text: string) => bytes.push(text) > 0 } as Pick<NodeJS.WriteStream, 'write'>;
    tellNews(store, { alert: 'bell', isQuiet: () => false }, stdout);
    for (const next of [[one, ...others], [one], others, [one, ...others]]) {
      items = next;
      store.news();
    }
    expect(bytes).toEqual(one.what === 'muted' ? [ALERT_BYTES.bell, ALERT_BYTES.bell] : [ALERT_BYTES.bell]);
  });
});

describe.each(['inline', 'spoken'] as const)('in lines, %s', (surface) => {
  let told: Told;
  const by = (items: readonly InboxItem[]): string => {
    const before = screen;
    const event: ScreenEvent = { what: 'live', live: withItems(items), session: null };
    screen = update(screen, event, now).screen;
    const next = appendedLines(told, { before, event, after: screen }, NOW, surface === 'inline');
    told = next.told;
    return next.lines.map(plainLine).join('\n');
  };
  const words = (lines: readonly CellLine[]): string => flat(lines.map(plainLine).join('\n'));

  test.each(troubles.map((one) => [one.what, one] as const))(
    '%s is told when it comes and goes',
    (_, one) => {
      screen = startScreen(WIDE, withItems(others), NOW, { surface });
      told = startLines(screen, NOW, true).told;
      const came = by([one, ...others]);
      expect(came.toLowerCase()).toContain(troubleName(one).toLowerCase());
      expect(came).toContain('make it so');
      expect(came).toContain('enter');
      expect(by([one, ...others])).toBe('');
      expect(by(others)).toContain(troubleOver(one));
      screen = { ...screen, live: withItems([one]), selected: one.id, pane: 'session' };
      for (const [, text] of troubleFacts(one, NOW))
        expect(words(printedLines(screen, 'pane', NOW))).toContain(flat(text));
      if (surface === 'spoken') expect(words(printedLines(screen, 'pane', NOW))).not.toMatch(/[✓≈]/);
      expect(plainLine(statusLine(screen, NOW))).toContain('1 in the way');
    },
  );

  test('one that is unsent for another reason is told anew, and did not go', () => {
    const [one] = troubles.filter(({ what }) => what === 'unsent');
    const other = { ...one, state: 'unacknowledged' } as TroubleItem;
    screen = startScreen(WIDE, withItems([one!, ...others]), NOW, { surface });
    told = startLines(screen, NOW, true).told;
    const said = by([other, ...others]);
    expect(said.toLowerCase()).toContain(troubleName(other));
    expect(said).not.toContain(troubleOver(one!));
  });
});
