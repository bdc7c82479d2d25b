/** The change behind a session, an artifact or an approval. */
import { EntangleError } from '../../core/errors.ts';
import { type ApprovalView, showApproval } from './approvals.ts';
import { pick } from './pick.ts';
import type { User } from './user.ts';

export const diffOfSession = async (user: User, id: string, waitMs: number): Promise<ApprovalView> => {
  const { tables } = user.home;
  const artifact = tables.list('artifacts').find((row) => row.id === id || row.id.endsWith(id));
  const session = artifact ? artifact.session : sessionOf(user, id);
  const approval = session ? tables.list('approvals', { session }).at(-1) : pick(user.home, 'approvals', id);
  if (!approval)
    throw new EntangleError('not_found', 'no change of this session needs your approval', {
      hint: 'fetch it with git: only changes that need your approval are sent to you',
    });
  return showApproval(user, approval, waitMs);
};

const sessionOf = (user: User, id: string): string | null => {
  try {
    return pick(user.home, 'sessions', id).id;
  } catch {
    return null;
  }
};
