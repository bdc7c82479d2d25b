/** What changes in a home that is served, a line of its log each: who, which, and why. What people and agents wrote is in none. */
import { isWord } from '../../core/encoding/grammar.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import { type Direction, type LogLevel, OPEN_ASSIGNMENT_STATES } from '../../core/vocabulary.ts';
import type { Home } from './home.ts';

export type LogLine = { level: LogLevel; text: string };
/** What is new since it was asked last. */
export type Teller = () => readonly LogLine[];

export const told = (text: string): LogLine => ({ level: 'info', text });
export const warned = (text: string): LogLine => ({ level: 'warning', text });

/** A subject and how it is now, as `user watch` and `up` have it too. */
export const standingText = (what: string, id: string, state: string, about = ''): string =>
  `${what} ${id} ${state}${about === '' ? '' : `  ${about}`}`;

type Row = { id: string; state: string; line: number };
/** Of how many it is remembered that they were told. */
const REMEMBERED = 1_000;

type Rows<R> = {
  /** That are told at the start, and that were told before it. */
  begun: readonly R[];
  known: readonly R[];
};

/** Each row once a state. `read`: those that something was said of after a line. */
export const changedRows = <R extends Row>(
  { ledger }: Home,
  begin: () => Rows<R>,
  read: (after: number) => readonly R[],
  say: (row: R) => LogLine | null,
): Teller => {
  let after: number | null = null;
  const said = new Map<string, string>();
  const isNews = ({ id, state }: Row): boolean => {
    if (said.get(id) === state) return false;
    said.delete(id);
    said.set(id, state);
    if (said.size > REMEMBERED) said.delete(said.keys().next().value ?? '');
    return true;
  };
  return () => {
    const { begun, known } = after === null ? begin() : { begun: read(after), known: [] };
    for (const row of known) isNews(row);
    const news = begun.filter(isNews);
    after = Math.max(after ?? ledger.head.n, ...begun.map(({ line }) => line));
    return news.flatMap((row) => say(row) ?? []);
  };
};

/** Of the assignments there were, those that ended last may be spoken of once more. */
export const changedAssignments = (
  home: Home,
  begun: () => readonly RowOf<'assignments'>[],
  say: (row: RowOf<'assignments'>) => LogLine | null,
): Teller => {
  const newest = { order: 'line', descending: true, limit: REMEMBERED } as const;
  const isOver = ({ state }: RowOf<'assignments'>) => !isWord(OPEN_ASSIGNMENT_STATES, state);
  return changedRows(
    home,
    () => ({ begun: begun(), known: home.tables.list('assignments', {}, newest).filter(isOver) }),
    (after) => home.tables.list('assignments', {}, { order: 'line', after }),
    say,
  );
};

/** Those of which a runner told the Host something after a line. */
export const toldSessions = (
  { tables }: Home,
  dir: Exclude<Direction, 'local'>,
  after: number,
): RowOf<'sessions'>[] =>
  tables
    .list('messages', { type: 'session.observed', dir }, { order: 'line', after })
    .flatMap(({ session, line }) => {
      const row = tables.get('sessions', session ?? '');
      return row ? [{ ...row, line }] : [];
    });

/** How each stands that stands otherwise than it did; `before` is undefined where it is new. */
export const changedStates = (
  read: () => Iterable<readonly [key: string, state: string]>,
  say: (key: string, state: string, before: string | undefined) => LogLine | null,
): Teller => {
  let stood: ReadonlyMap<string, string> = new Map();
  return () => {
    const now = new Map(read());
    const changed = [...now].filter(([key, state]) => stood.get(key) !== state);
    const lines = changed.flatMap(([key, state]) => say(key, state, stood.get(key)) ?? []);
    stood = now;
    return lines;
  };
};

const HOUR_MS = 3_600_000;
/** For what others can cause each second: true for so many an hour. */
export const hourly = ({ clock }: Pick<Home, 'clock'>, most: number): (() => boolean) => {
  let [hourAt, lines] = [clock.monotonic(), 0];
  return () => {
    if (clock.monotonic() - hourAt > HOUR_MS) [hourAt, lines] = [clock.monotonic(), 0];
    return lines++ < most;
  };
};

/** Where nobody reads it nothing is looked at. */
export const logChanges =
  (tell: Home['log'] | undefined, tellers: readonly Teller[]): (() => void) =>
  () => {
    if (tell === undefined) return;
    for (const look of tellers) for (const { level, text } of look()) tell(level, text);
  };
