/** The screen when the lists were read again: what came, what is over, and that whoever types has not seen it yet. */

import { isTrouble } from '../services/user/is-trouble.ts';
import type { InboxItem, SessionItem } from '../services/user/live.ts';
import { type ApprovalScreen, type Phase, readingOn } from './approval.ts';
import { allOf, isSeveral } from './asked.ts';
import { listedRow, sessionIdOf } from './layout.ts';
import { DEAF_MS, firstOf, only, type Screen, type ScreenEvent, type ScreenStep } from './state.ts';

/** The approval on the screen, where nothing is armed any more. */
export const disarmed = (screen: Screen, why: string, now: number | null): Screen =>
  screen.approval?.phase.name === 'armed'
    ? {
        ...screen,
        approval: readingOn(screen.approval, now),
        notice: `${why}: disarmed, nothing was signed`,
      }
    : screen;

const isAsking = (one: InboxItem): boolean => one.what !== 'session' && !isTrouble(one);

const isWaiting = ({ live }: Pick<Screen, 'live'>, id: string): boolean =>
  live.items.some((one) => one.id === id);
/** In which an approval can be decided elsewhere, or closed by its node. */
const STANDING: ReadonlySet<string> = new Set(['loading', 'reading', 'armed']);
/** The first of those on the screen that waited before and waits no more. */
const goneOf = (screen: Screen, { id, view }: ApprovalScreen, live: Screen['live']): string | null => {
  const ids = view ? allOf(view).map((one) => one.id) : [id];
  return ids.find((one) => isWaiting(screen, one) && !isWaiting({ live }, one)) ?? null;
};
const closedAs = (session: SessionItem | null, { id, view }: ApprovalScreen, gone: string | null): Phase => ({
  name: 'closed',
  as: session?.approvals.find((one) => one.id === (gone ?? id))?.state ?? null,
  ...(view && isSeveral(view) ? { ofSeveral: true } : {}),
});

/** A request or question that was not there: whoever is typing has not seen it. */
const brings = (before: Screen['live'], now: Screen['live']): boolean => {
  const known = new Set(before.items.filter(isAsking).map(({ id }) => id));
  return now.items.some((one) => isAsking(one) && !known.has(one.id));
};

/** What is selected stays so; a session that begins or ceases to wait for this person is one row, the same. */
const followed = ({ selected, live: before }: Screen, live: Screen['live']): string | null => {
  if (selected === null) return firstOf(live);
  const old = before.items.find(({ id }) => id === selected);
  if (!old || live.items.some(({ id }) => id === selected)) return selected;
  const session = sessionIdOf(old);
  if (session === null || isTrouble(old)) return selected;
  return live.items.find((one) => !isTrouble(one) && sessionIdOf(one) === session)?.id ?? selected;
};

export const withLive = (
  screen: Screen,
  event: Extract<ScreenEvent, { what: 'live' }>,
  now: number,
): ScreenStep => {
  const { live, session } = event;
  const isNew = brings(screen.live, live);
  const base = isNew
    ? { ...disarmed(screen, 'another request came', now), deafUntil: now + DEAF_MS }
    : screen;
  const { approval } = base;
  const gone = approval && goneOf(screen, approval, live);
  const isOver = gone !== null && STANDING.has(approval?.phase.name ?? '');
  const isClosed = approval?.phase.name === 'closed' && !approval.phase.ofSeveral;
  const closed =
    approval && (isOver || isClosed) ? { ...approval, phase: closedAs(session, approval, gone) } : approval;
  const notedAt = screen.notedAt ?? live.revision;
  const next = { ...base, live, session, approval: closed, notedAt };
  const selected = followed(screen, live);
  return only({ ...next, selected: selected && (listedRow(next, selected)?.id ?? selected) });
};
