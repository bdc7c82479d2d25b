/** What a runner keeps of sessions, and why it stays: of one that is over its files and its agent's home are needed by nobody. */
import { KEPT_WORK, TIDY_BESIDE_MS } from '../../core/bounds.ts';
import type { TidyStays } from '../../core/command-words.ts';
import type { Tables } from '../../core/projection/rows.ts';

/** A workspace of a turn, or the home of an agent: named by session and attempt. */
const PLACE = /\/(agent-)?([0-9a-f-]{36})-\d+(?:-\d+)?$/;

export type OldPlace = { what: 'workspace' | 'agent'; session: string; stays: TidyStays | null };

/** `olderMs`: how long ago its session must be over; `isServed`: a turn that ends just now may still write there. */
export type TidyTerms = { now: number; olderMs: number; isServed: boolean };

/** `stays`: null of what may go. What is no place of a turn that is known here is somebody else's. */
export const oldPlace = (tables: Tables, path: string, terms: TidyTerms): OldPlace => {
  const [, agent, session = ''] = PLACE.exec(path) ?? [];
  return { what: agent ? 'agent' : 'workspace', session, stays: whyStays(tables, session, terms) };
};

const whyStays = (tables: Tables, id: string, { now, olderMs, isServed }: TidyTerms): TidyStays | null => {
  const session = tables.get('sessions', id);
  if (!session) return 'unknown';
  if (session.open === 1) return 'open';
  // By this home's own clock: nobody else says when it was over here
  const said = tables.list('messages', { session: id }).map(({ kept }) => kept);
  const least = Math.max(olderMs, isServed ? TIDY_BESIDE_MS : 0);
  return now - Math.max(session.at * 1000, ...said) < least ? 'recent' : null;
};

/** A store is fetched again when it is needed: so long after it was used last it goes as a whole, where no commit in it is kept. */
export const isStoreOld = (usedMs: number, { now, olderMs }: TidyTerms): boolean =>
  now - usedMs >= Math.max(olderMs, KEPT_WORK.seconds * 1000);
