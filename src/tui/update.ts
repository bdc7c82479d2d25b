/** One event makes the next screen, and what is asked of the outside. */
import { isTerminal } from '../core/machines/machine.ts';
import { sessionMachine } from '../core/machines/session.ts';
import { isTrouble } from '../services/user/is-trouble.ts';
import type { InboxItem } from '../services/user/live.ts';
import type { Act } from './acts.ts';
import { ARMED_MS, type AsideName, openApproval, typeDigest, withShown } from './approval.ts';
import { bodyOf, shownAtWidth } from './approval-body.ts';
import { denialOf } from './approval-pane.ts';
import { EDIT_KEY, edited, editing, mayEdit } from './editing.ts';
import { toMatch } from './find.ts';
import { actOf, keyOf, keysPlaceOf } from './keys.ts';
import { approvalHeight, bodyWidth, hidesChange, itemsOf, selectable, sessionIdOf } from './layout.ts';
import { FAR, moved, pageOf, readOn, rowCount, toFile } from './moves.ts';
import { revoking } from './open-grants.ts';
import { type Command, choosing, chosenAct } from './palette.ts';
import { repeats, termed } from './repeats.ts';
import { pastedLines, pastedText } from './shell/typed-text.ts';
import {
  AGES_MS,
  DEAF_MS,
  only,
  PANES,
  type Screen,
  type ScreenEvent,
  type ScreenStep,
  toPane,
} from './state.ts';
import {
  answering,
  asking,
  cancelling,
  isLooking,
  lateDigit,
  replying,
  seenOf,
  typedLine,
  withAsked,
  withText,
} from './typing.ts';
import { disarmed, withLive } from './with-live.ts';

const resized = (screen: Screen, size: Screen['size'], now: number): ScreenStep => {
  // What was said of the size before is not true of this one
  const anew = { ...screen, notice: null };
  const calm = { ...disarmed(anew, 'the screen has another size', now), size, deafUntil: now + DEAF_MS };
  const { approval } = screen;
  if (!approval?.view || bodyWidth(size) === bodyWidth(screen.size)) return only(calm);
  const before = bodyOf(approval.view, bodyWidth(screen.size), screen.surface);
  const after = bodyOf(approval.view, bodyWidth(size), screen.surface);
  const top = after.startOf(before.sourceAt(approval.top));
  const shown = shownAtWidth(before, approval.shown, after);
  const aside = approval.aside && { ...approval.aside, top: 0 };
  const find = { words: approval.find.words, row: null };
  return only({ ...calm, approval: { ...approval, ...calm.approval, top, shown, find, aside } });
};

type ApprovalEvent = Extract<ScreenEvent, { id: string }>;

/** A thing that arrived for the approval on the screen, and for no other. */
const withApproval = (screen: Screen, event: ApprovalEvent, now: number): ScreenStep => {
  const { approval } = screen;
  // What was left behind is told all the same: it was not signed
  if (approval?.id !== event.id)
    return only(event.what === 'refused' ? { ...screen, notice: event.why } : screen);
  // A second answer to one question would stand for what was read of the first
  const isAnswer = event.what === 'loaded' || event.what === 'unverifiable';
  if (isAnswer && approval.phase.name !== 'loading') return only(screen);
  switch (event.what) {
    case 'drawn': {
      if (hidesChange(screen) || event.size !== screen.size) return only(screen);
      const seen = withShown({ ...approval, top: event.top }, approvalHeight(screen), rowCount(screen));
      if (seen.shown === approval.shown) return only(screen);
      return only({ ...screen, approval: { ...approval, shown: seen.shown } });
    }
    case 'loaded':
      return only({
        ...screen,
        approval: { ...approval, view: event.view, phase: { name: 'reading' } },
        deafUntil: now + DEAF_MS,
        ...(event.apart
          ? { apart: [...screen.apart, ...event.apart], notice: apartWords(event.apart.length) }
          : {}),
      });
    case 'looked': {
      const isWanted = event.words === approval.find.words;
      return isWanted ? toMatch(screen, event.direction) : only(screen);
    }
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

const apartWords = (n: number): string =>
  `${n} that seemed to ask for the same ${n === 1 ? 'does' : 'do'} not: open ${n === 1 ? 'it' : 'each'} by itself`;

const opened = (screen: Screen): ScreenStep => {
  const item = itemsOf(screen).find((one) => one.id === screen.selected);
  if (!item) return only({ ...screen, notice: 'nothing is selected' });
  const isThere = screen.surface === 'full' && screen.pane === 'session';
  const session = isTrouble(item) ? null : sessionIdOf(item);
  const all =
    session === null ? 'this is all that is known of it' : `all of it: entangle user show ${session}`;
  if (item.what !== 'approval' && item.what !== 'review')
    return isThere ? only({ ...screen, notice: all }) : toPane(screen, 'session');
  const { id, alike } = item;
  const load = { do: 'load', id, ...(alike ? { alike } : {}) } as const;
  return only({ ...screen, approval: openApproval(id, item.what), notice: null }, load);
};

const arm = (screen: Screen, now: number): ScreenStep => {
  const { approval } = screen;
  if (!approval) return only(screen);
  const denial = denialOf(screen, approval, now);
  if (denial) return only({ ...screen, notice: denial });
  return only({
    ...screen,
    notice: null,
    approval: { ...approval, phase: { name: 'armed', typed: '', until: now + ARMED_MS } },
  });
};

/** The same key again goes back to the change. */
const toAside = (screen: Screen, what: AsideName): ScreenStep => {
  const { approval } = screen;
  if (!approval?.view) return only({ ...screen, notice: NOT_HERE });
  const aside = approval.aside?.what === what ? null : { what, top: 0 };
  return only({ ...screen, approval: { ...approval, aside } });
};

const NOT_HERE = 'the change has not arrived yet';
const paged = (screen: Screen): ScreenStep => {
  const view = screen.approval?.view;
  if (!view) return only({ ...screen, notice: NOT_HERE });
  return only({ ...screen, isAway: true }, { do: 'page', view });
};

const back = (screen: Screen): ScreenStep => {
  if (screen.isHelp) return only({ ...screen, isHelp: false });
  if (screen.approval?.aside) return only({ ...screen, approval: { ...screen.approval, aside: null } });
  if (screen.approval) return only(selectable({ ...screen, approval: null, notice: null }));
  if (screen.filter !== '') return only(selectable({ ...screen, filter: '' }));
  return only({ ...screen, pane: 'inbox' });
};

const copied = (screen: Screen): ScreenStep => {
  const id = screen.approval?.id ?? screen.selected;
  if (id === null) return only({ ...screen, notice: 'nothing is selected' });
  return only({ ...screen, notice: `your terminal was asked to copy ${id}` }, { do: 'copy', text: id });
};

const leaving = (screen: Screen, isInterrupt = false): ScreenStep => {
  const standing = screen.live.items.filter((one) => !isEnded(one) && !isTrouble(one));
  const open = new Set(standing.map(sessionIdOf)).size;
  if (screen.notes.length === 0 || screen.isLeaving || open === 0)
    return only(screen, { do: 'quit', isInterrupt });
  const tasks = open === 1 ? '1 task is open' : `${open} tasks are open`;
  return only({
    ...screen,
    isLeaving: true,
    notice: `${tasks}, and this runs the federation: ${isInterrupt ? 'Ctrl-C' : keyOf(screen, 'quit')} again ends it`,
  });
};
const isEnded = (one: InboxItem): boolean => one.what === 'session' && isTerminal(sessionMachine, one.state);

const ACTS: Readonly<Record<Act, (screen: Screen, now: number) => ScreenStep>> = {
  down: (screen, now) => moved(screen, 1, now),
  up: (screen, now) => moved(screen, -1, now),
  'page-down': readOn,
  'page-up': (screen, now) => moved(screen, -pageOf(screen), now),
  top: (screen, now) => moved(screen, -FAR, now),
  'call-top': (screen, now) => moved(screen, -FAR, now),
  bottom: (screen, now) => moved(screen, FAR, now),
  'next-pane': (screen) => toPane(screen, PANES[(PANES.indexOf(screen.pane) + 1) % PANES.length]!),
  'pane-1': (screen) => toPane(screen, 'inbox'),
  'pane-2': (screen) => toPane(screen, 'session'),
  'pane-3': (screen) => toPane(screen, 'trace'),
  open: opened,
  palette: (screen) => only({ ...screen, typing: { what: 'command', text: '', at: 0 } }),
  filter: (screen) => only({ ...screen, typing: { what: 'filter', text: screen.filter } }),
  reply: replying,
  ask: asking,
  cancel: cancelling,
  'next-file': (screen) => toFile(screen, 1),
  'previous-file': (screen) => toFile(screen, -1),
  find: (screen) => only({ ...screen, typing: { what: 'find', text: '' } }),
  'next-match': (screen) => toMatch(screen, 1),
  'previous-match': (screen) => toMatch(screen, -1),
  page: paged,
  bytes: (screen) => toAside(screen, 'bytes'),
  subject: (screen) => toAside(screen, 'subject'),
  why: (screen) => toAside(screen, 'why'),
  arm,
  repeats,
  'more-uses': termed('uses', 1),
  'fewer-uses': termed('uses', -1),
  longer: termed('ms', 1),
  shorter: termed('ms', -1),
  revoke: revoking,
  reject: (screen) => answering(screen, 'rejected'),
  change: (screen) => answering(screen, 'changes_wanted'),
  copy: copied,
  redraw: (screen) => only(screen, { do: 'redraw' }),
  help: (screen) =>
    screen.surface !== 'full'
      ? only(screen, { do: 'print', what: 'keys' })
      : only({ ...screen, isHelp: true, helpTop: 0 }),
  back,
  quit: (screen) => leaving(screen),
};

/** Ctrl-C ends what is typed, as in a shell; else the screen, after the same question as `q`. */
const interrupted = (screen: Screen, now: number): ScreenStep => {
  if (screen.typing) return typedLine(screen, screen.typing, 'escape', now);
  if (screen.approval?.phase.name === 'armed') return only(disarmed(screen, 'Ctrl-C', null));
  return leaving(screen, true);
};

const keyed = (
  screen: Screen,
  { key, together = false }: Extract<ScreenEvent, { what: 'key' }>,
  now: number,
): ScreenStep => {
  if (key === 'ctrl-c') return interrupted(screen, now);
  if (screen.isAway || now < screen.deafUntil) return only(screen);
  const { approval } = screen;
  if (approval?.phase.name === 'armed') {
    // The rest of it is no command either
    if (together) return only({ ...pasted(screen, key).screen, deafUntil: now + DEAF_MS });
    const { screen: next, signs, said } = typeDigest(approval, key, now);
    const after = { ...screen, approval: next, notice: said };
    const seen = seenOf(approval);
    return signs && seen ? only(after, { do: 'approve', id: approval.id, seen }) : only(after);
  }
  if (screen.typing) {
    const isCommand = screen.typing.what === 'command';
    // What ends a line that signs, or does something, is typed by itself: a paste may have brought it
    if (together && key === 'enter' && (isCommand || !isLooking(screen.typing))) return only(screen);
    if (key === EDIT_KEY && mayEdit(screen, screen.typing))
      return together ? only(screen) : editing(screen, screen.typing);
    if (screen.typing.what === 'command') return commanded(screen, screen.typing, key, now);
    return typedLine(screen, screen.typing, key, now);
  }
  const late = lateDigit(screen, key, now);
  if (late) return only(late);
  const act = actOf(screen, keysPlaceOf(screen), key);
  if (!act)
    return only({ ...screen, notice: `${key} does nothing here; ${keyOf(screen, 'help')} shows the keys` });
  return done(screen, act, now);
};

const done = (screen: Screen, act: Act, now: number): ScreenStep =>
  ACTS[act](
    {
      ...{ ...screen, notice: null },
      isLeaving: act === 'quit' && screen.isLeaving,
      isRevoking: act === 'revoke' && screen.isRevoking,
    },
    now,
  );

const commanded = (screen: Screen, typing: Command, key: string, now: number): ScreenStep => {
  if (key === 'up' || key === 'down')
    return only({ ...screen, typing: choosing(screen, typing, key === 'up' ? -1 : 1) });
  if (key !== 'enter') return typedLine(screen, { ...typing, at: 0 }, key, now);
  const act = chosenAct(screen, typing);
  const without = { ...screen, typing: null };
  return act === null
    ? only({ ...without, notice: 'nothing here has these words' })
    : done(without, act, now);
};

/** What is pasted is text where a line is typed, and nothing anywhere else: it never ends a line. */
const pasted = (screen: Screen, text: string): ScreenStep => {
  if (screen.isAway) return only(screen);
  if (!screen.typing)
    return only({ ...disarmed(screen, '', null), notice: 'what is pasted is no key: nothing was done' });
  const { typing } = screen;
  // What is signed is what was pasted, lines and all: they are seen as arrows
  const line = typing.text + (isLooking(typing) ? pastedText(text) : pastedLines(text));
  return withText(screen, typing.what === 'command' ? { ...typing, at: 0 } : typing, line);
};

const ticked = (screen: Screen, now: number): ScreenStep => {
  const { approval } = screen;
  const armed = approval?.phase.name === 'armed' ? approval.phase : null;
  const calm = armed && now > armed.until ? disarmed(screen, 'no key for five seconds', now) : screen;
  const clock = Math.floor(now / (armed ? 1_000 : AGES_MS));
  return only(clock === calm.clock ? calm : { ...calm, clock });
};

export const update = (screen: Screen, event: ScreenEvent, now: number): ScreenStep => {
  switch (event.what) {
    case 'key':
      return keyed(screen, event, now);
    case 'paste':
      return pasted(screen, event.text);
    case 'resize':
      return resized(screen, event.size, now);
    case 'live':
      return withLive(screen, event, now);
    case 'fetched': {
      const { question, text } = event;
      const here = { ...screen, fetched: { question, text } };
      // Who waits for it no more is not told in the middle of something else
      if (screen.typing || screen.approval) return only(here);
      const next = { ...here, notice: `all of the question is here: ${keyOf(screen, 'reply')} answers it` };
      return screen.surface === 'full' ? only(next) : toPane(next, 'session');
    }
    case 'replied':
      return only({ ...screen, notice: 'answered by you: ✓ signed' });
    case 'revoked':
      return only({
        ...screen,
        notice: `${event.count === 1 ? 'the grant is' : `${event.count} grants are`} ended by you: ✓ signed`,
      });
    case 'cancelled':
      return only({ ...screen, notice: 'cancelled by you: ✓ signed' });
    case 'asked':
      return only(withAsked(screen, event));
    case 'said':
      return only({ ...screen, notice: event.text });
    case 'mounted':
      return only({ ...screen, deafUntil: now + DEAF_MS });
    case 'returned':
      return only({ ...screen, isAway: false, notice: event.why, deafUntil: now + DEAF_MS });
    case 'edited':
      return edited(screen, event, now);
    case 'redraw':
      return only({ ...screen });
    case 'tick':
      return ticked(screen, now);
    default:
      return withApproval(screen, event, now);
  }
};
