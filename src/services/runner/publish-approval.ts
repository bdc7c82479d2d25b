/** Asks people for a decision about exactly one commit. */
import { MAX_PATH, MOST_BRIEF } from '../../core/bounds.ts';
import { digestOf } from '../../core/encoding/canonical.ts';
import { cutText } from '../../core/encoding/cut.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { PublishSubject } from '../../core/protocol/messages/publish-subject.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { HEADS } from '../../core/source/remote.ts';
import type { ApprovalState } from '../../core/vocabulary.ts';
import { attachedOf } from '../messaging/attached.ts';
import { carry, wholeOf } from '../messaging/long-text.ts';
import { readBody } from '../messaging/read-event.ts';
import {
  type Approver,
  approversOf,
  closeApproval,
  observeApproval,
  type Rule,
  requestsTo,
  stateNow,
} from './approving.ts';
import { artifactDrafts } from './artifact-life.ts';
import { drafts, finish } from './report-state.ts';
import { type Runner, specOfSession } from './runner.ts';
import { talkOf } from './talk.ts';
import { taskOf, textOfTurn, textTrouble } from './texts.ts';
import { transcriptOf } from './transcript.ts';
import type { CommittedTurn } from './turn.ts';
import { endOfQuestion } from './turn-result.ts';
import { branchOf, keptSummary } from './workspace.ts';

type Session = RowOf<'sessions'>;
const OPERATION = 'source.publish';

const subjectOf = async (
  runner: Runner,
  session: Session,
  turn: CommittedTurn,
): Promise<PublishSubject | null> => {
  const found = await specOfSession(runner, session);
  const routes = runner.home.tables.get('routes', session.node);
  const policy = routes?.policy[OPERATION];
  if (!found?.spec.workspace || policy === undefined) return null;
  return {
    domain: 'entangle/subject/1',
    graph: runner.home.graph,
    policy,
    approval: turn.approval,
    session: session.id,
    attempt: session.attempt,
    fence: found.assignment.fence,
    operation: OPERATION,
    // Counted from when people are asked; once they were, as they were
    expiresAt: runner.home.tables.get('approvals', turn.approval)?.expires || endOfQuestion(runner, session),
    remote: found.spec.workspace.repository,
    ref: `${HEADS}${branchOf(runner, session, found.spec)}`,
    expectedHead: turn.expected,
    commit: turn.commit_id,
    changes: turn.changes,
    hunks: turn.hunks,
  };
};

/** Null where they are too few: then the session is over. */
const approversOrEnd = async (
  runner: Runner,
  session: Session,
  turn: CommittedTurn,
  rule: Rule,
): Promise<readonly Approver[] | null> => {
  const approvers = await approversOf(runner, session, rule);
  const persons = new Set(approvers.map((peer) => peer.person));
  if (persons.size >= rule.quorum) return approvers;
  const kept = await keptSummary(runner, session, turn);
  await finish(runner, session, { state: 'failed', reason: 'nobody_may_approve', ...kept });
  return null;
};

export type CommitQuestion = {
  request: BodyOf<'task.request'>;
  /** What the engine got. */
  given: string;
};
/** What is read of the task; null while the rest of it may come, and where nobody may approve: then the session is over. */
export const questionOrEnd = async (
  runner: Runner,
  session: Session,
  turn: CommittedTurn,
  rule: Rule,
): Promise<CommitQuestion | null> => {
  if ((await approversOrEnd(runner, session, turn, rule)) === null) return null;
  const request = await readBody<BodyOf<'task.request'>>(runner.home, session.request);
  if (!request || !(await subjectOf(runner, session, turn))) return null;
  // The work is done: who approves it reads of the task what is here.
  const orBeginning = (error: unknown): string => {
    if (textTrouble(error) === null) throw error;
    return request.task;
  };
  const first = await taskOf(runner, session, request).catch(orBeginning);
  if (first === null) return null;
  const given = await textOfTurn(runner, turn, first).catch(orBeginning);
  return { request, given };
};

/** Who approves, and under which policy, may be other than when the question was made. */
export const askApproval = async (
  runner: Runner,
  session: Session,
  turn: CommittedTurn,
  rule: Rule,
  { request, given, objection }: CommitQuestion & { objection: string | null },
): Promise<void> => {
  const { home, exchange } = runner;
  const approvers = await approversOrEnd(runner, session, turn, rule);
  const subject = approvers && (await subjectOf(runner, session, turn));
  if (!subject) return;
  const { text: task } = await talkOf(runner, session, given, turn.changes);
  // Shorter than a request has it: beside it stands all that the approval binds to
  const carried = await carry(home, task, MOST_BRIEF);
  const subjectDigest = digestOf(home.suite, subject);
  const node = home.identities.get(session.node)!;
  const spec = (await specOfSession(runner, session))?.spec;
  const body = {
    approval: subject.approval,
    session: subject.session,
    subject,
    subjectDigest,
    diff: turn.diff,
    size: turn.size,
    files: turn.files,
    task: carried.head,
    ...wholeOf(carried),
    ...attachedOf(request.attached),
    path: [...request.budget.path, node.name].slice(-MAX_PATH),
    launchedBy: session.requester,
    ...(objection !== null && { objection: cutText(objection, 400) }),
    ...transcriptOf(runner, session),
    ...(rule.assurance && { assurance: rule.assurance }),
    ...(spec?.workspace?.evidence && { evidence: spec.workspace.evidence }),
  };
  const requests = approvers.flatMap((approver) => {
    const ssh = approver.ssh.length > 0 && { ssh: [...approver.ssh] };
    return requestsTo([approver], node.pubkey, { ...body, ...ssh });
  });
  const asked = { approval: subject.approval, operation: OPERATION, subjectDigest } as const;
  const observed = await observeApproval(runner, session, asked, 'pending');
  const waiting = `waiting for ${rule.quorum} of ${approvers.map((peer) => peer.name).join(', ')}`;
  const note =
    objection === null ? waiting : `${waiting}; the remote would refuse it as things are: ${objection}`;
  await exchange.send([
    ...requests,
    ...observed,
    ...(await artifactDrafts(runner, session, 'materialized')),
    ...(await drafts(runner, session, { state: 'waiting_approval', note })),
  ]);
};

/** Authorized again now, at effect time. */
export const outcomeOf = async (
  runner: Runner,
  session: Session,
  turn: CommittedTurn,
  approval: RowOf<'approvals'>,
): Promise<ApprovalState> => {
  const subject = await subjectOf(runner, session, turn);
  return stateNow(runner, session, approval, subject && digestOf(runner.home.suite, subject));
};

/** Closes the approval when it is decided, and says how it stands. */
export const settleApproval = async (
  runner: Runner,
  session: Session,
  turn: CommittedTurn,
): Promise<ApprovalState> => {
  const { home } = runner;
  const approval = home.tables.get('approvals', turn.approval);
  if (!approval) return 'pending';
  if (approval.open === 0) return approval.state;
  const outcome = await outcomeOf(runner, session, turn, approval);
  if (outcome !== 'pending') await closeApproval(runner, session, approval, outcome);
  return outcome;
};

/** A question whose session ended otherwise is taken back: nobody is left with something to decide. */
export const withdrawApproval = async (runner: Runner, session: Session): Promise<void> => {
  for (const approval of runner.home.tables.list('approvals', { session: session.id, open: 1 }))
    if (approval.node === session.node) await closeApproval(runner, session, approval, 'withdrawn');
};
