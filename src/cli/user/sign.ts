/** A signature is given by typing how the digest of its subject begins: no key that is held down, no habit, types that. */
import { EntangleError } from '../../core/errors.ts';
import type { Prompt } from '../../ports/index.ts';
import type { ApprovalView } from '../../services/user/approval-view.ts';
import { boundWords } from '../../services/user/bound-words.ts';
import type { ProposedGrant } from '../../services/user/grants.ts';
import type { ReviewView } from '../../services/user/reviewing.ts';

const LENGTH = 4;
const PREFIX = 'sha256:';
const SIGNED = { approval: 'approval', review: 'good review' } as const;
const NO: ReadonlySet<string> = new Set(['', 'n', 'no']);

type Typed = {
  /** "your approval of this command". */
  what: string;
  /** What the digest is of, as it stands above. */
  named: 'subject' | 'scope';
  digest: string;
};

/** `otherwise`: what is done where nothing is typed. */
export const isSigned = (
  prompt: Pick<Prompt, 'line'>,
  view: ApprovalView | ReviewView,
  instead: string,
  otherwise = 'cancel',
): Promise<boolean> =>
  isTyped(
    prompt,
    {
      what: `your ${SIGNED[view.what]} of ${boundWords(view).of}`,
      ...{ named: 'subject', digest: view.subjectDigest },
    },
    `the subject of this ${view.what}`,
    instead,
    otherwise,
  );

/** The scope is typed: what is granted is another thing than the one request. */
export const isGrantSigned = (
  prompt: Pick<Prompt, 'line'>,
  { scope, uses }: ProposedGrant,
  instead: string,
): Promise<boolean> =>
  isTyped(
    prompt,
    { what: `your grant of ${uses} uses`, named: 'scope', digest: scope },
    'the scope of this grant',
    instead,
  );

/** True: it was typed. False: nothing, or no. Anything else is refused, the beginning of another digest too. */
const isTyped = async (
  prompt: Pick<Prompt, 'line'>,
  { what, named, digest: whole }: Typed,
  whose: string,
  instead: string,
  otherwise = 'cancel',
): Promise<boolean> => {
  const digest = whole.slice(PREFIX.length);
  const first = digest.slice(0, LENGTH);
  const typed = await prompt.line(
    `\nTo sign ${what},\ntype the first ${LENGTH} characters of its ${named}, ${first}, or nothing to ${otherwise}`,
    instead,
  );
  if (NO.has(typed.toLowerCase())) return false;
  const said = typed.toLowerCase().replace(PREFIX, '');
  if (said.length >= LENGTH && digest.startsWith(said)) return true;
  throw new EntangleError('denied', `${whose} does not begin like that; nothing was signed`, {
    hint: `type ${first}, as \`${named}\` above begins after ${PREFIX}`,
  });
};
