/** A person reviews what is shown here, or the one subject whose digest they name. */
import * as Flags from '@oclif/core/flags';
import { REVIEW_VERDICTS } from '../../core/vocabulary.ts';
import { pickReview } from '../../services/user/pick.ts';
import {
  giveVerdict,
  REVIEWED,
  type Reviewed,
  requireReviewable,
  showReview,
} from '../../services/user/reviewing.ts';
import type { User } from '../../services/user/user.ts';
import { type DecideOptions, DIFF_WAIT_MS, lookedAt } from './decide.ts';

/** Without variables, as a consent is. */
export const reviewFlags = {
  pass: Flags.boolean({
    description: 'you find it good: shows it, and asks for the beginning of its digest',
    exactlyOne: [...REVIEW_VERDICTS],
  }),
  changes: Flags.boolean({
    description: 'you want changes: say which with --message',
    dependsOn: ['message'],
  }),
  message: Flags.string({
    char: 'm',
    helpValue: 'TEXT',
    description: 'what the agent is told: at most 64 KiB',
    env: 'ENTANGLE_MESSAGE',
  }),
};

type ReviewOptions = DecideOptions & { verdict: Reviewed['verdict']; reason: string | undefined };

export const reviewShown = async (
  user: User,
  id: string,
  { verdict, reason, ...options }: ReviewOptions,
): Promise<Reviewed> => {
  const row = pickReview(user.home, id);
  requireReviewable(user.home, row, verdict);
  const given = options.subjectDigest;
  // Words are an answer by themselves; nobody finds good what they did not look at
  const isWords = verdict === 'changes' && given === undefined;
  const { shown } = isWords
    ? { shown: undefined }
    : await lookedAt({ what: 'review', id: row.id }, options, () => showReview(user, row, DIFF_WAIT_MS));
  return giveVerdict(user, row, verdict, { reason, ...(shown === undefined ? {} : { shown }) });
};

export const reviewText = ({ review, verdict, node }: Reviewed): string =>
  `review ${review}: you ${REVIEWED[verdict]}; ${node} is told, and goes on`;
