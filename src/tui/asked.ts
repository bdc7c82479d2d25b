/** The two things that a person reads a change for, and signs: an approval and a review, and what is said of each. */
import { bindingUngranted } from '../core/protocol/granting.ts';
import type { ChangeAsk, Decision } from '../core/vocabulary.ts';
import type { ApprovalView } from '../services/user/approval-view.ts';
import { DECIDED } from '../services/user/approvals.ts';
import type { ProposedGrant } from '../services/user/grants.ts';
import { REVIEWED, type ReviewView } from '../services/user/reviewing.ts';

/** `alike`: others that ask for the same, and are decided with it; `grant`: its repeats that are granted with it. */
type ShownApproval = ApprovalView & { alike?: readonly ApprovalView[]; grant?: ProposedGrant };
export type AskedChange = ShownApproval | ReviewView;
export const grantIn = (view: AskedChange): ProposedGrant | null =>
  view.what === 'approval' ? (view.grant ?? null) : null;
/** The one that is shown first. */
export const allOf = (view: AskedChange): readonly AskedChange[] => [
  view,
  ...(view.what === 'approval' ? (view.alike ?? []) : []),
];
export const isSeveral = (view: AskedChange): boolean => allOf(view).length > 1;

/** What it is in the words of a surface, and what each answer to it is: of a review, `approved` stands for good. */
type AskWords = {
  decided: Readonly<Record<Decision, string>>;
  tooSmall: string;
};
export const ASK_WORDS: Readonly<Record<ChangeAsk, AskWords>> = {
  approval: {
    decided: { approved: 'approved', rejected: 'rejected', changes_wanted: 'changes asked for' },
    tooSmall: 'this screen is too small to approve on',
  },
  review: {
    decided: { approved: 'found good', rejected: 'rejected', changes_wanted: 'changes asked for' },
    tooSmall: 'this screen is too small to review on',
  },
};

export const isUndecided = (view: AskedChange): boolean =>
  view.what === 'approval' ? view.state === 'pending' : view.state === 'open';

/** What this person said of it before; null where nothing. */
export const ownAnswer = (view: AskedChange): string | null => {
  if (view.what === 'approval') return view.decision && DECIDED[view.decision];
  return view.verdict && REVIEWED[view.verdict];
};

/** `key`: as the surface calls the first key of it. */
export const decidingWords = (
  view: AskedChange,
  key: (act: 'arm' | 'repeats' | 'reject' | 'change') => string,
): string => {
  if (view.what === 'approval' && view.operation !== 'source.publish') {
    const rejects = `${key('reject')} rejects: the agent is told, and goes on`;
    if (grantIn(view))
      return `${key('arm')} grants, ${key('repeats')} grants it for more, or none; ${rejects}`;
    const grants = bindingUngranted(view.binding) === null ? `, ${key('repeats')} grants repeats` : '';
    return `${key('arm')} approves${grants}, ${rejects}`;
  }
  if (view.what === 'review') return `${key('arm')} finds it good, ${key('change')} asks for changes`;
  return isSeveral(view)
    ? `${key('arm')} approves all ${allOf(view).length}, ${key('reject')} rejects them, ${key('change')} asks each for changes`
    : `${key('arm')} approves, ${key('reject')} rejects, ${key('change')} asks for changes`;
};
