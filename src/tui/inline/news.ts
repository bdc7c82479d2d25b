/** What changed outside since it was told last, as lines. */

import { isTrouble } from '../../services/user/is-trouble.ts';
import type { InboxItem, Live, SessionItem, TraceRow } from '../../services/user/live.ts';
import { troubleOver } from '../../services/user/trouble-words.ts';
import { type CellLine, ours } from '../frame/line.ts';
import { keyNameOf } from '../keys.ts';
import { itemsOf } from '../layout.ts';
import type { Screen } from '../state.ts';
import { goneWords, surfaceWords, type WaitingItem, type Words } from './words.ts';

/** What was told: rows of the trace by their ids. */
export type ToldNews = { live: Live; traces: ReadonlySet<string> };

const idsOf = (rows: readonly TraceRow[]): ReadonlySet<string> => new Set(rows.map(({ id }) => id));
export const toldAll = ({ live }: Pick<Screen, 'live'>): ToldNews => ({ live, traces: idsOf(live.trace) });

/** So many rows of a trace are told at once: nobody reads what runs past. */
const MOST_ROWS = 100;

const traceNews = ({ traces }: ToldNews, screen: Screen): CellLine[] => {
  const { trace } = screen.live;
  const fresh = trace.filter(({ id }) => !traces.has(id));
  const last = fresh.slice(-MOST_ROWS);
  // None of those that were told is there any more: what came between them is not known
  const isCut = fresh.length > last.length || (traces.size > 0 && fresh.length === trace.length);
  const { trace: lineOf } = surfaceWords(screen);
  const cut: CellLine[] =
    isCut && fresh.length > 0 ? [[ours('some rows before these are not shown', 'dim')]] : [];
  return [...cut, ...last.map(lineOf)];
};

const isWaiting = (one: InboxItem): one is WaitingItem => one.what !== 'session';
const sessionsOf = ({ items }: Live): SessionItem[] => items.filter((one) => one.what === 'session');

/** As its session has it, where that is in the list. */
const endOf = (live: Live, { what, id }: WaitingItem): string => {
  const of = sessionsOf(live).flatMap(({ approvals, questions }): { id: string; words: string }[] =>
    what === 'approval'
      ? approvals.map((one) => ({ id: one.id, words: goneWords(one.state) }))
      : questions.map((one) => ({ id: one.id, words: one.state })),
  );
  return of.find((one) => one.id === id)?.words ?? goneWords(null);
};

const goneText = (live: Live, one: WaitingItem): string =>
  isTrouble(one) ? `${one.node}: ${troubleOver(one)}` : `${one.what} of ${one.node}: ${endOf(live, one)}`;

/** The newest approval is the first of all that wait. */
const keysTo = (screen: Screen, { what, id: of }: WaitingItem): string[] => {
  const items = itemsOf(screen);
  // Of those that are alike one has the row
  const id = items.find(({ alike }) => alike?.includes(of))?.id ?? of;
  const last = keyNameOf(screen, what === 'question' ? 'reply' : 'open');
  const isHidden = !items.some((one) => one.id === id);
  if (screen.selected === id && !isHidden) return [last];
  const first =
    screen.live.items[0]?.id === id
      ? keyNameOf(screen, 'top')
      : `${keyNameOf(screen, 'down')} or ${keyNameOf(screen, 'up')}`;
  return [
    ...(isHidden ? [keyNameOf(screen, 'back')] : []),
    ...(screen.pane === 'trace' ? [keyNameOf(screen, 'pane-1')] : []),
    first,
    last,
  ];
};

const comingLine = (words: Words, one: WaitingItem, keys: readonly string[], now: number): CellLine => {
  if (isTrouble(one)) return words.warns(one, keys);
  return one.what === 'question' ? words.wants(one, keys) : words.asks(one, keys, now);
};

const waitingNews = ({ live: told }: ToldNews, screen: Screen, now: number): CellLine[] => {
  const { live } = screen;
  const words = surfaceWords(screen);
  const [before, after] = [told.items.filter(isWaiting), live.items.filter(isWaiting)];
  const isIn = (list: readonly WaitingItem[], { id }: WaitingItem) => list.some((one) => one.id === id);
  // One that is in the way for another reason now is told anew
  const isSame = (list: readonly WaitingItem[], one: WaitingItem) =>
    list.some(({ id, state }) => id === one.id && (state === one.state || !isTrouble(one)));
  const gone = before.filter((one) => !isIn(after, one));
  const come = after.filter((one) => !isSame(before, one)).reverse();
  return [
    ...gone.map((one) => [words.time(now), words.text(goneText(live, one))]),
    ...come.map((one) => {
      const keys = keysTo(screen, one);
      return [words.time(now), ...comingLine(words, one, keys, now)];
    }),
  ];
};

const standOf = ({ state, reason, nobodyRuns }: SessionItem): string =>
  JSON.stringify([state, reason, nobodyRuns]);

const sessionNews = ({ live: told }: ToldNews, screen: Screen, now: number): CellLine[] => {
  const before = new Map(sessionsOf(told).map((one) => [one.id, standOf(one)]));
  const words = surfaceWords(screen);
  return sessionsOf(screen.live)
    .filter((one) => before.get(one.id) !== standOf(one))
    .reverse()
    .map((one) => [words.time(now), ...words.item(one, false, now)]);
};

export const relayLine = ({ relays: { open, all } }: Live): CellLine => [
  ours(`${open} of ${all} relays open${open === 0 ? '; what is told here may be old' : ''}`),
];

/** Where a line that stays shows the relays, it is not told that one went or came. */
const relayNews = ({ live: told }: ToldNews, { live }: Screen): CellLine[] => {
  if (live.relays.open === told.relays.open) return [];
  const isLost = live.relays.open < told.relays.open;
  return [[ours(isLost ? 'relay lost: ' : 'relay here: ', isLost ? 'warn' : 'good'), ...relayLine(live)]];
};

export const newsOf = (told: ToldNews, screen: Screen, now: number, hasLive: boolean): CellLine[] => [
  ...(hasLive ? [] : relayNews(told, screen)),
  ...traceNews(told, screen),
  ...sessionNews(told, screen, now),
  ...waitingNews(told, screen, now),
];
