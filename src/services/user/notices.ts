/** Tells each approval, question and review that waits for this person, and what is in their way, once, with nothing of what others wrote: for somebody who looks elsewhere. */
import { isoTime } from '../../core/encoding/time.ts';
import type { Operation, TroubleKind } from '../../core/vocabulary.ts';
import type { Home } from '../messaging/home.ts';
import { nameOf } from './peers.ts';
import { questionsForMe } from './questions.ts';
import { reviewsForMe } from './reviews.ts';
import { makeTold } from './told.ts';
import { type TroubleItem, troublesOf } from './troubles.ts';
import { FOREVER, type User } from './user.ts';
import { approvalsForMe } from './views.ts';

/** Names, ids and times alone: it is shown by other programs, on other devices. */
export type Notice = { id: string; node: string } & (
  | { kind: 'approval'; session: string; operation: Operation; expires: string }
  | { kind: 'question'; session: string }
  | { kind: 'review'; session: string; expires: string }
  | { kind: TroubleKind; session: string | null; state: TroubleItem['state'] }
);

const inTheWay = (user: User): Notice[] =>
  troublesOf(user).map(({ what: kind, id, session, node, state }) => ({ kind, id, session, node, state }));

const waiting = (home: Home): Notice[] => [
  ...approvalsForMe(home).map(({ id, session, node, operation, expires }) => ({
    kind: 'approval' as const,
    ...{ id, session, node: nameOf(home, node) },
    ...{ operation, expires: isoTime(expires * 1000) },
  })),
  ...questionsForMe(home).map(({ id, session, node }) => ({
    kind: 'question' as const,
    ...{ id, session, node: nameOf(home, node) },
  })),
  ...reviewsForMe(home).map(({ id, session, node, expires }) => ({
    kind: 'review' as const,
    ...{ id, session, node: nameOf(home, node), expires: isoTime(expires * 1000) },
  })),
];

/**
 * Until it is called off; what waits when it begins is told too. One is told when the one before is done, and none for as
 * long as `quietMs` says: what still waits then is told afterwards.
 */
export const tellNotices = async (
  user: User,
  signal: AbortSignal,
  tell: (notice: Notice) => Promise<void>,
  quietMs: () => number = () => 0,
): Promise<void> => {
  const told = makeTold();
  const news = (): Notice[] => told.fresh([...inTheWay(user), ...waiting(user.home)]);
  while (!signal.aborted) {
    for (let ms = quietMs(); ms > 0 && !signal.aborted; ms = quietMs())
      // Looked at all the same: what goes and comes in the meantime is seen to go
      await user.until(() => news() && false, ms, signal);
    for (const notice of news()) {
      if (signal.aborted) return;
      if (quietMs() > 0) break;
      told.add(notice);
      await tell(notice);
    }
    await user.until(() => news().length > 0, FOREVER, signal);
  }
};
