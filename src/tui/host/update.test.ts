/** What keys and news do to the operator's screen; above all, that nothing old is taken for what is. */
import { beforeEach, describe, expect, test } from 'vitest';
import { auditEntryOf, overviewOf, traceEntryOf, WORDS } from '../../../test/support/host-screens.ts';
import { plainLine } from '../ansi.ts';
import { HOST_KEYS } from './keys.ts';
import { hostPicture } from './picture.ts';
import { selectedRow } from './rows.ts';
import {
  type HostEffect,
  type HostEvent,
  type HostScreen,
  MOST_STREAMED,
  SILENT_MS,
  startHostScreen,
} from './state.ts';
import { updateHost } from './update.ts';

const TEXTS = ['build-1', 'builder', 'acme'];
let now: number;
let screen: HostScreen;
let effects: HostEffect[];
const send = (event: HostEvent): void => {
  const step = updateHost(screen, event, now);
  screen = step.screen;
  effects.push(...step.effects);
};
const key = (name: string): void => send({ what: 'key', key: name });
const type = (text: string): void => {
  for (const one of text) key(one);
};
const trace = (...numbers: number[]): void =>
  send({ what: 'traced', entries: numbers.map((n) => traceEntryOf(TEXTS, n)) });
const read = (): void => send({ what: 'read', overview: overviewOf(TEXTS, now) });
const lines = (): string[] => hostPicture(screen, now).map(plainLine);
const text = (): string => lines().join('\n');

beforeEach(() => {
  now = Date.parse('2026-11-26T12:00:00Z');
  screen = startHostScreen({ width: 140, height: 40 }, now);
  effects = [];
});

describe('of a Host', () => {
  test('that was not read yet nothing is shown as if it were', () => {
    expect(text()).toContain('nothing was read yet');
    expect(text()).toContain('not read yet');
    expect(text()).not.toContain('host live');
    read();
    expect(lines()[0]).toMatch(
      /entangle {2}acme · operator .*host live, since 0 s · relays 1\/2 · rev 14 · unsent 0 $/,
    );
    expect(text()).toMatch(/builder on build-1 {2}active {2}! not enforced: command\.run/);
  });

  test('that is gone a row says so, and what it was is not what it is', () => {
    read();
    trace(1);
    expect(text()).toContain('build-1  trusted  live');
    expect(text()).toContain('3 Trace · live');
    now += 3_000;
    send({ what: 'lost', of: 'changes', why: 'the stream broke off' });
    expect(lines()[0]).toContain('host offline, since 0 s · was: relays 1/2');
    expect(lines()[1]).toContain(
      '! the Host is gone (the stream broke off): below is how it was at 12:00:00',
    );
    expect(text()).toContain('build-1  trusted  was live');
    expect(text()).toContain('3 Trace · not live');
    now += 60_000;
    send({ what: 'tick' });
    expect(lines()[0]).toContain('host offline, since 1 min');
  });

  test('that is back is live when its lists were read again, and not before', () => {
    read();
    send({ what: 'lost', of: 'changes', why: 'gone' });
    send({ what: 'alive', of: 'trace' });
    expect(screen.link.is).toBe('gone');
    send({ what: 'alive', of: 'changes' });
    expect(lines()[1]).toContain('the Host is there: below is how it was at 12:00:00');
    expect(text()).not.toMatch(/host live|trusted {2}live/);
    read();
    expect(text()).toContain('host live');
    expect(text()).not.toContain('below is how it was');
  });

  test('from which nothing comes is silent, and live again at its next sign of life', () => {
    read();
    now += SILENT_MS;
    send({ what: 'tick' });
    expect(screen.link.is).toBe('live');
    now += 1;
    send({ what: 'tick' });
    expect(lines()[1]).toContain('nothing comes from the Host');
    expect(text()).toContain('was live');
    send({ what: 'alive', of: 'changes' });
    expect(screen.link.is).toBe('live');
  });

  test('that is silent before its lists were read is not live by a sign of life', () => {
    now += SILENT_MS + 1;
    send({ what: 'tick' });
    expect(screen.link.is).toBe('silent');
    send({ what: 'alive', of: 'changes' });
    expect(screen.link.is).toBe('reading');
  });

  test('whose trace alone broke off the trace is not live', () => {
    read();
    send({ what: 'lost', of: 'trace', why: 'gone' });
    expect(text()).toContain('3 Trace · not live');
    expect(text()).toContain('host live');
    send({ what: 'alive', of: 'trace' });
    expect(text()).toContain('3 Trace · live');
  });

  test('a runner that was not heard is older by the clock here', () => {
    read();
    expect(text()).toContain('builder  pending  offline, heard 6 min ago');
    now += 120_000;
    expect(text()).toContain('builder  pending  offline, heard 8 min ago');
  });
});

describe('details', () => {
  test('of a trace row have signer, event id and controller, and stay those while more comes', () => {
    read();
    trace(1, 2);
    key('3');
    key('enter');
    for (const fact of [
      /signer +build-1 \(runner\) {2}npub1runner/,
      /event +(?:ab){32}/,
      /controller +build-1, fence 2, assignment 01a219ec-/,
      /✓ signed +acme by build-1 \(runner\) {2}npub1runner, event (?:cd){32}/,
    ])
      expect(text()).toMatch(fact);
    trace(3);
    expect(selectedRow(screen)).toMatchObject({ id: '2' });
    key('escape');
    expect(text()).toContain('3 Trace · held at a row · 3');
    key('G');
    expect(text()).toContain('3 Trace · live · 3');
  });

  test('of a pending runner have all of its words, and of a trusted one none', () => {
    read();
    expect(text()).not.toContain('amber');
    key('enter');
    expect(text()).not.toContain('amber');
    key('escape');
    key('j');
    key('enter');
    expect(text()).toContain(WORDS);
    expect(text()).toContain('none (not enforced)');
  });

  test('where nothing is selected there are none', () => {
    key('enter');
    expect(screen).toMatchObject({ isOpen: false, notice: 'nothing is selected' });
  });
});

describe('keys', () => {
  test('a filter shows what has its words, in each pane, and escape takes it away', () => {
    read();
    trace(1);
    key('/');
    type('build-1 active');
    expect(lines().at(-1)).toContain('/build-1 active_');
    key('enter');
    expect(text()).toContain('2 Assignments · 2 · /build-1 active');
    expect(text()).not.toContain('runs nowhere');
    key('/');
    type('nobody has this');
    key('enter');
    expect(text()).toContain('nothing here has the words');
    key('escape');
    expect(text()).toContain('runs nowhere');
  });

  test('go from pane to pane, by number and in turn', () => {
    key('5');
    expect(screen.pane).toBe('rejects');
    key('tab');
    expect(screen.pane).toBe('runners');
    key('4');
    expect(screen.pane).toBe('audit');
  });

  test('a row that comes first moves the selection to nothing else', () => {
    read();
    key('2');
    key('j');
    const { id } = selectedRow(screen)!;
    const overview = overviewOf(TEXTS, now);
    overview.nowhere.unshift({ node: 'another', because: 'it is new' });
    send({ what: 'read', overview });
    expect(selectedRow(screen)!.id).toBe(id);
  });

  test('of the trace so many rows are kept', () => {
    trace(...Array.from({ length: MOST_STREAMED + 2 }, (_, n) => n + 1));
    expect(screen.trace).toHaveLength(MOST_STREAMED);
    expect(screen.trace[0]!.cursor).toBe('3');
  });

  test('go through what operators did: each by its outcome, the last selected, one with all that is known of it', () => {
    read();
    key('4');
    expect(text()).toContain('no operator changed anything yet');
    const act = (n: number, outcome: string) => auditEntryOf(TEXTS, n, outcome);
    send({ what: 'audited', entries: [act(1, 'asked'), act(2, 'done'), act(3, 'asked')] });
    expect(screen.audit.map(({ cursor }) => cursor)).toEqual(['2', '3']);
    expect(text()).toContain('4 Audit · live · 2');
    expect(text()).toContain('asked, without an outcome');
    send({ what: 'audited', entries: [act(4, 'forbidden')] });
    expect(selectedRow(screen)?.id).toBe('4');
    key('enter');
    expect(text()).toContain('refused: forbidden');
    expect(text()).toContain('ab'.repeat(32));
    key('escape');
    key('/');
    type('forbidden');
    key('enter');
    expect(text()).toContain('4 Audit · live · 1 · /forbidden');
  });

  test('of what operators did so many rows are kept', () => {
    const entries = Array.from({ length: MOST_STREAMED + 2 }, (_, n) => auditEntryOf(TEXTS, n + 1));
    send({ what: 'audited', entries });
    expect([screen.audit.length, screen.audit[0]?.cursor]).toEqual([MOST_STREAMED, '3']);
  });

  test('a stream that is lost is said to be, and no other', () => {
    read();
    send({ what: 'lost', of: 'audit', why: 'gone' });
    expect([text().includes('4 Audit · not live'), text().includes('3 Trace · live')]).toEqual([true, true]);
    send({ what: 'alive', of: 'audit' });
    expect(text()).toContain('4 Audit · live');
  });

  test('quit; nothing else asks for anything but a redraw', () => {
    read();
    trace(1);
    for (const { keys, act } of HOST_KEYS) if (act !== 'quit') for (const one of keys) key(one);
    key('escape');
    key('escape');
    expect(new Set(effects.map((one) => one.do))).toEqual(new Set(['redraw']));
    key('q');
    key('ctrl-c');
    expect(effects.slice(-2)).toEqual([
      { do: 'quit', isInterrupt: false },
      { do: 'quit', isInterrupt: true },
    ]);
  });

  test('one that does nothing says so; what is pasted is none, and ends no filter', () => {
    key('x');
    expect(screen.notice).toBe('x does nothing here; ? shows the keys');
    send({ what: 'paste', text: 'q' });
    expect(screen.notice).toContain('what is pasted is no key');
    key('/');
    send({ what: 'paste', text: 'a\nb' });
    expect(screen).toMatchObject({ typing: 'a b', filter: '' });
    expect(effects).toEqual([]);
  });

  test('help has each of them', () => {
    key('?');
    for (const { words } of HOST_KEYS) expect(text()).toContain(words);
  });
});

describe('what is decided of agents and does not hold', () => {
  test('is told where it runs, with why, and not of what is over', () => {
    read();
    key('2');
    expect(lines().filter((line) => line.includes('! not enforced: command.run'))).toHaveLength(1);
    expect(text()).toMatch(/builder on build-1 {2}active.*! not enforced: command\.run/);
    // The first is the node that runs nowhere
    key('j');
    key('enter');
    expect(text()).toContain('approvals of command.run are not enforced: acme');
  });

  test('a runner tells what it tried, of which program, and why not all of it', () => {
    read();
    key('enter');
    expect(text()).toContain(
      'build-1 builder, programs aaaaaaaaaaaa (sandbox none): not enforced: not all of it',
    );
    expect(text()).toContain('could be tried (acme)');
    expect(text()).toContain('not so: has its runner run its commands');
    expect(text()).toMatch(/not tried: asks before a command; /);
  });
});
