/** One event makes the next screen, and what is asked of the terminal. Nothing is asked of the Host. */
import { withOutcomes } from '../../services/host/audit-words.ts';
import { actIn } from '../shell/key-table.ts';
import { lineAfter, pastedText } from '../shell/typed-text.ts';
import { detailLines } from './details.ts';
import { HOST_KEYS, type HostAct } from './keys.ts';
import { detailsHeight, hostPaneHeight, keysHeight } from './layout.ts';
import { hostRows, selectedAt, selectedRow } from './rows.ts';
import {
  HOST_PANES,
  type HostEffect,
  type HostEvent,
  type HostPane,
  type HostScreen,
  type HostStep,
  isStreamed,
  MOST_STREAMED,
  NOTHING,
  SILENT_MS,
  type StreamedPane,
} from './state.ts';

const step = (screen: HostScreen, ...effects: HostEffect[]): HostStep => ({ screen, effects });

/** Inside the frame of the details. */
export const detailsWidth = ({ size }: HostScreen): number => Math.max(1, size.width - 4);

const FAR = 2 ** 30;
const within = (at: number, most: number): number => Math.min(Math.max(0, most), Math.max(0, at));

const moved = (screen: HostScreen, by: number, now: number): HostStep => {
  if (screen.isHelp)
    return step({ ...screen, top: within(screen.top + by, HOST_KEYS.length - keysHeight(screen)) });
  const row = screen.isOpen ? selectedRow(screen) : null;
  if (row) {
    const all = detailLines(screen, row, detailsWidth(screen), now).length;
    return step({ ...screen, top: within(screen.top + by, all - detailsHeight(screen)) });
  }
  const { pane } = screen;
  const rows = hostRows(screen, pane);
  const at = selectedAt(screen, pane, rows);
  // What was selected is gone: nothing else took its place by itself
  const to = at === -1 ? 0 : within(at + by, rows.length - 1);
  const isTail = isStreamed(pane) && to === rows.length - 1;
  const selected = { ...screen.selected, [pane]: isTail ? null : (rows[to]?.id ?? null) };
  return step({ ...screen, selected });
};

const pageOf = (screen: HostScreen): number => {
  const height = screen.isHelp
    ? keysHeight(screen)
    : screen.isOpen
      ? detailsHeight(screen)
      : hostPaneHeight(screen, screen.pane);
  return Math.max(1, height - 1);
};

const toPane = (pane: HostPane) => (screen: HostScreen) => step({ ...screen, pane });

/** What the details are of stays selected, whatever comes. */
const opened = (screen: HostScreen): HostStep => {
  const row = selectedRow(screen);
  if (row === null) return step({ ...screen, notice: 'nothing is selected' });
  const selected = { ...screen.selected, [screen.pane]: row.id };
  return step({ ...screen, selected, isOpen: true, top: 0 });
};

const back = (screen: HostScreen): HostStep => {
  if (screen.isHelp) return step({ ...screen, isHelp: false, top: 0 });
  if (screen.isOpen) return step({ ...screen, isOpen: false, top: 0 });
  return step({ ...screen, filter: '' });
};

const ACTS: Readonly<Record<HostAct, (screen: HostScreen, now: number) => HostStep>> = {
  down: (screen, now) => moved(screen, 1, now),
  up: (screen, now) => moved(screen, -1, now),
  'page-down': (screen, now) => moved(screen, pageOf(screen), now),
  'page-up': (screen, now) => moved(screen, -pageOf(screen), now),
  top: (screen, now) => moved(screen, -FAR, now),
  bottom: (screen, now) => moved(screen, FAR, now),
  'next-pane': (screen) =>
    step({ ...screen, pane: HOST_PANES[(HOST_PANES.indexOf(screen.pane) + 1) % HOST_PANES.length]! }),
  'pane-1': toPane('runners'),
  'pane-2': toPane('assignments'),
  'pane-3': toPane('trace'),
  'pane-4': toPane('audit'),
  'pane-5': toPane('rejects'),
  open: opened,
  filter: (screen) => step({ ...screen, typing: screen.filter }),
  help: (screen) => step({ ...screen, isHelp: true, top: 0 }),
  redraw: (screen) => step(screen, { do: 'redraw' }),
  back,
  quit: (screen) => step(screen, { do: 'quit', isInterrupt: false }),
};

/** What a filter leaves begins with its first row, or its last of what is streamed. */
const filtered = (screen: HostScreen, filter: string): HostScreen => ({
  ...screen,
  filter,
  typing: null,
  selected: NOTHING,
});

const keyed = (screen: HostScreen, key: string, now: number): HostStep => {
  if (key === 'ctrl-c') return step(screen, { do: 'quit', isInterrupt: true });
  const { typing } = screen;
  if (typing !== null) {
    if (key === 'escape') return step({ ...screen, typing: null });
    if (key === 'enter') return step(filtered(screen, typing.trim()));
    return step({ ...screen, typing: lineAfter(typing, key) });
  }
  const act = actIn(HOST_KEYS, screen.isHelp ? 'help' : screen.isOpen ? 'details' : 'panes', key);
  if (!act) return step({ ...screen, notice: `${key} does nothing here; ? shows the keys` });
  return ACTS[act]({ ...screen, notice: null }, now);
};

/** Ages are told in coarse steps. */
const AGES_MS = 5_000;

const ticked = (screen: HostScreen, now: number): HostScreen => {
  const { link } = screen;
  const was = link.is === 'live' || link.is === 'reading' ? link.is : null;
  const isSilent = was !== null && now - screen.heardAt > SILENT_MS;
  const next: HostScreen = isSilent
    ? { ...screen, link: { is: 'silent', since: screen.heardAt, was } }
    : screen;
  const clock = Math.floor(now / AGES_MS);
  return clock === next.clock ? next : { ...next, clock };
};

/** It is live only when its lists were read after it was lost: what they were before is old. */
const heard = (screen: HostScreen, now: number): HostScreen => {
  const { link } = screen;
  const next = { ...screen, heardAt: now };
  if (link.is === 'gone') return { ...next, link: { is: 'reading', since: now } };
  return link.is === 'silent' ? { ...next, link: { is: link.was, since: now } } : next;
};

const withLost = (screen: HostScreen, of: StreamedPane, isLost: boolean): HostScreen => ({
  ...screen,
  isLost: { ...screen.isLost, [of]: isLost },
});

const told = (screen: HostScreen, event: Exclude<HostEvent, { what: 'key' }>, now: number): HostScreen => {
  switch (event.what) {
    case 'paste':
      return screen.typing === null
        ? { ...screen, notice: 'what is pasted is no key: nothing was done' }
        : { ...screen, typing: screen.typing + pastedText(event.text) };
    case 'resize':
      return { ...screen, size: event.size, top: 0 };
    case 'read': {
      const { overview } = event;
      const { link } = screen;
      const since = link.is === 'live' ? link.since : now;
      return { ...screen, overview, heardAt: now, link: { is: 'live', since } };
    }
    case 'traced':
      return { ...screen, trace: [...screen.trace, ...event.entries].slice(-MOST_STREAMED) };
    case 'audited':
      return { ...screen, audit: withOutcomes(screen.audit, event.entries).slice(-MOST_STREAMED) };
    case 'alive':
      return event.of === 'changes' ? heard(screen, now) : withLost(screen, event.of, false);
    case 'lost':
      if (event.of !== 'changes') return withLost(screen, event.of, true);
      return { ...screen, link: { is: 'gone', since: now, why: event.why } };
    case 'tick':
      return ticked(screen, now);
    case 'mounted':
      return screen;
    case 'redraw':
      return { ...screen };
  }
};

export const updateHost = (screen: HostScreen, event: HostEvent, now: number): HostStep =>
  event.what === 'key' ? keyed(screen, event.key, now) : step(told(screen, event, now));
