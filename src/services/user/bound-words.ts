/** What a signature is of, in the words of every surface: a row for each thing that a person is asked to sign. */
import { cutMarked } from '../../core/encoding/cut.ts';
import { landsOn } from '../../core/source/workspace-names.ts';
import type { Binding, EvidenceLevel } from '../../core/vocabulary.ts';
import { againText } from './again-words.ts';
import type { ApprovalView, CallView, PublishView } from './approval-view.ts';
import { callWordsOf } from './operation-words.ts';
import type { ReviewView } from './reviewing.ts';

type Fact = readonly [name: string, text: string];
type BoundWords = {
  /** What it is about, as our side has it. */
  facts: readonly Fact[];
  /** The same beside what is typed. */
  lines: readonly [string, string, string];
  binds: string;
  /** Completes "your approval of …". */
  of: string;
};

const publishWords = (view: PublishView): BoundWords => {
  const { operation, commit, remote, ref, expectedHead, again } = view;
  const target = landsOn(view);
  return {
    facts: [
      ['operation', `${operation} of commit ${commit}`],
      ['to', `${remote} ${ref}`],
      ...(target === null
        ? []
        : [['lands on', `${target}, which others work on: this commit is its next head`] as const]),
      ['expected head', expectedHead ?? 'none (new branch)'],
      ...(view.assurance === 'touch' ? [['also takes', 'the touch of one of your SSH keys'] as const] : []),
      ...(again ? [['this is the', againText(again)] as const] : []),
    ],
    lines: [
      `${operation} of commit ${commit}`,
      target === null ? `to ${ref}` : `lands on ${ref}`,
      `of ${remote}${expectedHead === null ? ', a new branch' : ''}`,
    ],
    binds: 'content (bytes, branch and expected head)',
    of: `commit ${commit}`,
  };
};

const BOUND: Readonly<Record<Binding, { brief: string; whole: string }>> = {
  exact: {
    brief: 'exact (words, directory, environment)',
    whole: 'exact: all its words, its directory and its own environment; its runner runs that',
  },
  content: {
    brief: 'content (the file and all its bytes)',
    whole: 'content: the file and all its bytes, by their digest; other bytes are asked for anew',
  },
  declared: {
    brief: 'declared (the text that the agent gives)',
    whole:
      'declared: the text that the agent gives as its command; what the agent runs by itself is not compared with it',
  },
  described: {
    brief: 'described (words alone, perhaps cut)',
    whole: 'described: the words of the agent alone, which it may have cut; it does not give its command',
  },
};
const SEEN = '≈ claimed: its runner saw this agent ask before each command, and leave what is rejected';
const UNSEEN =
  '! not enforced: its runner never saw this agent ask before each command, or leave what is rejected: it may run without you';
const OPTION = 60;
const answerText = (option: { name: string; kind: string }): string => {
  const [name, kind] = [option.name, option.kind].map((text) =>
    cutMarked(text.replaceAll(/\s+/g, ' '), OPTION),
  );
  return `“${name}” (${kind})`;
};
const wordsOfCall = (view: CallView): BoundWords => {
  const { operation, turn, session, node, binding, option, seen } = view;
  const answer = option && answerText(option);
  return {
    facts: [
      ['operation', `${operation}: turn ${turn} of the session waits for it`],
      ['binding', BOUND[binding].whole],
      ...(seen === undefined ? [] : [['asking', seen ? SEEN : UNSEEN] as const]),
      [
        'answer',
        answer === null ? 'its runner does it, once' : `the agent gets ${answer}, of what it offers`,
      ],
    ],
    lines: [
      `${operation} by ${node}, once`,
      `in turn ${turn} of session ${session}`,
      answer === null ? 'done by its runner' : `answered by ${answer}`,
    ],
    binds: BOUND[binding].brief,
    of: `this ${callWordsOf(operation).name}`,
  };
};

const reviewWords = (view: ReviewView): BoundWords => ({
  facts: [
    ['review', `of commit ${view.commit}, which ${view.node} works on and has not published`],
    ['repository', view.repository],
    ['to commit', view.base],
    ...(view.note === null ? [] : [['asks', view.note] as const]),
  ],
  lines: [
    `review of commit ${view.commit}; it approves nothing`,
    `over ${view.base}`,
    `of ${view.repository}, published nowhere`,
  ],
  binds: 'content (bytes)',
  of: `commit ${view.commit}`,
});

/** Whether a change is shown of it. */
export const isOfCommit = <V extends ApprovalView | ReviewView>(view: V): view is Exclude<V, CallView> =>
  'diff' in view;

export const boundWords = (view: ApprovalView | ReviewView): BoundWords => {
  if (view.what === 'review') return reviewWords(view);
  return view.operation === 'source.publish' ? publishWords(view) : wordsOfCall(view);
};

/** All that the agent gave of a call, each under its heading. */
export const callParts = ({
  operation,
  call: { command, words, input },
}: CallView): { title: string; text: string }[] => {
  const { parts } = callWordsOf(operation);
  return [
    ...(command === null ? [] : [{ title: parts.exact, text: command }]),
    { title: parts.words, text: words },
    ...(input === null ? [] : [{ title: parts.input, text: input }]),
  ];
};

/** Nothing that is signed: what the node heard of the remote before it asked, and whose words it will put there. */
export const claimedFacts = (
  view: { node: string } | { node: string; objection: string | null; evidence: EvidenceLevel },
): Fact[] => [
  ...('objection' in view && view.objection
    ? [['remote', `would refuse it as things are, ${view.node} says: ${view.objection}`] as const]
    : []),
  ...('evidence' in view && view.evidence === 'full' ? [['readable', READABLE] as const] : []),
];
const READABLE =
  'by whoever reads the repository: this task, and what you and others say with a decision, beside the commit';
