/** The change behind a session, an artifact or an approval. */
import { EntangleError } from '../../core/errors.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { Home } from '../messaging/home.ts';
import { type ApprovalView, showApproval } from './approvals.ts';
import { isMeant, pick } from './pick.ts';
import type { User } from './user.ts';

export const diffOfSession = async (user: User, id: string, waitMs: number): Promise<ApprovalView> =>
  showApproval(user, approvalBehind(user.home, id), waitMs);

const approvalBehind = (home: Home, id: string): RowOf<'approvals'> => {
  if (isMeant(home, 'artifacts', id)) return newestOf(home, pick(home, 'artifacts', id).session);
  if (isMeant(home, 'sessions', id)) return newestOf(home, pick(home, 'sessions', id).id);
  return pick(home, 'approvals', id);
};

const newestOf = (home: Home, session: string): RowOf<'approvals'> => {
  const approval = home.tables.list('approvals', { session }).at(-1);
  if (approval) return approval;
  throw new EntangleError('not_found', 'no change of this session needs your approval', {
    hint: 'fetch it with git: only changes that need your approval are sent to you',
  });
};
