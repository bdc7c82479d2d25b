/** What a person agrees to, in one sentence that their signer shows and every receiver computes again. */
import { sanitize } from '../encoding/sanitize.ts';

/** A tag of evidence has at most 200 UTF-16 units: these leave room for the words around them. */
const MAX_REMOTE = 90;
const MAX_BRANCH = 55;
const VERBS = { approved: 'Approve', rejected: 'Reject', changes_wanted: 'Send back' } as const;

type Decision = {
  readonly decision: keyof typeof VERBS;
  readonly subject: { readonly remote: string; readonly ref: string; readonly commit: string };
  /** Hex. */
  readonly subjectDigest: string;
};

/** Like "Approve push of 1a2b3c4 to https://example.org/app.git main (digest 7f3a0c1d2e4b…)". */
export const consentSentence = ({ decision, subject, subjectDigest }: Decision): string => {
  const remote = sanitize(subject.remote, MAX_REMOTE);
  const branch = sanitize(subject.ref.replace(/^refs\/heads\//, ''), MAX_BRANCH);
  const what = `push of ${subject.commit.slice(0, 7)} to ${remote} ${branch}`;
  return `${VERBS[decision]} ${what} (digest ${subjectDigest.slice(0, 12)}…)`;
};
