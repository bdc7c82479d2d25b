/** One thing by id: a session, an approval, a question or a review; of an artifact or a file its session. */
import { type ShownQuestion, showQuestion } from './answers.ts';
import { type ApprovalView, showApproval } from './approval-view.ts';
import { filesOfSession, type ListedFile } from './files.ts';
import { isMeant, pick, pickApproval, pickQuestion, pickReview, requireKnown } from './pick.ts';
import { type ReviewView, showReview } from './reviewing.ts';
import { type AttachedView, taskOfSession } from './shown-task.ts';
import { countedTree, type SessionTree } from './tree.ts';
import type { User } from './user.ts';
import { sessionView } from './views.ts';

export type ShownSession = ReturnType<typeof sessionView> & {
  task: string | null;
  attached: AttachedView[];
  tree: SessionTree | null;
  /** That its node gave besides a commit. */
  files: ListedFile[];
};
export type Thing = ApprovalView | ReviewView | ShownSession | ShownQuestion;

export const showThing = async (user: User, id: string, waitMs: number): Promise<Thing> => {
  const { home } = user;
  requireKnown(home, id);
  const isSession = isMeant(home, 'sessions', id);
  if (!isSession && !isMeant(home, 'approvals', id)) {
    if (isMeant(home, 'questions', id)) return showQuestion(user, pickQuestion(home, id), waitMs);
    if (isMeant(home, 'reviews', id) || hasReviewAlone(home, id))
      return showReview(user, pickReview(home, id), waitMs);
    if (isMeant(home, 'files', id)) return showThing(user, pick(home, 'files', id).session, waitMs);
    if (isMeant(home, 'artifacts', id)) return showThing(user, pick(home, 'artifacts', id).session, waitMs);
  }
  if (!isSession) return showApproval(user, pickApproval(home, id, true), waitMs);
  const row = pick(home, 'sessions', id);
  const tree = await countedTree(user, row.id);
  const files = filesOfSession(home, row.id);
  return { ...sessionView(home, row), ...(await taskOfSession(user, row)), tree, files };
};

/** The session of somebody else that asked this person for a review, and for nothing else. */
const hasReviewAlone = ({ tables }: User['home'], session: string): boolean =>
  tables.count('approvals', { session }) === 0 && tables.count('reviews', { session }) > 0;
