/** A grant: shows the request and all that would be granted, asks for the digest of that, signs. */
import * as Flags from '@oclif/core/flags';
import { MAX_GRANT } from '../../core/bounds.ts';
import { formatDuration } from '../../core/encoding/time.ts';
import { GRANT_REACHES } from '../../core/vocabulary.ts';
import { showApproval } from '../../services/user/approval-view.ts';
import { requireOpen } from '../../services/user/approvals.ts';
import {
  GRANT_TERMS,
  type GrantTerms,
  grantRepeats,
  proposeGrant,
  type SignedGrant,
} from '../../services/user/grants.ts';
import { pick, pickApproval } from '../../services/user/pick.ts';
import type { User } from '../../services/user/user.ts';
import { duration } from '../kit/flags.ts';
import { pairs } from '../kit/render.ts';
import { type DecideOptions, DIFF_WAIT_MS, lookedAt } from './decide.ts';
import { showGrantOnStderr } from './show-approval.ts';
import { isGrantSigned } from './sign.ts';

/** Without variables: a consent is said on the command line, where no file of a repository puts it. */
export const grantFlags = {
  grant: Flags.boolean({
    description: 'answer its exact repeats too: all that the agent gives of them is the same',
  }),
  uses: Flags.integer({
    description: `with --grant: how many requests it answers, this one included (default ${GRANT_TERMS.uses})`,
    ...{ min: 1, max: MAX_GRANT.uses, helpValue: 'N', dependsOn: ['grant'] },
  }),
  for: duration({
    description: `with --grant: how long it is good (default ${formatDuration(GRANT_TERMS.ms)})`,
    ...{ least: 1_000, most: MAX_GRANT.ms, dependsOn: ['grant'] },
  }),
  reach: Flags.option({
    description: 'with --grant: repeats of this session, or of all sessions of its node (default session)',
    ...{ options: GRANT_REACHES, dependsOn: ['grant'] },
  })(),
};

type Given = { [name in 'uses' | 'for']?: number | undefined } & { reach?: GrantTerms['reach'] | undefined };
const termsOf = ({ uses, for: ms, reach }: Given): GrantTerms => ({
  uses: uses ?? GRANT_TERMS.uses,
  ms: ms ?? GRANT_TERMS.ms,
  reach: reach ?? GRANT_TERMS.reach,
});

export const grantShown = async (
  user: User,
  id: string,
  given: Given,
  options: DecideOptions,
): Promise<SignedGrant> => {
  const approval = pickApproval(user.home, id);
  requireOpen(user.home, approval, 'approved');
  const terms = termsOf(given);
  const proposed = await proposeGrant(user, approval, terms);
  const seen = await lookedAt(
    { what: 'approval', id: approval.id },
    options,
    () => showApproval(user, approval, DIFF_WAIT_MS),
    (prompt, _view, instead) => {
      showGrantOnStderr(proposed);
      return isGrantSigned(prompt, proposed, instead);
    },
  );
  return grantRepeats(user, { approval: pick(user.home, 'approvals', approval.id), ...seen }, terms);
};

export const signedGrantText = ({
  grant,
  approval,
  reach,
  uses,
  expires,
  session,
  scope,
}: SignedGrant): string =>
  [
    pairs([
      ['granted', grant],
      ['approval', approval],
      ['reach', reach],
      ['uses', `${uses}`],
      ['expires', expires],
      ['scope', scope],
    ]),
    `see how it ends: \`entangle user show ${session}\``,
    `end it before: \`entangle user grants revoke ${grant}\``,
  ].join('\n');
