/**
 * What is appended when the screen became another: the second rendering of the same model. What a person does is answered
 * at once; what comes meanwhile is told when they neither read an approval nor type.
 */

import type { ApprovalScreen, Phase } from '../approval.ts';
import { closedText, denialOf } from '../approval-pane.ts';
import { ASK_WORDS } from '../asked.ts';
import { type CellLine, ours } from '../frame/line.ts';
import { keyOf } from '../keys.ts';
import { approvalHeight, itemsOf, rowsOfLines, sessionOn, traceOf, troubleOn } from '../layout.ts';
import { rowCount, rowsOf } from '../moves.ts';
import { grantsOn } from '../open-grants.ts';
import { paneHeight } from '../sizes.ts';
import type { Printed, Screen } from '../state.ts';
import type { ScreenChange } from '../store.ts';
import { syntaxLines } from '../syntax-lines.ts';
import { newsOf, relayLine, type ToldNews, toldAll } from './news.ts';
import { surfaceWords } from './words.ts';

/** `later`: what was said while a line was typed. */
export type Told = { news: ToldNews; later: readonly string[] };
type Lines = { told: Told; lines: CellLine[] };

/** A line is being typed: nothing comes between its characters. */
export const isTyping = ({ typing, approval }: Screen): boolean =>
  typing !== null || approval?.phase.name === 'armed';

/** No line of ours begins so; a sentence has no sign in front, and no sentence of theirs is at the beginning of a row. */
const BESIDE = { full: '', inline: '│ ', spoken: '' } as const;

/** Rows of the change that the screen has now and that were not the last to be printed. */
const pageLines = ({ before, after }: Pick<ScreenChange, 'before' | 'after'>): CellLine[] => {
  const { approval } = after;
  const rows = rowsOf(after);
  if (!approval?.view || !rows) return [];
  const end = ({ top }: ApprovalScreen, of: Screen): number =>
    Math.min(rows.length, top + approvalHeight(of));
  const isAgain = before.approval?.view === approval.view;
  const old = isAgain && before.size.width === after.size.width ? before.approval : null;
  const goesOn = old !== null && approval.top >= old.top && approval.top <= end(old, before);
  const from = old !== null && goesOn ? end(old, before) : approval.top;
  const to = end(approval, after);
  if (to <= from) return [];
  const { where } = surfaceWords(after);
  const beside = ours(BESIDE[after.surface], 'dim');
  const jumped = goesOn || !isAgain ? [] : [where(from + 1, to, rows.length)];
  const lines =
    after.surface === 'spoken' ? rows.slice(from, to).map(({ line }) => line) : syntaxLines(rows, from, to);
  return [...jumped, ...lines.map((line) => [beside, ...line])];
};

const opening = (screen: Screen, { id, what }: ApprovalScreen): CellLine => {
  const { text } = surfaceWords(screen);
  const node = screen.live.items.find((one) => one.id === id)?.node;
  return [text(`waiting for the change of ${what} ${id}${node === undefined ? '' : ` of ${node}`}`)];
};

const phaseLines = (screen: Screen, { phase, view, what }: ApprovalScreen, now: number): CellLine[] => {
  const words = surfaceWords(screen);
  switch (phase.name) {
    case 'armed':
      return view ? [...words.signed(view, now), words.question(view)] : [];
    case 'signing':
      return [[ours('signing', 'warn')]];
    case 'decided':
      return [words.decided(phase, what)];
    case 'closed':
      return [[ours(`${closedText(phase)}; ${keyOf(screen, 'back')} goes back`, 'warn')]];
    case 'unverifiable':
      return [
        [ours(`this cannot be ${ASK_WORDS[what].decided.approved}:`, 'bad')],
        ...[phase.why, phase.hint].flatMap((one) => (one === null ? [] : [[words.text(one)]])),
      ];
    case 'loading':
    case 'reading':
      return [];
  }
};

/** An approval that is left without an answer was not signed, and one on its way is not called back. */
const LEFT: Readonly<Partial<Record<Phase['name'], string>>> = {
  loading: 'left: nothing was signed',
  reading: 'left: nothing was signed',
  unverifiable: 'left: nothing was signed',
  signing: 'left while it is signed',
};

const approvalNow = (change: ScreenChange, now: number, hasLive: boolean): CellLine[] => {
  const { before, after } = change;
  const [old, one] = [before.approval, after.approval];
  if (!one) {
    const left = old && LEFT[old.phase.name];
    return left === undefined || left === null ? [] : [[ours(left, 'dim')]];
  }
  const isOpened = old?.id !== one.id;
  const isLoaded = one.view !== null && old?.view !== one.view;
  const isOther = old?.phase.name !== one.phase.name;
  const isRead = old?.shown !== one.shown && one.phase.name === 'reading';
  return [
    ...(isOpened ? [opening(after, one)] : []),
    ...(isLoaded && one.view ? [surfaceWords(after).verified(one.view)] : []),
    ...pageLines(change),
    ...(isOther ? phaseLines(after, one, now) : []),
    ...(isRead && !hasLive ? readLines(after, one, now) : []),
  ];
};

/** Where no line stays: how far it was read, and what a key would do. */
const readLines = (screen: Screen, approval: ApprovalScreen, now: number): CellLine[] => {
  const rows = rowCount(screen);
  const to = Math.min(rows, approval.top + approvalHeight(screen));
  const { where, text, readAll } = surfaceWords(screen);
  const { view } = approval;
  const denial = denialOf(screen, approval, now);
  return [where(approval.top + 1, to, rows), denial === null && view ? readAll(view) : [text(denial ?? '')]];
};

/** The same words again are told again when a key asked for them, and not because something else went on. */
const noticeLines = ({ before, event, after }: ScreenChange): CellLine[] => {
  const isAsked = (event.what === 'key' || event.what === 'paste') && !isTyping(before);
  const isTold = after.notice !== before.notice || isAsked || event.what === 'refused';
  return after.notice !== null && event.what !== 'said' && isTold
    ? [[{ ...surfaceWords(after).notice(after.notice), tone: 'warn' }]]
    : [];
};

const typingLines = ({ before, after }: ScreenChange): CellLine[] => {
  const [old, one] = [before.typing, after.typing];
  if (!one) return [];
  if (one.what !== old?.what) return [surfaceWords(after).line(one.what)];
  return one.isFull && !old.isFull ? [[ours('no more fits in this line', 'warn')]] : [];
};

const traceTopLines = ({ before, after }: ScreenChange): CellLine[] => {
  if (after.traceTop === null || after.traceTop === before.traceTop) return [];
  return traceLinesFrom(after, after.traceTop);
};
const traceLinesFrom = (screen: Screen, top: number): CellLine[] => {
  const height = Math.max(1, paneHeight(screen.size, 'trace'));
  return traceOf(screen)
    .slice(top, top + height)
    .map(surfaceWords(screen).trace);
};

/** The row that has the keys, when a key gave them to it. */
const selectionLines = ({ before, event, after }: ScreenChange, now: number): CellLine[] => {
  if (event.what !== 'key' || after.selected === before.selected) return [];
  const item = itemsOf(after).find(({ id }) => id === after.selected);
  return item ? [surfaceWords(after).item(item, true, now)] : [];
};

const inboxLines = (screen: Screen, now: number): CellLine[] => {
  const items = itemsOf(screen);
  if (items.length === 0) {
    const [agent] = screen.live.agents;
    const ask = `nothing waits for you${agent === undefined ? '' : `; ${keyOf(screen, 'ask')} asks ${agent}`}`;
    return [
      [surfaceWords(screen).text(screen.filter === '' ? ask : `nothing has the words "${screen.filter}"`)],
    ];
  }
  return items.map((one) => surfaceWords(screen).item(one, one.id === screen.selected, now));
};

/** What a key asked to be told. */
export const printedLines = (screen: Screen, what: Printed, now: number): CellLine[] => {
  const words = surfaceWords(screen);
  const lines = (): CellLine[] => {
    if (what === 'keys') return words.keys();
    // As on another width: what was printed of it does not count
    if (screen.approval)
      return pageLines({ before: { ...screen, size: { width: 0, height: 0 } }, after: screen });
    if (screen.pane === 'inbox') return inboxLines(screen, now);
    if (screen.pane === 'trace') return traceLinesFrom(screen, screen.traceTop ?? traceEnd(screen));
    const { size, tree } = screen;
    const trouble = troubleOn(screen);
    if (trouble) return words.trouble(trouble, size.width, now);
    const session = sessionOn(screen);
    if (session)
      return words.session(session, {
        ...{ width: size.width, now, tree },
        grants: grantsOn(screen, session, now),
        revoke: keyOf(screen, 'revoke'),
      });
    return tree ? words.tree(tree, size.width, now) : [[ours('no session is selected', 'dim')]];
  };
  return rowsOfLines(lines(), screen.size);
};
const traceEnd = (screen: Screen): number =>
  Math.max(0, traceOf(screen).length - Math.max(1, paneHeight(screen.size, 'trace')));

/** What stands first: whose terminal this is, what waits and what runs. */
export const startLines = (screen: Screen, now: number, hasLive: boolean): Lines => ({
  told: { news: toldAll(screen), later: [] },
  lines: rowsOfLines(
    [
      surfaceWords(screen).start(screen.live),
      ...(hasLive ? [] : [relayLine(screen.live)]),
      ...inboxLines(screen, now),
      ...screen.notes.map((note): CellLine => [surfaceWords(screen).text(note)]),
    ],
    screen.size,
  ),
});

export const appendedLines = (told: Told, change: ScreenChange, now: number, hasLive: boolean): Lines => {
  const { after, event } = change;
  const later = event.what === 'said' ? [...told.later, event.text] : told.later;
  const own = [
    ...selectionLines(change, now),
    ...approvalNow(change, now, hasLive),
    ...typingLines(change),
    ...(after.filter === change.before.filter ? [] : inboxLines(after, now)),
    ...traceTopLines(change),
    ...noticeLines(change),
  ];
  const says = isTyping(after) ? [] : later.map((text): CellLine => [surfaceWords(after).text(text)]);
  const isBusy = after.approval !== null || isTyping(after);
  const news = isBusy ? [] : newsOf(told.news, after, now, hasLive);
  return {
    told: {
      news: isBusy ? told.news : toldAll(after),
      later: isTyping(after) ? later : [],
    },
    lines: rowsOfLines([...own, ...says, ...news], after.size),
  };
};
