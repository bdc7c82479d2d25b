/** One thing by id: a session or an approval. */
import { type ApprovalView, showApproval } from './approvals.ts';
import { isMeant, pick } from './pick.ts';
import type { User } from './user.ts';
import { sessionView } from './views.ts';

export type Thing = ApprovalView | ReturnType<typeof sessionView>;

export const showThing = async (user: User, id: string, waitMs: number): Promise<Thing> =>
  isMeant(user.home, 'sessions', id)
    ? sessionView(user.home, pick(user.home, 'sessions', id))
    : showApproval(user, pick(user.home, 'approvals', id), waitMs);
