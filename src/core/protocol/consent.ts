/** What a person agrees to, in one sentence that their signer shows and every receiver computes again. */
import { cutMarked } from '../encoding/cut.ts';
import { sanitize } from '../encoding/sanitize.ts';
import { shownTime } from '../encoding/time.ts';
import type { CallOperation, GrantReach } from '../vocabulary.ts';

/** A tag of evidence has at most 200 UTF-16 units: these leave room for the words around them. */
const MAX_REMOTE = 90;
const MAX_BRANCH = 55;
const MAX_COMMAND = 130;
const VERBS = { approved: 'Approve', rejected: 'Reject', changes_wanted: 'Send back' } as const;
const VERDICTS = { pass: 'Find good', changes: 'Want changes of' } as const;

type Decision = {
  readonly decision: keyof typeof VERBS;
  readonly subject: Push | Call;
  /** Hex. */
  readonly subjectDigest: string;
};
type Push = {
  readonly operation: 'source.publish';
  readonly remote: string;
  readonly ref: string;
  readonly commit: string;
};
type Call = { readonly operation: CallOperation; readonly command: string | null; readonly words: string };

const shortOf = (commit: string): string => commit.slice(0, 7);
const digestPart = (subjectDigest: string): string => `(digest ${subjectDigest.slice(0, 12)}…)`;

const pushWords = (subject: Push): string => {
  const remote = sanitize(subject.remote, MAX_REMOTE);
  const branch = sanitize(subject.ref.replace(/^refs\/heads\//, ''), MAX_BRANCH);
  return `push of ${shortOf(subject.commit)} to ${remote} ${branch}`;
};

const callWords = ({ operation, command, words }: Call): string => {
  // Of a write they are not the agent's
  if (operation === 'file.write') return sanitize(words, MAX_COMMAND);
  return command === null
    ? `what an agent calls ${sanitize(words, MAX_COMMAND)}`
    : `run of ${sanitize(command, MAX_COMMAND)}`;
};

/** Like "Approve push of 1a2b3c4 to https://example.org/app.git main (digest 7f3a0c1d2e4b…)", or "Approve run of npm test (…)". */
export const consentSentence = ({ decision, subject, subjectDigest }: Decision): string => {
  const what = subject.operation === 'source.publish' ? pushWords(subject) : callWords(subject);
  return `${VERBS[decision]} ${what} ${digestPart(subjectDigest)}`;
};

type Grant = Omit<Decision, 'decision'> & {
  readonly reach: GrantReach;
  readonly uses: number;
  readonly expiresAt: number;
};
/** A grant has more words around its command. */
const MAX_GRANTED = 70;

/** Like "Grant 5 uses in this session until 2026-01-31T12:00Z: run of npm test (digest 7f3a0c1d2e4b…)". */
export const grantSentence = ({ subject, subjectDigest, reach, uses, expiresAt }: Grant): string => {
  const what = subject.operation === 'source.publish' ? pushWords(subject) : callWords(subject);
  const until = `${shownTime(expiresAt).slice(0, 16)}Z`;
  const words = `Grant ${uses} uses in this ${reach} until ${until}: ${cutMarked(what, MAX_GRANTED)}`;
  return `${words} ${digestPart(subjectDigest)}`;
};

export const revokeSentence = ({ grant }: { readonly grant: string }): string => `Revoke grant ${grant}`;

type Review = {
  readonly verdict: keyof typeof VERDICTS;
  readonly subject: { readonly repository: string; readonly commit: string };
  /** Hex. */
  readonly subjectDigest: string;
};

/** Like "Review: Find good 1a2b3c4 for https://example.org/app.git (digest 7f3a0c1d2e4b…); it approves nothing". */
export const reviewSentence = ({ verdict, subject, subjectDigest }: Review): string => {
  const what = `${VERDICTS[verdict]} ${shortOf(subject.commit)} for ${sanitize(subject.repository, MAX_REMOTE)}`;
  return `Review: ${what} ${digestPart(subjectDigest)}; it approves nothing`;
};
