/** How the screen is divided, and which rows are in each part: what both the keys and the picture go by. */

import { isTrouble } from '../services/user/is-trouble.ts';
import type { InboxItem, SessionItem, TraceRow } from '../services/user/live.ts';
import type { TroubleItem } from '../services/user/troubles.ts';
import type { AskedChange } from './asked.ts';
import type { Size } from './frame/box.ts';
import { type CellLine, theirs, wrapLine, wrapWords } from './frame/line.ts';
import { keyOf } from './keys.ts';
import { hasWords } from './shell/typed-text.ts';
import { signedLines } from './signed-lines.ts';
import { AROUND } from './sizes.ts';
import type { Screen } from './state.ts';

/** What is signed, under the change: rule, operation, branch, remote, expiry and binding, two rows of digest, the approve line. */
const SIGN_ROWS = 8;

/** In lines: where one is, and what a key would do. */
const BELOW_ROWS = 2;

/** Something else is where the change would be, or a part of it: what is drawn does not show it. */
export const hidesChange = ({ isAway, isHelp, approval, typing }: Screen): boolean =>
  isAway || isHelp || approval?.aside != null || typing !== null;

type Seen = Pick<Screen, 'surface' | 'size'>;

/** Rows of the change that are on the screen at once: in lines, what is signed is below the last of them. */
export const approvalHeight = ({ surface, size }: Seen): number =>
  Math.max(0, size.height - AROUND - (surface === 'full' ? SIGN_ROWS : BELOW_ROWS));
/** Rows of the help below its title. */
export const helpHeight = ({ height }: Size): number => Math.max(0, height - AROUND - 1);

/** Beside what is typed: the cursor, and that no more of it fits. */
const BESIDE_TYPED = 8;
const MOST_TYPED = 5;
/** A line that is typed, in the rows that it takes, and how many it may take: of a frame some, or all but what is around where it was edited; in lines one. */
export const typedRows = (
  { size, surface }: Seen,
  text: string,
  isEdited = false,
): { rows: CellLine[]; most: number } => ({
  rows: wrapLine(theirs(text), Math.max(4, size.width - BESIDE_TYPED)),
  most: surface === 'full' ? Math.max(1, Math.min(isEdited ? size.height : MOST_TYPED, size.height - 3)) : 1,
});

/** What is signed does not fit in fewer columns, or with no row of the change above it. */
const LEAST_WIDTH = 56;
/** In lines no column is too few, but what is signed is in sight as a whole when it is asked for. */
export const isTooSmall = (seen: Seen, view: AskedChange | null, now: number): boolean => {
  if (approvalHeight(seen) < 1) return true;
  const { surface, size } = seen;
  if (surface === 'full') return size.width < LEAST_WIDTH;
  const rows = view === null ? [] : rowsOfLines(signedLines(view, now), size);
  return rows.length + BELOW_QUESTION > size.height;
};
/** How it is typed, and the line on which it is. */
const BELOW_QUESTION = 4;

/** The rest of a line in lines: no line of ours begins so. */
const INDENT = ' '.repeat(4);
export const rowsOfLines = (lines: readonly CellLine[], { width }: Size): CellLine[] =>
  lines.flatMap((line) => wrapWords(line, width, INDENT));

export const bodyWidth = ({ width }: Size): number => Math.max(8, width - 2);

/** Null of what is about none. */
export const sessionIdOf = (one: InboxItem): string | null => (one.what === 'session' ? one.id : one.session);

/** `alike`: ids of others that ask for the same, and are no rows of their own. */
export type ListedItem = InboxItem & { alike?: readonly string[] };
/** So many are decided at once: each has its rows above the change. */
const MOST_ALIKE = 16;

/** Those that the filter leaves; of what is alike the one that came first, so that what comes later moves no row. */
export const itemsOf = ({ live, filter, apart }: Pick<Screen, 'live' | 'filter' | 'apart'>): ListedItem[] => {
  const left = live.items.filter((one) => hasWords(filter, one.id, one.node, one.title, one.state, one.what));
  const ids = new Set(left.map(({ id }) => id));
  const [behind, first] = [new Set<string>(), new Map<string, string[]>()];
  for (const group of live.alike) {
    const here = group.filter((id) => ids.has(id) && !apart.includes(id));
    for (let at = 0; at < here.length; at += MOST_ALIKE) {
      const [one = '', ...others] = here.slice(at, at + MOST_ALIKE);
      if (others.length > 0) first.set(one, others);
      for (const id of others) behind.add(id);
    }
  }
  return left.flatMap((one) => {
    if (behind.has(one.id)) return [];
    const alike = first.get(one.id);
    return [alike ? { ...one, alike } : one];
  });
};

/** The row that an id is on: its own, or that of the first of those that ask for the same. */
export const listedRow = (
  screen: Pick<Screen, 'live' | 'filter' | 'apart'>,
  id: string,
): ListedItem | undefined => itemsOf(screen).find((one) => one.id === id || one.alike?.includes(id));

/** After a deliberate step something is selected again, where anything is there. */
export const selectable = (screen: Screen): Screen => {
  const row = screen.selected === null ? undefined : listedRow(screen, screen.selected);
  const selected = (row ?? itemsOf(screen)[0])?.id ?? null;
  return selected === screen.selected ? screen : { ...screen, selected };
};

/** The selected row, where it is of something in the way. */
export const troubleOn = ({ live, selected }: Pick<Screen, 'live' | 'selected'>): TroubleItem | null =>
  live.items.filter(isTrouble).find(({ id }) => id === selected) ?? null;

/** How many rows of what is in the way there are, in a title; empty where there are none. */
export const troubleCount = ({ items }: Screen['live']): string => {
  const n = items.filter(isTrouble).length;
  return n > 0 ? ` · ${n} in the way` : '';
};

/** The selected session, with its questions as far as they are here. */
export const sessionOn = (screen: Pick<Screen, 'session' | 'fetched' | 'bound'>): SessionItem | null => {
  const { session, fetched } = screen;
  const whole = (one: SessionItem['questions'][number]) => {
    if (one.isWhole || one.state !== 'open') return one;
    const text =
      one.id === fetched?.question
        ? fetched.text
        : `${one.text}…\n(its beginning: ${keyOf(screen, 'reply')} gets the rest)`;
    return { ...one, text };
  };
  return session && { ...session, questions: session.questions.map(whole) };
};

/** Of the selected session, and of what was given away in it; of all where none is. */
export const traceOf = ({ live, session, tree }: Pick<Screen, 'live' | 'session' | 'tree'>): TraceRow[] => {
  const of = new Set([session?.id, ...(tree?.nodes ?? []).map((one) => one.session)]);
  return session || tree ? live.trace.filter((row) => of.has(row.session ?? undefined)) : live.trace;
};
