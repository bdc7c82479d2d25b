/** The two things that a person reads a change for, and signs: an approval and a review, and what is said of each. */
import type { ChangeAsk, Decision } from '../core/vocabulary.ts';
import { againText } from '../services/user/again-words.ts';
import { type ApprovalView, DECIDED } from '../services/user/approvals.ts';
import { REVIEWED, type ReviewView } from '../services/user/reviewing.ts';

/** `alike`: others that ask for the same, and are decided with it. */
type ShownApproval = ApprovalView & { alike?: readonly ApprovalView[] };
export type AskedChange = ShownApproval | ReviewView;
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

type Fact = readonly [name: string, text: string];
/** What it is about, as our side has it. */
export const factsOf = (view: AskedChange): Fact[] =>
  view.what === 'approval'
    ? [
        ['operation', `${view.operation} of commit ${view.commit}`],
        ['to', `${view.remote} ${view.ref}`],
        ['expected head', view.expectedHead ?? 'none (new branch)'],
        ...(view.again ? [['this is the', againText(view.again)] as const] : []),
      ]
    : [
        ['review', `of commit ${view.commit}, which ${view.node} works on and has not published`],
        ['repository', view.repository],
        ['to commit', view.base],
        ...(view.note === null ? [] : [['asks', view.note] as const]),
      ];

/** What a signature is about, in three lines, and what it binds. */
export const boundBy = (view: AskedChange): { lines: readonly [string, string, string]; binds: string } =>
  view.what === 'approval'
    ? {
        lines: [
          `${view.operation} of commit ${view.commit}`,
          `to ${view.ref}`,
          `of ${view.remote}${view.expectedHead === null ? ', a new branch' : ''}`,
        ],
        binds: 'content (bytes, branch and expected head)',
      }
    : {
        lines: [
          `review of commit ${view.commit}; it approves nothing`,
          `over ${view.base}`,
          `of ${view.repository}, published nowhere`,
        ],
        binds: 'content (bytes)',
      };

/** `key`: as the surface calls the first key of it. */
export const decidingWords = (
  view: AskedChange,
  key: (act: 'arm' | 'reject' | 'change') => string,
): string => {
  if (view.what === 'review') return `${key('arm')} finds it good, ${key('change')} asks for changes`;
  return isSeveral(view)
    ? `${key('arm')} approves all ${allOf(view).length}, ${key('reject')} rejects them, ${key('change')} asks each for changes`
    : `${key('arm')} approves, ${key('reject')} rejects, ${key('change')} asks for changes`;
};
