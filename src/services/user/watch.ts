/** Tells each change of a session, an approval, a question, a review or of what is in the way once, while this process lives. */

import { isoTime } from '../../core/encoding/time.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import { type TroubleKind, WATCHED_SUBJECTS, type WatchedSubject } from '../../core/vocabulary.ts';
import type { Home } from '../messaging/home.ts';
import type { Tell } from '../messaging/tell.ts';
import { nameOf } from './peers.ts';
import { questionRow, questionsForMe } from './questions.ts';
import { reviewRow, reviewsForMe } from './reviews.ts';
import { type TroubleItem, troublesOf } from './troubles.ts';
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

/** What is looked at after a change; what is in the way is read once for all kinds of it. */
type Look = { home: Home; troubles: readonly TroubleItem[] };
/** What is open, and what was and is over. */
type Kind = { open(look: Look): Stand[]; over(look: Look, told: Stand): Stand[] };

const ofTable = (table: WorkTable): Kind => ({
  open: ({ home }) => home.tables.list(table, { open: 1 }).map((row) => standOf(home, row)),
  over: ({ home }, { id }) => home.tables.list(table, { id, open: 0 }).map((row) => standOf(home, row)),
});
const ofTrouble = (kind: TroubleKind): Kind => ({
  open: ({ troubles }) =>
    troubles
      .filter(({ what }) => what === kind)
      .map(({ id, state, node, title }) => ({ id, state, node, title })),
  over: ({ troubles }, told) =>
    troubles.some(({ what, id }) => what === kind && id === told.id) ? [] : [{ ...told, state: 'over' }],
});
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
  behind: ofTrouble('behind'),
  muted: ofTrouble('muted'),
  unsent: ofTrouble('unsent'),
};
/** `told`: the states that were told of what is open, or was when that was told. */
type Followed = Kind & { what: Seen['what']; told: Map<string, Stand> };

export const watch = async (user: User, signal: AbortSignal, tell: Tell<Seen>): Promise<void> => {
  const { home } = user;
  const all: Followed[] = WATCHED_SUBJECTS.map((what) => ({
    ...KINDS[what],
    what,
    told: new Map(),
  }));
  const news = () => {
    const look = { home, troubles: troublesOf(user) };
    const found = all.flatMap((followed) => newsOf(look, followed));
    return found.length > 0 ? found : null;
  };
  for (let found = news(); !signal.aborted; found = await user.until(news, FOREVER, signal))
    for (const { followed, isOver, stand } of found ?? []) {
      // What has ended is told once more and not looked at again.
      if (isOver) followed.told.delete(stand.id);
      else followed.told.set(stand.id, stand);
      await tell({ at: isoTime(home.clock.now()), what: followed.what, ...stand });
    }
};

type News = { followed: Followed; stand: Stand; isOver: boolean };
const newsOf = (look: Look, followed: Followed): News[] => {
  const { open, over, told } = followed;
  return [
    ...open(look).map((stand) => ({ followed, stand, isOver: false })),
    ...[...told.values()]
      .flatMap((one) => over(look, one))
      .map((stand) => ({ followed, stand, isOver: true })),
  ].filter(({ stand: { id, state } }) => told.get(id)?.state !== state);
};

/** As the inbox has it: only approvals have a subject. */
const standOf = (home: Home, row: RowOf<WorkTable>): Stand => ({
  id: row.id,
  state: 'subject' in row ? approvalState(home, row) : row.state,
  node: nameOf(home, row.node),
  title: row.title,
});
