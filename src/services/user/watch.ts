/** Tells each change of a session, an approval, a question or a review once, while this process lives. */

import { isoTime } from '../../core/encoding/time.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import { WATCHED_SUBJECTS, type WatchedSubject } from '../../core/vocabulary.ts';
import type { Home } from '../messaging/home.ts';
import { nameOf } from './peers.ts';
import { questionRow, questionsForMe } from './questions.ts';
import { reviewRow, reviewsForMe } from './reviews.ts';
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
type Kind = { open(home: Home): Stand[]; over(home: Home, id: string): Stand[] };

const ofTable = (table: WorkTable): Kind => ({
  open: (home) => home.tables.list(table, { open: 1 }).map((row) => standOf(home, row)),
  over: (home, id) => home.tables.list(table, { id, open: 0 }).map((row) => standOf(home, row)),
});
const KINDS: Readonly<Record<Seen['what'], Kind>> = {
  session: ofTable('sessions'),
  approval: ofTable('approvals'),
  question: {
    open: (home) => questionsForMe(home).map((row) => asked(home, row)),
    // One that is open is no news: it was told so
    over: (home, id) => home.tables.list('questions', { id }).map((row) => asked(home, row)),
  },
  review: {
    open: (home) => reviewsForMe(home).map((row) => reviewed(home, row)),
    over: (home, id) => home.tables.list('reviews', { id }).map((row) => reviewed(home, row)),
  },
};
/** `told`: the states that were told of what is open, or was when that was told. */
type Followed = Kind & { what: Seen['what']; told: Map<string, string> };

export const watch = async (user: User, signal: AbortSignal, tell: (seen: Seen) => void): Promise<void> => {
  const { home } = user;
  const all: Followed[] = WATCHED_SUBJECTS.map((what) => ({
    ...KINDS[what],
    what,
    told: new Map(),
  }));
  while (!signal.aborted) {
    for (const followed of all)
      for (const { isOver, ...stand } of newsOf(home, followed)) {
        // What has ended is told once more and not looked at again.
        if (isOver) followed.told.delete(stand.id);
        else followed.told.set(stand.id, stand.state);
        tell({ at: isoTime(home.clock.now()), what: followed.what, ...stand });
      }
    const hasNews = () => all.some((one) => newsOf(home, one).length > 0);
    await user.until(hasNews, FOREVER, signal);
  }
};

const newsOf = (home: Home, { open, over, told }: Followed): (Stand & { isOver: boolean })[] =>
  [
    ...open(home).map((stand) => ({ ...stand, isOver: false })),
    ...[...told.keys()].flatMap((id) => over(home, id)).map((stand) => ({ ...stand, isOver: true })),
  ].filter(({ id, state }) => told.get(id) !== state);

/** As the inbox has it: only approvals have a subject. */
const standOf = (home: Home, row: RowOf<WorkTable>): Stand => ({
  id: row.id,
  state: 'subject' in row ? approvalState(home, row) : row.state,
  node: nameOf(home, row.node),
  title: row.title,
});
