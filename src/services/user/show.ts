/** One thing by id: a session or an approval. */
import { EntangleError } from '../../core/errors.ts';
import { type ApprovalView, showApproval } from './approvals.ts';
import { pick } from './pick.ts';
import type { User } from './user.ts';
import { sessionView } from './views.ts';

export type Thing = ApprovalView | ReturnType<typeof sessionView>;

export const showThing = async (user: User, id: string, waitMs: number): Promise<Thing> => {
  try {
    return sessionView(user.home, pick(user.home, 'sessions', id));
  } catch (error) {
    if (!(error instanceof EntangleError) || error.code !== 'not_found') throw error;
  }
  return showApproval(user, pick(user.home, 'approvals', id), waitMs);
};
