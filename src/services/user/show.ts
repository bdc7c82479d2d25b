/** One thing by id: a session or an approval. */
import { type ApprovalView, showApproval } from './approvals.ts';
import { isMeant, pick, pickApproval } from './pick.ts';
import { taskOfSession } from './shown-task.ts';
import type { User } from './user.ts';
import { sessionView } from './views.ts';

export type ShownSession = ReturnType<typeof sessionView> & { task: string | null };
export type Thing = ApprovalView | ShownSession;

export const showThing = async (user: User, id: string, waitMs: number): Promise<Thing> => {
  if (!isMeant(user.home, 'sessions', id))
    return showApproval(user, pickApproval(user.home, id, true), waitMs);
  const row = pick(user.home, 'sessions', id);
  return { ...sessionView(user.home, row), task: await taskOfSession(user, row) };
};
