/** Approve and reject: shows from the bytes what will be signed, asks, signs. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { EntangleError } from '../../core/errors.ts';
import { SUBJECT_DIGEST } from '../../core/vocabulary.ts';
import { decide, requireOpen, showApproval } from '../../services/user/approvals.ts';
import { pick, pickApproval } from '../../services/user/pick.ts';
import type { User } from '../../services/user/user.ts';
import { cancelled, promptHere } from '../kit/confirm.ts';
import { fitting } from '../kit/flags.ts';
import { showOnStderr } from './show-approval.ts';
import { isSigned } from './sign.ts';

export const approvalArg = Args.string({
  description: 'approval or session id; a unique prefix or suffix is enough',
  required: true,
});

/** Without a variable: a consent is said on the command line, where no file of a repository puts it. */
export const subjectDigest = Flags.string({
  description: 'sign without a question, if this is what it asks for: `subjectDigest` of `user inbox --json`',
  helpValue: 'DIGEST',
  ...fitting(SUBJECT_DIGEST),
});

const DIFF_WAIT_MS = 10_000;
export type Decided = Awaited<ReturnType<typeof decide>>;
type DecideOptions = { subjectDigest: string | undefined; noInput: boolean };
const INSTEAD = 'name what you looked at with --subject-digest: `entangle user show APPROVAL` prints it';

/**
 * A person signs what is shown here, or the one subject whose digest they name: no flag says yes to whatever is asked.
 * The digest is checked against the shown bytes before the question is put.
 */
export const approveShown = async (user: User, id: string, options: DecideOptions): Promise<Decided> => {
  const given = options.subjectDigest;
  const prompt = promptHere(options.noInput);
  const approval = pickApproval(user.home, id);
  requireOpen(user.home, approval, 'approved');
  if (given === undefined && !prompt.interactive)
    throw new EntangleError('usage', 'an approval is signed by a person who looked, or by its digest', {
      hint: INSTEAD,
    });
  const view = await showApproval(user, approval, DIFF_WAIT_MS);
  if (given === undefined) {
    showOnStderr(view);
    if (!(await isSigned(prompt, view, INSTEAD))) throw cancelled();
  }
  const now = pick(user.home, 'approvals', approval.id);
  const seen = given === undefined ? { shown: view.subjectDigest, request: view.request } : { shown: given };
  return decide(user, now, 'approved', seen);
};

export const rejectApproval = async (user: User, id: string, reason: string | undefined): Promise<Decided> =>
  decide(user, pickApproval(user.home, id), 'rejected', { reason });

export const requestChanges = async (user: User, id: string, reason: string): Promise<Decided> => {
  if (reason.trim() === '')
    throw new EntangleError('usage', 'the agent needs words to go on with', {
      hint: 'give them with --message',
    });
  return decide(user, pickApproval(user.home, id), 'changes_wanted', { reason });
};
