/** Tells each change of a session, an approval, a question, a review or of what is in the way once, while this process lives. */

import { isoTime } from '../../core/encoding/time.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import { type TroubleKind, WATCHED_SUBJECTS, type WatchedSubject } from '../../core/vocabulary.ts';
import type { Home } from '../messaging/home.ts';
import { nameOf } from './peers.ts';
import { questionRow, questionsForMe } from './questions.ts';
import { reviewRow, reviewsForMe } from './reviews.ts';
import { troublesOf } from './troubles.ts';
import { FOREVER, type User } from './user.ts';
import { approvalState, type WorkTable } from './views.ts';

export type Seen = {
  at: string;
  what: WatchedSubject;
  id: string;
  state: string;
  node: string;
  title: string;
};
type Stand = Pick<Seen, 'id' | 'state' | 'node' | 'title'>;
const asked = (home: Home, row: RowOf<'questions'>): Stand => {
  const { id, state, node, title } = questionRow(home, row);
  return { id, state, node, title };
};

const reviewed = (home: Home, row: RowOf<'reviews'>): Stand => {
  const { id, state, node, title } = reviewRow(home, row);
  return { id, state, node, title };
};

/** What is open, and what was and is over. */
type Kind = { open(user: User): Stand[]; over(user: User, told: Stand): Stand[] };

const ofTable = (table: WorkTable): Kind => ({
  open: ({ home }) => home.tables.list(table, { open: 1 }).map((row) => standOf(home, row)),
  over: ({ home }, { id }) => home.tables.list(table, { id, open: 0 }).map((row) => standOf(home, row)),
});
const ofTrouble = (what: TroubleKind): Kind => {
  const open = (user: User): Stand[] =>
    troublesOf(user)
      .filter((one) => one.what === what)
      .map(({ id, state, node, title }) => ({ id, state, node, title }));
  const isThere = (user: User, id: string) => open(user).some((one) => one.id === id);
  return { open, over: (user, told) => (isThere(user, told.id) ? [] : [{ ...told, state: 'over' }]) };
};
const KINDS: Readonly<Record<Seen['what'], Kind>> = {
  session: ofTable('sessions'),
  approval: ofTable('approvals'),
  question: {
    open: ({ home }) => questionsForMe(home).map((row) => asked(home, row)),
    // One that is open is no news: it was told so
    over: ({ home }, { id }) => home.tables.list('questions', { id }).map((row) => asked(home, row)),
  },
  review: {
    open: ({ home }) => reviewsForMe(home).map((row) => reviewed(home, row)),
    over: ({ home }, { id }) => home.tables.list('reviews', { id }).map((row) => reviewed(home, row)),
  },
  conflict: ofTrouble('conflict'),
  muted: ofTrouble('muted'),
  unsent: ofTrouble('unsent'),
};
/** `told`: the states that were told of what is open, or was when that was told. */
type Followed = Kind & { what: Seen['what']; told: Map<string, Stand> };

export const watch = async (user: User, signal: AbortSignal, tell: (seen: Seen) => void): Promise<void> => {
  const { home } = user;
  const all: Followed[] = WATCHED_SUBJECTS.map((what) => ({
    ...KINDS[what],
    what,
    told: new Map(),
  }));
  while (!signal.aborted) {
    for (const followed of all)
      for (const { isOver, ...stand } of newsOf(user, followed)) {
        // What has ended is told once more and not looked at again.
        if (isOver) followed.told.delete(stand.id);
        else followed.told.set(stand.id, stand);
        tell({ at: isoTime(home.clock.now()), what: followed.what, ...stand });
      }
    const hasNews = () => all.some((one) => newsOf(user, one).length > 0);
    await user.until(hasNews, FOREVER, signal);
  }
};

const newsOf = (user: User, { open, over, told }: Followed): (Stand & { isOver: boolean })[] =>
  [
    ...open(user).map((stand) => ({ ...stand, isOver: false })),
    ...[...told.values()].flatMap((one) => over(user, one)).map((stand) => ({ ...stand, isOver: true })),
  ].filter(({ id, state }) => told.get(id)?.state !== state);

/** As the inbox has it: only approvals have a subject. */
const standOf = (home: Home, row: RowOf<WorkTable>): Stand => ({
  id: row.id,
  state: 'subject' in row ? approvalState(home, row) : row.state,
  node: nameOf(home, row.node),
  title: row.title,
});
