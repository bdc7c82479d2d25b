/** What screens show of others' texts: frames of a size, and lines that are appended. */
import { atOnce } from '../../src/core/steps.ts';
import { upNotes } from '../../src/local/up-text.ts';
import { plainLine } from '../../src/tui/ansi.ts';
import { bodyText } from '../../src/tui/approval-body.ts';
import type { Size } from '../../src/tui/frame/box.ts';
import type { CellLine } from '../../src/tui/frame/line.ts';
import { hostPicture } from '../../src/tui/host/picture.ts';
import { type HostEvent, startHostScreen } from '../../src/tui/host/state.ts';
import { updateHost } from '../../src/tui/host/update.ts';
import { appendedLines, printedLines, startLines } from '../../src/tui/inline/lines.ts';
import { statusLine, typedText } from '../../src/tui/inline/status.ts';
import { liveWriter, plainWriter } from '../../src/tui/inline/writer.ts';
import { openingLines } from '../../src/tui/opening.ts';
import { pictureOf } from '../../src/tui/picture.ts';
import { type Screen, type ScreenEvent, type Surface, startScreen } from '../../src/tui/state.ts';
import { update } from '../../src/tui/update.ts';
import { auditEntryOf, overviewOf, traceEntryOf } from './host-screens.ts';
import { approvalOf, commandOf, grantingOf, liveOf, reviewOf, treeOf } from './screens.ts';
import { ready } from './text-surfaces.ts';

const NOW = Date.parse('2026-11-26T12:00:00Z');
const key = (name: string) => ({ what: 'key' as const, key: name });
const loaded = (t: string): ScreenEvent[] => {
  const view = approvalOf([t, t, t, t]);
  return [key('enter'), { what: 'loaded', id: view.id, view }];
};

const ofCommand = (t: string): ScreenEvent[] => {
  const view = commandOf([t, t, t, t]);
  return [key('enter'), { what: 'loaded', id: view.id, view }];
};
const granting = (t: string): ScreenEvent[] => {
  const view = grantingOf([t, t, t, t]);
  return [key('enter'), { what: 'loaded', id: view.id, view }];
};
const reviewed = (t: string): ScreenEvent[] => {
  const view = reviewOf([t, t, t, t]);
  return [key('G'), key('enter'), { what: 'loaded', id: view.id, view }];
};

/** What was done on the screen of a person before it is looked at. */
const STORIES: Readonly<Record<string, (t: string) => readonly ScreenEvent[]>> = {
  'the inbox': () => [],
  'the session': () => [key('j'), key('2')],
  'what is unsent': () => [key('G'), key('k'), key('enter')],
  'a Host conflict': () => [key('G'), key('k'), key('k'), key('enter')],
  'a muted agent': () => [key('G'), key('k'), key('k'), key('k'), key('enter')],
  'the trace': () => [key('3')],
  'the help': () => [key('?')],
  'an approval': loaded,
  'the end of an approval': (t) => [...loaded(t), key('G')],
  'a command': ofCommand,
  'repeats of a command': granting,
  'the end of repeats of a command': (t) => [...granting(t), key('G')],
  'the bytes of a command': (t) => [...ofCommand(t), key('d')],
  'a review': reviewed,
  'the end of a review': (t) => [...reviewed(t), key('G')],
  'why one may review': (t) => [...reviewed(t), key('w')],
  'the bytes of a change': (t) => [...loaded(t), key('d')],
  'the JSON that is signed': (t) => [...loaded(t), key('s')],
  'why one may decide': (t) => [...loaded(t), key('w')],
  'an approval that cannot be verified': (t) => [
    key('enter'),
    { what: 'unverifiable', id: approvalOf([t]).id, why: t, hint: t },
  ],
  'a line that is typed': (t) => [key('a'), { what: 'paste', text: t }],
  'what can be done': (t) => [key(':'), { what: 'paste', text: t }],
  'words to show only': (t) => [key('/'), { what: 'paste', text: t }, key('enter')],
  'what was said': (t) => [{ what: 'said', text: t }],
  'what was refused': (t) => [{ what: 'refused', id: 'x', why: t }],
  'a key that does nothing': (t) => [key(t)],
};
const personScreen = (t: string, size: Size, surface: Surface, events: readonly ScreenEvent[]) => {
  const live = liveOf([t, t, t]);
  const session = live.items.find((one) => one.what === 'session') ?? null;
  const begun = startScreen(size, live, NOW - 10_000, { surface, notes: upNotes(ready(t), t) });
  const start: Screen = { ...begun, session, tree: treeOf([t, t, t]) };
  return events.reduce((one, event, n) => update(one, event, NOW - 9_000 + 400 * n).screen, start);
};

const HOST_STORIES: Readonly<Record<string, (t: string) => readonly HostEvent[]>> = {
  'the overview': () => [],
  'what is known of a row': () => [key('enter')],
  'the trace of a Host': () => [key('3')],
  'the record of a Host': () => [key('4')],
  'what is known of an act': () => [key('4'), key('enter')],
  'a Host that was lost': (t) => [{ what: 'lost', of: 'changes', why: t }],
  'words to show only, of a Host': (t) => [key('/'), { what: 'paste', text: t }, key('enter')],
};
const hostScreen = (t: string, size: Size, events: readonly HostEvent[]) => {
  const start: HostEvent[] = [
    { what: 'read', overview: overviewOf([t, t, t], NOW) },
    { what: 'traced', entries: [traceEntryOf([t, t, t], 1), traceEntryOf([t, t, t], 2, false)] },
    { what: 'audited', entries: [auditEntryOf([t, t, t]), auditEntryOf([t, t, t], 2, t)] },
  ];
  return [...start, ...events].reduce(
    (one, event) => updateHost(one, event, NOW).screen,
    startHostScreen(size, NOW),
  );
};

export type FrameSurface = (t: string, size: Size) => readonly CellLine[];
export const FRAME_SURFACES: Readonly<Record<string, FrameSurface>> = {
  'what is being opened': (t, size) => openingLines(size, t),
  ...Object.fromEntries(
    Object.entries(STORIES).map(([name, story]): [string, FrameSurface] => [
      name,
      (t, size) => pictureOf(personScreen(t, size, 'full', story(t)), NOW),
    ]),
  ),
  ...Object.fromEntries(
    Object.entries(HOST_STORIES).map(([name, story]): [string, FrameSurface] => [
      name,
      (t, size) => hostPicture(hostScreen(t, size, story(t)), NOW),
    ]),
  ),
};

/** The stories whose keys lines have. */
const IN_LINES = [
  'the session',
  'what is unsent',
  'a Host conflict',
  'a muted agent',
  'the trace',
  'an approval',
  'an approval that cannot be verified',
  'a line that is typed',
  'words to show only',
  'what was said',
  'what was refused',
];

/** All lines of the stories as they are appended, by the writers of both kinds of terminal. */
const appended = (t: string, surface: Exclude<Surface, 'full'>): string => {
  const size = { width: 100, height: 24 };
  const [live, bare] = [liveWriter('none'), plainWriter()];
  const written = IN_LINES.map((name) => {
    const story = STORIES[name]!;
    let screen = personScreen(t, size, surface, []);
    let { told, lines } = startLines(screen, NOW, false);
    const all = [...lines];
    const news: ScreenEvent = { what: 'live', live: liveOf([`${t}2`, t]), session: null };
    for (const event of [...story(t), key('escape'), news]) {
      const before = screen;
      screen = update(screen, event, NOW).screen;
      ({ told, lines } = appendedLines(told, { before, event, after: screen }, NOW, false));
      all.push(...lines);
    }
    all.push(...printedLines(screen, 'pane', NOW));
    const below = { status: statusLine(screen, NOW), typed: typedText(screen) };
    return `${withoutOwn(live.write(all, below))}\n${bare.write(all, below)}`;
  });
  return written.join('\n');
};
/** The writer's own escapes: of what is strong, and around the line that stays. */
const withoutOwn = (bytes: string): string => bytes.replace(/\u001b\[(?:1|22)m|^\r\u001b\[J|\r$/g, '');

export const LINE_SURFACES: Readonly<Record<string, (t: string) => string>> = {
  'lines that are appended': (t) => appended(t, 'inline'),
  'sentences for a screen reader': (t) => appended(t, 'spoken'),
  'an approval in a pager': (t) => atOnce(bodyText(approvalOf([t, t, t, t]), 'full')),
  'a command in a pager': (t) => atOnce(bodyText(commandOf([t, t, t, t]), 'full')),
};
export const bytesOf = (lines: readonly CellLine[]): string =>
  lines.map((line) => `${plainLine(line)}\n`).join('');
