/** Approve and reject: shows from the bytes what will be signed, asks, signs. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { EntangleError } from '../../core/errors.ts';
import { SUBJECT_DIGEST } from '../../core/grammars.ts';
import type { Prompt } from '../../ports/index.ts';
import { type ApprovalView, showApproval } from '../../services/user/approval-view.ts';
import { decide, requireCommit, requireOpen } from '../../services/user/approvals.ts';
import { OPERATION_WORDS } from '../../services/user/operation-words.ts';
import { pick, pickApproval } from '../../services/user/pick.ts';
import type { ReviewView } from '../../services/user/reviewing.ts';
import type { User } from '../../services/user/user.ts';
import { cancelled, promptHere } from '../kit/confirm.ts';
import { fitting } from '../kit/flags.ts';
import { oneLine } from '../kit/render.ts';
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

export const DIFF_WAIT_MS = 10_000;
export type Decided = Awaited<ReturnType<typeof decide>>;
export type DecideOptions = { subjectDigest: string | undefined; noInput: boolean };
const INSTEAD = (id: string): string =>
  `name what you looked at with --subject-digest: \`entangle user show ${id}\` prints it`;

/**
 * What a person signs is shown here, or they name its digest: no flag says yes to whatever is asked. The digest is checked
 * against the shown bytes before the question is put. Returns what of it was seen.
 */
export const lookedAt = async <V extends ApprovalView | ReviewView>(
  { what, id }: { what: V['what']; id: string },
  { subjectDigest: given, noInput }: DecideOptions,
  show: () => Promise<V>,
  sign: (prompt: Prompt, view: V, instead: string) => Promise<boolean> = isSigned,
): Promise<{ shown: string; request?: string }> => {
  const prompt = promptHere(noInput);
  const instead = INSTEAD(id);
  if (given === undefined && !prompt.interactive)
    throw new EntangleError('usage', `${ARTICLE[what]} is signed by a person who looked, or by its digest`, {
      hint: instead,
    });
  const view = await show();
  if (given !== undefined) return { shown: given };
  await showOnStderr(view, async (question) => (await prompt.line(question, instead)) === '');
  if (!(await sign(prompt, view, instead))) throw cancelled();
  return { shown: view.subjectDigest, request: view.request };
};

const ARTICLE = { approval: 'an approval', review: 'a review' } as const;

export const decidedText = ({ approval, subjectDigest: subject, session }: Decided): string =>
  `approved ${approval}\nsubject  ${subject}\nsession  ${session}\nsee how it ends: \`entangle user show ${session}\``;

export const approveShown = async (user: User, id: string, options: DecideOptions): Promise<Decided> => {
  const approval = pickApproval(user.home, id);
  requireOpen(user.home, approval, 'approved');
  const seen = await lookedAt({ what: 'approval', id: approval.id }, options, () =>
    showApproval(user, approval, DIFF_WAIT_MS),
  );
  return decide(user, pick(user.home, 'approvals', approval.id), 'approved', seen);
};

/** Decisions that are signed with words. */
const WORDS = {
  rejected: {
    question: 'why reject',
    missing: 'a rejection needs a reason',
    hint: ({ operation }: Asked) => `give it with --reason: ${OPERATION_WORDS[operation].readers}`,
  },
  changes_wanted: {
    question: 'what to change in',
    missing: 'the agent needs words to go on with',
    hint: () => 'give them with --message, for the agent and for who launched its task',
  },
} as const;
type Asked = ReturnType<typeof pickApproval>;

/** The words are asked for at a terminal, as git asks for a message, where none are given. */
const withWords =
  (decision: keyof typeof WORDS) =>
  async (user: User, id: string, given: string | undefined, prompt: Prompt): Promise<Decided> => {
    const approval = pickApproval(user.home, id);
    requireOpen(user.home, approval, decision);
    if (decision === 'changes_wanted') requireCommit(approval);
    const { question, missing, hint } = WORDS[decision];
    const help = hint(approval);
    const asked = () => prompt.line(`${question} "${oneLine(approval.title)}"`, help);
    const reason = given ?? (prompt.interactive ? await asked() : '');
    if (reason.trim() === '')
      throw new EntangleError('usage', `${missing}; nothing was signed`, { hint: help });
    return decide(user, pick(user.home, 'approvals', approval.id), decision, { reason });
  };
export const rejectApproval = withWords('rejected');
export const requestChanges = withWords('changes_wanted');
