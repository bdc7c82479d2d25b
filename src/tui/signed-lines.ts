/** What a signature is about, in the words of our side: under the change on the full screen, above the question elsewhere. */
import { age } from '../core/encoding/age.ts';
import type { ApprovalView } from '../services/user/approvals.ts';
import { subjectHex } from './approval.ts';
import { type CellLine, ours, theirs } from './frame/line.ts';

const GROUP = 4;

const groups = (view: ApprovalView): string[] =>
  subjectHex(view).match(new RegExp(`.{1,${GROUP}}`, 'g')) ?? [];

const digestLines = (view: ApprovalView): CellLine[] => {
  const [first = '', ...rest] = groups(view);
  const upper = rest.slice(0, 7).join(' ');
  return [
    [ours(' subject sha256 '), ours(first, 'strong'), theirs(` ${upper}`)],
    [ours('                '), theirs(rest.slice(7).join(' '))],
  ];
};

export const signedLines = (view: ApprovalView, now: number): CellLine[] => [
  [theirs(` ${view.operation} of commit ${view.commit}`, 'strong')],
  [theirs(` to ${view.ref}`)],
  [theirs(` of ${view.remote}${view.expectedHead === null ? ', a new branch' : ''}`)],
  [ours(` expires ${age(view.expires, now)}; binding: content (bytes, branch and expected head)`)],
  ...digestLines(view),
];
