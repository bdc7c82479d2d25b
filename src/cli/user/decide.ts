/** Approve and reject: shows from the bytes what will be signed, asks, signs. */
import { decide, showApproval } from '../../services/user/approvals.ts';
import { pick, pickApproval } from '../../services/user/pick.ts';
import { confirmOrStop } from '../kit/confirm.ts';
import type { UserSession } from '../wiring/user-session.ts';
import { showOnStderr } from './show-approval.ts';

const DIFF_WAIT_MS = 10_000;
export type Decided = Awaited<ReturnType<typeof decide>>;
type DecideOptions = { yes: boolean; noInput: boolean };

/** The digest is checked against the shown bytes before the question is put. */
export const approveShown = async (
  user: UserSession,
  id: string,
  options: DecideOptions,
): Promise<Decided> => {
  const approval = pickApproval(user.home, id);
  const view = await showApproval(user, approval, DIFF_WAIT_MS);
  if (!options.yes) {
    showOnStderr(view);
    await confirmOrStop(options.noInput, `\nSign your approval of commit ${view.commit}?`);
  }
  const now = pick(user.home, 'approvals', approval.id);
  return decide(user, now, 'approved', { shown: view.subjectDigest });
};

export const reject = async (user: UserSession, id: string, reason: string | undefined): Promise<Decided> =>
  decide(user, pickApproval(user.home, id), 'rejected', { reason });
