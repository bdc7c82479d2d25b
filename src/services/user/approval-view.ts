/** What an approval is about, from the bytes themselves and from signed bodies: a publication with its change, or a call. */

import { EntangleError } from '../../core/errors.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import { titleOf } from '../../core/projection/title.ts';
import type { CallSubject } from '../../core/protocol/messages/a2a.ts';
import type { PublishSubject } from '../../core/protocol/messages/publish-subject.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import type { Assurance, Decision, EvidenceLevel } from '../../core/vocabulary.ts';
import type { Home } from '../messaging/home.ts';
import { readBody } from '../messaging/read-event.ts';
import { allowedBy } from './allowed.ts';
import { type AskedCommit, type AskedView, askedView } from './asked-view.ts';
import { shownChange } from './shown-change.ts';
import type { User } from './user.ts';
import { approvalState, ownDecision } from './views.ts';

type Common = AskedView & {
  what: 'approval';
  decision: Decision | null;
  /** Why this person decided so, as far as a list has it. */
  reason: string | null;
  /** Whether the node that asked took that decision; null without one, and where its key is gone. */
  acknowledged: boolean | null;
};
export type PublishView = Common &
  AskedCommit &
  Pick<PublishSubject, 'operation' | 'remote' | 'ref' | 'expectedHead'> & {
    /** Why the remote would refuse it, as its node found before it asked; null where it found nothing. */
    objection: string | null;
    /** That there was another one of its session before; null for the first. */
    again: Again | null;
    /** What anybody will read beside the published commit, as its node says. */
    evidence: EvidenceLevel;
    /** What it takes of each person beside the signature of their key. */
    assurance: Assurance | null;
  };
/** A turn waits for it. */
export type CallView = Common &
  Pick<CallSubject, 'operation' | 'turn' | 'binding' | 'option'> & {
    /** What the agent gave of it. */
    call: Pick<CallSubject, 'command' | 'words' | 'input'>;
    /** Whether its runner says that it saw the agent wait for such approvals; left out where the runner does it itself. */
    seen?: boolean;
  };
export type ApprovalView = PublishView | CallView;

/** Which commit of its session it is, and what this person wanted of the one before, as far as a list has it. */
export type Again = { count: number; words: string | null };

export type AskedOfMe = { body: BodyOf<'approval.request'>; message: string };
/** The request that was put to this person, and the id of its message; null where none was. */
export const askedOfMe = async (home: Home, approval: string | null): Promise<AskedOfMe | null> => {
  const asked =
    approval === null ? undefined : home.tables.get('approval_requests', approval, home.self.pubkey);
  const body = asked && (await readBody<BodyOf<'approval.request'>>(home, asked.message));
  return body ? { body, message: asked.message } : null;
};

export const requestOf = async ({ home }: User, approval: RowOf<'approvals'>): Promise<AskedOfMe> => {
  const asked = await askedOfMe(home, approval.id);
  if (asked) return asked;
  throw new EntangleError('not_found', 'you are not an approver of this');
};

/** With task and change as their bytes have them: nothing is taken from what the node says about it. */
export const showApproval = async (
  user: User,
  approval: RowOf<'approvals'>,
  waitMs: number,
): Promise<ApprovalView> => {
  const { body, message } = await requestOf(user, approval);
  const deadline = user.home.clock.monotonic() + waitMs;
  const common: Common = {
    what: 'approval',
    ...(await askedView(user, { row: approval, body, message, deadline })),
    state: approvalState(user.home, approval),
    title: approval.title,
    allowed: allowedBy(user.home, approval.node),
    ...ownDecision(user.home, approval),
  };
  const { subject } = body;
  if (subject.operation !== 'source.publish')
    return { ...common, ...callFacts(subject), ...(body.seen !== undefined && { seen: body.seen }) };
  const { operation, remote, ref, expectedHead, commit } = subject;
  const change = await shownChange(user, { subject, diff: body.diff }, { what: 'approval', deadline });
  return {
    ...common,
    ...{ operation, remote, ref, expectedHead, commit, objection: body.objection ?? null },
    ...{ title: titleOf(body.task), again: againOf(user.home, approval) },
    evidence: body.evidence ?? 'digests',
    assurance: body.assurance ?? null,
    ...change,
  };
};

const callFacts = ({ operation, turn, binding, command, words, input, option }: CallSubject) => ({
  ...{ operation, turn, binding, option },
  call: { command, words, input },
});

/** By the order in which they were asked for; what a node never put to this person counts too. */
const againOf = (home: Home, approval: RowOf<'approvals'>): Again | null => {
  const before = home.tables
    .list('approvals', { session: approval.session, operation: 'source.publish' })
    .filter(({ id, at, line }) => id !== approval.id && (at - approval.at || line - approval.line) < 0)
    .sort((one, two) => one.at - two.at || one.line - two.line);
  if (before.length === 0) return null;
  const wanted = before
    .map((one) => ownDecision(home, one))
    .filter((one) => one.decision === 'changes_wanted');
  return { count: before.length + 1, words: wanted.at(-1)?.reason ?? null };
};
