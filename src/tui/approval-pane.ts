/** The approval on its screen: the change, and below it, always, what is signed and how. */
import { age } from '../core/encoding/age.ts';
import type { ApprovalState, Decision } from '../core/vocabulary.ts';
import type { ApprovalView } from '../services/user/approvals.ts';
import { type ApprovalScreen, armDenial, DIGEST_LENGTH, subjectHex } from './approval.ts';
import { bodyOf } from './approval-body.ts';
import type { Size } from './frame/box.ts';
import { type CellLine, ours, type Span, theirs } from './frame/line.ts';
import { approvalHeight, bodyWidth, isTooSmall } from './layout.ts';
import type { Screen } from './state.ts';

const GROUP = 4;

const groups = (digest: string): string[] => digest.match(new RegExp(`.{1,${GROUP}}`, 'g')) ?? [];

const digestLines = (view: ApprovalView): CellLine[] => {
  const [first = '', ...rest] = groups(subjectHex(view));
  const upper = rest.slice(0, 7).join(' ');
  return [
    [ours(' subject sha256 '), ours(first, 'strong'), theirs(` ${upper}`)],
    [ours('                '), theirs(rest.slice(7).join(' '))],
  ];
};

/** Why it waits for this person no more. */
const ENDED: Readonly<Record<ApprovalState, string>> = {
  pending: 'you decided this in another place',
  approved: 'this was approved in another place',
  rejected: 'this was rejected in another place',
  superseded: 'changes of this were wanted in another place',
  expired: 'this expired',
  withdrawn: 'its node does not ask for this any more',
  invalidated: 'this is void: the graph, the node or the branch is another now',
};
const DECIDED_BY: Readonly<Record<Decision, string>> = {
  approved: 'approved',
  rejected: 'rejected',
  changes_wanted: 'changes asked for',
};
const CLOSED = 'this was decided or closed in another place';

/** The one line that says what a key would do now. */
const actLine = (approval: ApprovalScreen, rows: number, size: Size, now: number): CellLine => {
  const { phase, view } = approval;
  switch (phase.name) {
    case 'armed': {
      const left = Math.max(0, Math.ceil((phase.until - now) / 1000));
      const first = view ? subjectHex(view).slice(0, DIGEST_LENGTH) : '';
      return [
        ours(' to sign, type ', 'warn'),
        ours(`${first}: ${phase.typed}_`, 'strong'),
        ours(`  (${left} s a key; esc cancels) the first ${DIGEST_LENGTH} of the digest`, 'dim'),
      ];
    }
    case 'closed':
      return [ours(` ${phase.as === null ? CLOSED : ENDED[phase.as]}; esc goes back`, 'warn')];
    case 'signing':
      return [ours(' signing …', 'warn')];
    case 'decided':
      return [ours(` ${DECIDED_BY[phase.what]} by you: ✓ signed; esc goes back`, 'good')];
    default: {
      const denial = armDenial(approval, rows, isTooSmall(size), now);
      const said: Span = denial
        ? theirs(` ${denial}`, 'warn')
        : ours(' all of it was shown: A approves, x rejects, c asks for changes', 'good');
      return [said];
    }
  }
};

const signLines = (
  view: ApprovalView,
  approval: ApprovalScreen,
  rows: number,
  size: Size,
  now: number,
): CellLine[] => [
  [theirs(` ${view.operation} of commit ${view.commit}`, 'strong')],
  [theirs(` to ${view.ref}`)],
  [theirs(` of ${view.remote}${view.expectedHead === null ? ', a new branch' : ''}`)],
  [ours(` expires ${age(view.expires, now)}; binding: content (bytes, branch and expected head)`)],
  ...digestLines(view),
  actLine(approval, rows, size, now),
];

const without = ({ phase, id }: ApprovalScreen): CellLine[] => {
  if (phase.name !== 'unverifiable') return [[theirs(` waiting for the change of approval ${id} …`, 'dim')]];
  return [
    [ours(' this cannot be approved:', 'bad')],
    [theirs(` ${phase.why}`)],
    ...(phase.hint ? [[theirs(` ${phase.hint}`, 'dim')]] : []),
  ];
};

export const approvalLines = (screen: Screen, approval: ApprovalScreen, now: number): CellLine[] => {
  const { view, top } = approval;
  if (!view) return without(approval);
  const height = approvalHeight(screen.size);
  const rows = bodyOf(view, bodyWidth(screen.size));
  const seen = rows.slice(top, top + height);
  const body = Array.from({ length: height }, (_, row): CellLine => {
    const line = seen[row]?.line;
    return line ? [ours(' '), ...line] : [];
  });
  const last = Math.min(rows.length, top + height);
  const where = `── rows ${Math.min(top + 1, last)} to ${last} of ${rows.length} `;
  const rule: CellLine = [ours(where.padEnd(screen.size.width, '─'), 'dim')];
  return [...body, rule, ...signLines(view, approval, rows.length, screen.size, now)];
};
