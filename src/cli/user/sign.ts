/** A signature is given by typing how the digest of its subject begins: no key that is held down, no habit, types that. */
import { EntangleError } from '../../core/errors.ts';
import type { Prompt } from '../../ports/index.ts';
import type { ApprovalView } from '../../services/user/approval-view.ts';
import { boundWords } from '../../services/user/bound-words.ts';
import type { ReviewView } from '../../services/user/reviewing.ts';

const LENGTH = 4;
const PREFIX = 'sha256:';
const SIGNED = { approval: 'approval', review: 'good review' } as const;
const NO: ReadonlySet<string> = new Set(['', 'n', 'no']);

/** True: it was typed. False: nothing, or no. Anything else is refused, the beginning of another digest too. */
export const isSigned = async (
  prompt: Pick<Prompt, 'line'>,
  view: ApprovalView | ReviewView,
  instead: string,
): Promise<boolean> => {
  const { what, subjectDigest } = view;
  const digest = subjectDigest.slice(PREFIX.length);
  const first = digest.slice(0, LENGTH);
  const typed = await prompt.line(
    `\nTo sign your ${SIGNED[what]} of ${boundWords(view).of},\ntype the first ${LENGTH} characters of its subject, ${first}, or nothing to cancel`,
    instead,
  );
  if (NO.has(typed.toLowerCase())) return false;
  const said = typed.toLowerCase().replace(PREFIX, '');
  if (said.length >= LENGTH && digest.startsWith(said)) return true;
  throw new EntangleError(
    'denied',
    `the subject of this ${what} does not begin like that; nothing was signed`,
    {
      hint: `type ${first}, as \`subject\` above begins after ${PREFIX}`,
    },
  );
};
