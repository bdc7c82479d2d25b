/** One event makes the next screen, and what is asked of the outside. */
import type { InboxItem } from '../services/user/live.ts';
import { ARMED_MS, armDenial, firstUnread, openApproval, typeDigest, withShown } from './approval.ts';
import { bodyOf, shownAtWidth } from './approval-body.ts';
import { type Act, actOf } from './keys.ts';
import { approvalHeight, bodyWidth, itemsOf, paneHeight, traceOf } from './layout.ts';
import {
  DEAF_MS,
  PANES,
  type Screen,
  type ScreenEffect,
  type ScreenEvent,
  type ScreenStep,
} from './state.ts';

const only = (screen: Screen, ...effects: ScreenEffect[]): ScreenStep => ({ screen, effects });

/** The approval on the screen, where nothing is armed any more. */
const disarmed = (screen: Screen): Screen =>
  screen.approval?.phase.name === 'armed'
    ? {
        ...screen,
        approval: { ...screen.approval, phase: { name: 'reading' } },
        notice: 'disarmed; nothing was signed',
      }
    : screen;

const rowsOf = ({ approval, size }: Screen, now: number) =>
  approval?.view ? bodyOf(approval.view, bodyWidth(size), now) : [];

const resized = (screen: Screen, size: Screen['size'], now: number): ScreenStep => {
  const calm = { ...disarmed(screen), size, deafUntil: now + DEAF_MS };
  const { approval } = screen;
  if (!approval?.view || bodyWidth(size) === bodyWidth(screen.size)) return only(calm);
  const before = rowsOf(screen, now);
  const after = bodyOf(approval.view, bodyWidth(size), now);
  const source = before[approval.top]?.source ?? 0;
  const top = Math.max(
    0,
    after.findIndex((row) => row.source >= source),
  );
  const shown = shownAtWidth(before, approval.shown, after);
  return only({ ...calm, approval: { ...approval, ...calm.approval, top, shown } });
};

const isApproval = (one: InboxItem): boolean => one.what === 'approval';

const isWaiting = ({ live }: Pick<Screen, 'live'>, id: string): boolean =>
  live.items.some((one) => one.id === id);
/** In which an approval can be decided elsewhere, or closed by its node. */
const STANDING: ReadonlySet<string> = new Set(['loading', 'reading', 'armed']);
const CLOSED = { name: 'closed' } as const;

/** A request that was not there: whoever is typing has not seen it. */
const brings = (before: Screen['live'], now: Screen['live']): boolean => {
  const known = new Set(before.items.filter(isApproval).map(({ id }) => id));
  return now.items.some((one) => isApproval(one) && !known.has(one.id));
};

const withLive = (screen: Screen, event: Extract<ScreenEvent, { what: 'live' }>, now: number): ScreenStep => {
  const { live, session } = event;
  const isNew = brings(screen.live, live);
  const base = isNew ? { ...disarmed(screen), deafUntil: now + DEAF_MS } : screen;
  const { approval } = base;
  const isOver = approval !== null && isWaiting(screen, approval.id) && !isWaiting({ live }, approval.id);
  const closed = isOver && STANDING.has(approval.phase.name) ? { ...approval, phase: CLOSED } : approval;
  const selected = screen.selected ?? live.items[0]?.id ?? null;
  return only({ ...base, live, session, approval: closed, selected });
};

type ApprovalEvent = Extract<ScreenEvent, { id: string }>;

/** A thing that arrived for the approval on the screen, and for no other. */
const withApproval = (screen: Screen, event: ApprovalEvent, now: number): ScreenStep => {
  const { approval } = screen;
  if (approval?.id !== event.id) return only(screen);
  switch (event.what) {
    case 'drawn': {
      if (event.size !== screen.size) return only(screen);
      const seen = withShown(
        { ...approval, top: event.top },
        approvalHeight(screen.size),
        rowsOf(screen, now).length,
      );
      if (seen.shown === approval.shown) return only(screen);
      return only({ ...screen, approval: { ...approval, shown: seen.shown } });
    }
    case 'loaded':
      return only({
        ...screen,
        approval: { ...approval, view: event.view, phase: { name: 'reading' } },
        deafUntil: now + DEAF_MS,
      });
    case 'unverifiable': {
      const { why, hint } = event;
      return only({ ...screen, approval: { ...approval, phase: { name: 'unverifiable', why, hint } } });
    }
    case 'decided':
      return only({ ...screen, approval: { ...approval, phase: { name: 'decided', what: event.decision } } });
    case 'refused':
      return only({ ...screen, approval: { ...approval, phase: { name: 'reading' } }, notice: event.why });
  }
};

const moved = (screen: Screen, by: number, now: number): ScreenStep => {
  const { approval, pane, live } = screen;
  if (approval) {
    const most = Math.max(0, rowsOf(screen, now).length - approvalHeight(screen.size));
    const top = Math.min(most, Math.max(0, approval.top + by));
    return only({ ...screen, approval: { ...approval, top } });
  }
  if (pane === 'trace') {
    const most = Math.max(0, traceOf(screen).length - paneHeight(screen.size, 'trace'));
    const top = Math.max(0, (screen.traceTop ?? most) + by);
    return only({ ...screen, traceTop: top >= most ? null : top });
  }
  const items = itemsOf(screen);
  const at = items.findIndex((one) => one.id === screen.selected);
  // What was selected is gone: nothing else took its place by itself
  const to = at === -1 ? 0 : at + by;
  const next = items[Math.min(items.length - 1, Math.max(0, to))];
  if (!next || live.items.length === 0) return only(screen);
  const session = next.what === 'session' ? next.id : next.session;
  return only({ ...screen, selected: next.id }, { do: 'look', session });
};

const opened = (screen: Screen): ScreenStep => {
  const item = itemsOf(screen).find((one) => one.id === screen.selected);
  if (!item) return only({ ...screen, notice: 'nothing is selected' });
  // Whoever opens a session that waits for them wants what it waits for
  const asks = (one: InboxItem) => one.what === 'approval' && one.session === item.id;
  const approval = item.what === 'approval' ? item : screen.live.items.find(asks);
  if (!approval) return only({ ...screen, pane: 'session' }, { do: 'look', session: item.id });
  return only(
    { ...screen, approval: openApproval(approval.id), notice: null },
    { do: 'load', id: approval.id },
  );
};

const toFile = (screen: Screen, direction: 1 | -1, now: number): ScreenStep => {
  const { approval } = screen;
  if (!approval) return only(screen);
  const starts = rowsOf(screen, now).flatMap(({ file }, row) => (file ? [row] : []));
  const next =
    direction === 1 ? starts.find((row) => row > approval.top) : starts.findLast((row) => row < approval.top);
  if (next === undefined) return only({ ...screen, notice: 'no more files that way' });
  return moved(screen, next - approval.top, now);
};

const arm = (screen: Screen, now: number): ScreenStep => {
  const { approval } = screen;
  if (!approval) return only(screen);
  const denial = armDenial(approval, rowsOf(screen, now).length, now);
  if (denial) return only({ ...screen, notice: denial });
  return only({
    ...screen,
    notice: null,
    approval: { ...approval, phase: { name: 'armed', typed: '', until: now + ARMED_MS } },
  });
};

/** After a deliberate step something is selected again, where anything is there. */
const selectable = (screen: Screen): Screen => {
  const items = itemsOf(screen);
  const isThere = items.some((one) => one.id === screen.selected);
  return isThere ? screen : { ...screen, selected: items[0]?.id ?? null };
};

const back = (screen: Screen): ScreenStep => {
  if (screen.isHelp) return only({ ...screen, isHelp: false });
  if (screen.approval) return only(selectable({ ...screen, approval: null, notice: null }));
  if (screen.filter !== '') return only(selectable({ ...screen, filter: '' }));
  return only({ ...screen, pane: 'inbox' });
};

/** A page on, but past nothing that was not on the screen: back to that, or no further before it was drawn. */
const readOn = (screen: Screen, now: number): ScreenStep => {
  const { approval } = screen;
  const left = approval?.view ? firstUnread(approval, rowsOf(screen, now).length) : null;
  if (!approval || left === null || left >= approval.top + approvalHeight(screen.size))
    return moved(screen, pageOf(screen), now);
  return left < approval.top ? moved(screen, left - approval.top, now) : only(screen);
};

const FAR = 2 ** 30;

const ACTS: Readonly<Record<Act, (screen: Screen, now: number) => ScreenStep>> = {
  down: (screen, now) => moved(screen, 1, now),
  up: (screen, now) => moved(screen, -1, now),
  'page-down': readOn,
  'page-up': (screen, now) => moved(screen, -pageOf(screen), now),
  top: (screen, now) => moved(screen, -FAR, now),
  bottom: (screen, now) => moved(screen, FAR, now),
  'next-pane': (screen) => only({ ...screen, pane: PANES[(PANES.indexOf(screen.pane) + 1) % PANES.length]! }),
  'pane-1': (screen) => only({ ...screen, pane: 'inbox' }),
  'pane-2': (screen) => only({ ...screen, pane: 'session' }),
  'pane-3': (screen) => only({ ...screen, pane: 'trace' }),
  open: opened,
  filter: (screen) => only({ ...screen, typing: { what: 'filter', text: screen.filter } }),
  'next-file': (screen, now) => toFile(screen, 1, now),
  'previous-file': (screen, now) => toFile(screen, -1, now),
  arm,
  reject: (screen) =>
    screen.approval?.phase.name === 'decided' || screen.approval?.phase.name === 'signing'
      ? only({ ...screen, notice: 'this is decided already' })
      : only({ ...screen, typing: { what: 'reason', text: '' } }),
  redraw: (screen) => only(screen, { do: 'redraw' }),
  help: (screen) => only({ ...screen, isHelp: true }),
  back,
  quit: (screen) => only(screen, { do: 'quit', isInterrupt: false }),
};

const pageOf = ({ approval, size, pane }: Screen): number =>
  Math.max(1, (approval ? approvalHeight(size) : paneHeight(size, pane)) - 1);

const LONGEST_LINE = 1_000;

/** A line is typed: printable characters are added, Enter gives it to what it is for. */
const typedLine = (screen: Screen, key: string): ScreenStep => {
  const { typing, approval } = screen;
  if (!typing) return only(screen);
  const done = { ...screen, typing: null };
  if (key === 'escape')
    return only({ ...done, notice: typing.what === 'reason' ? 'nothing was signed' : null });
  if (key === 'enter') {
    if (typing.what === 'filter') return only(selectable({ ...done, filter: typing.text.trim() }));
    const reason = typing.text.trim();
    if (reason === '' || !approval)
      return only({ ...done, notice: 'a rejection needs a reason; nothing was signed' });
    const phase = { name: 'signing', what: 'rejected' } as const;
    return only({ ...done, approval: { ...approval, phase } }, { do: 'reject', id: approval.id, reason });
  }
  const typed = key === 'space' ? ' ' : key;
  if (key === 'ctrl-u') return only({ ...screen, typing: { ...typing, text: '' } });
  const text = key === 'backspace' ? [...typing.text].slice(0, -1).join('') : typing.text + printable(typed);
  return only({ ...screen, typing: { ...typing, text: text.slice(0, LONGEST_LINE) } });
};

/** Names of keys are no text. */
const printable = (key: string): string => ([...key].length === 1 ? key : '');

const keyed = (screen: Screen, key: string, now: number): ScreenStep => {
  if (key === 'ctrl-c') return only(screen, { do: 'quit', isInterrupt: true });
  if (now < screen.deafUntil) return only(screen);
  const { approval } = screen;
  if (approval?.phase.name === 'armed') {
    const { screen: next, signs, said } = typeDigest(approval, key, now);
    const after = { ...screen, approval: next, notice: said };
    if (!signs || !approval.view) return only(after);
    const { subjectDigest, request } = approval.view;
    return only(after, { do: 'approve', id: approval.id, subjectDigest, request });
  }
  if (screen.typing) return typedLine(screen, key);
  const place = screen.isHelp ? 'help' : approval ? 'approval' : 'panes';
  const act = actOf(place, key);
  if (!act) return only({ ...screen, notice: `${key} does nothing here; ? shows the keys` });
  return ACTS[act]({ ...screen, notice: null }, now);
};

/** What is pasted is text where a line is typed, and nothing anywhere else: it never ends a line. */
const pasted = (screen: Screen, text: string): ScreenStep => {
  if (!screen.typing)
    return only({ ...disarmed(screen), notice: 'what is pasted is no key: nothing was done' });
  const line = screen.typing.text + text.replace(/\s+/g, ' ');
  return only({ ...screen, typing: { ...screen.typing, text: line.slice(0, LONGEST_LINE) } });
};

/** Ages are told in coarse steps, the seconds that are left to type a digest one by one. */
const AGES_MS = 10_000;

/**
 * Characters that came at once, as from a fast hand on a busy machine: each is a key, but none of them counts for a
 * digest, whoever armed it.
 */
const burst = (screen: Screen, text: string, now: number): ScreenStep => {
  const effects: ScreenEffect[] = [];
  let last = screen;
  for (const one of text) {
    if (last.approval?.phase.name === 'armed') return { ...pasted(last, text), effects };
    const step = keyed(last, one === ' ' ? 'space' : one, now);
    last = step.screen;
    effects.push(...step.effects);
  }
  return { screen: last, effects };
};

const ticked = (screen: Screen, now: number): ScreenStep => {
  const { approval } = screen;
  const armed = approval?.phase.name === 'armed' ? approval.phase : null;
  const calm = armed && now > armed.until ? disarmed(screen) : screen;
  const clock = Math.floor(now / (armed ? 1_000 : AGES_MS));
  return only(clock === calm.clock ? calm : { ...calm, clock });
};

export const update = (screen: Screen, event: ScreenEvent, now: number): ScreenStep => {
  switch (event.what) {
    case 'key':
      return keyed(screen, event.key, now);
    case 'burst':
      return burst(screen, event.text, now);
    case 'paste':
      return pasted(screen, event.text);
    case 'resize':
      return resized(screen, event.size, now);
    case 'live':
      return withLive(screen, event, now);
    case 'said':
      return only({ ...screen, notice: event.text });
    case 'mounted':
      return only({ ...screen, deafUntil: now + DEAF_MS });
    case 'redraw':
      return only({ ...screen });
    case 'tick':
      return ticked(screen, now);
    default:
      return withApproval(screen, event, now);
  }
};
