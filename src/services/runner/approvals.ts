/** Asks people for a decision about exactly one commit, and counts what they decided. */
import { MAX_PATH } from '../../core/bounds.ts';
import { digestOf } from '../../core/encoding/canonical.ts';
import { ENDING_OF, tally, type Vote } from '../../core/machines/approval.ts';
import { verdictInTime } from '../../core/projection/queries.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { Draft } from '../../core/protocol/compose.ts';
import { fittingEvidence } from '../../core/protocol/size.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import type { ApprovalEnding, ApprovalState } from '../../core/vocabulary.ts';
import { attachedOf } from '../messaging/attached.ts';
import { edgeDenial } from '../messaging/authorization-context.ts';
import { nowSeconds } from '../messaging/home.ts';
import { carry, MOST_BRIEF, wholeOf } from '../messaging/long-text.ts';
import { readBody, readEvent } from '../messaging/read-event.ts';
import { drafts, finish } from './report-state.ts';
import type { Runner } from './runner.ts';
import { talkOf } from './talk.ts';
import { taskOf, textOfTurn, textTrouble } from './texts.ts';
import { transcriptOf } from './transcript.ts';
import { branchOf, type CommittedTurn, keptSummary, specOfSession } from './turn.ts';

type Session = RowOf<'sessions'>;
export type Rule = NonNullable<RowOf<'routes'>['approval'][typeof OPERATION]>;
/** A person whose key the routes name. */
type Person = RowOf<'peers'> & { pubkey: string };
const isPerson = (peer: RowOf<'peers'>): peer is Person => peer.kind === 'user' && peer.pubkey !== null;
const OPERATION = 'source.publish';
type Subject = BodyOf<'approval.request'>['subject'];

/** Peers that the policy names, by their present keys; the person who launched is left out under `four_eyes`. */
export const approversOf = async (runner: Runner, session: Session, rule: Rule): Promise<Person[]> => {
  const people = runner.home.tables.list('peers', { owner: session.node }).filter(isPerson);
  const named = people.filter((peer) => rule.by.includes(peer.name));
  if (!rule.four_eyes) return named;
  const launchers = await launchersOf(runner, session, people);
  const reviewers = people.filter(({ pubkey }) => hadASay(runner, session, pubkey));
  const authors = new Set([...launchers, ...reviewers.map(({ person }) => person)]);
  return named.filter(({ person }) => !authors.has(person) && !hasWords(runner, session, person));
};

/** Whose words are in a text that the agent got made the change with it. */
const hasWords = ({ home }: Runner, { id }: Session, person: string): boolean =>
  home.tables.list('wanted_turns', { session: id }).some(({ persons }) => persons.includes(person));

/** So do those of a reviewer while it ran: the engine gets them with either verdict. */
const hadASay = ({ home: { tables } }: Runner, { id }: Session, reviewer: string): boolean =>
  tables
    .list('reviews', { session: id, reviewer })
    .map((row) => verdictInTime(tables, row))
    .some((given) => given !== undefined && (given.verdict === 'changes' || given.reason !== null));

/** A person with two keys is one person, and a delegated task was launched by who stands in its path. */
const launchersOf = async (
  runner: Runner,
  session: Session,
  people: readonly Person[],
): Promise<Set<string>> => {
  const path = await pathOf(runner, session);
  const launched = people.filter((peer) => peer.pubkey === session.requester || path.includes(peer.name));
  return new Set([...path, ...launched.map((peer) => peer.person)]);
};

/** Names the task came through, the launcher's first: signed by whoever gave it to this node. */
const pathOf = async (runner: Runner, session: Session): Promise<string[]> =>
  (await readBody<BodyOf<'task.request'>>(runner.home, session.request))?.budget.path ?? [];

const subjectOf = async (runner: Runner, session: Session, turn: CommittedTurn): Promise<Subject | null> => {
  const found = await specOfSession(runner, session);
  const routes = runner.home.tables.get('routes', session.node);
  const policy = routes?.policy[OPERATION];
  if (!found?.spec.workspace || policy === undefined) return null;
  const node = runner.home.identities.get(session.node)!.name;
  return {
    domain: 'entangle/subject/1',
    graph: runner.home.graph,
    policy,
    approval: turn.approval,
    session: session.id,
    attempt: session.attempt,
    fence: found.assignment.fence,
    operation: OPERATION,
    expiresAt: turn.expires,
    remote: found.spec.workspace.repository,
    ref: `refs/heads/${branchOf(session, node)}`,
    expectedHead: turn.expected,
    commit: turn.commit_id,
    changes: turn.changes,
    hunks: turn.hunks,
  };
};

export const askApproval = async (
  runner: Runner,
  session: Session,
  turn: CommittedTurn,
  rule: Rule,
): Promise<void> => {
  const { home, exchange } = runner;
  const approvers = await approversOf(runner, session, rule);
  const persons = new Set(approvers.map((peer) => peer.person));
  if (persons.size < rule.quorum)
    return finish(runner, session, {
      state: 'failed',
      reason: 'nobody_may_approve',
      ...(await keptSummary(runner, session, turn)),
    });
  const subject = await subjectOf(runner, session, turn);
  const request = await readBody<BodyOf<'task.request'>>(home, session.request);
  if (!subject || !request) return;
  // The work is done: who approves it reads of the task what is here.
  const orBeginning = (error: unknown): string => {
    if (textTrouble(error) === null) throw error;
    return request.task;
  };
  const first = await taskOf(runner, session, request).catch(orBeginning);
  if (first === null) return;
  const given = await textOfTurn(runner, turn, first).catch(orBeginning);
  const { text: task } = await talkOf(runner, session, given, turn.changes);
  // Shorter than a request has it: beside it stands all that the approval binds to
  const carried = await carry(home, task, MOST_BRIEF);
  const subjectDigest = digestOf(home.suite, subject);
  const node = home.identities.get(session.node)!;
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
    ...transcriptOf(runner, session),
  };
  const requests = approvers.map(
    (peer): Draft<'approval.request'> => ({
      type: 'approval.request',
      from: node.pubkey,
      to: peer.pubkey,
      body,
      dedup: `ask:${subject.approval}`,
    }),
  );
  const observed = await observe(runner, session, subject.approval, 'pending', subjectDigest);
  const note = `waiting for ${rule.quorum} of ${approvers.map((peer) => peer.name).join(', ')}`;
  await exchange.send([
    ...requests,
    ...observed,
    ...(await drafts(runner, session, { state: 'waiting_approval', note })),
  ]);
};

const observe = async (
  runner: Runner,
  session: Session,
  approval: string,
  state: 'pending' | ApprovalEnding,
  subjectDigest: string,
): Promise<Draft[]> => {
  const { home } = runner;
  // Those that say what came of it first: not all of them may fit.
  const decisions = home.tables
    .list('decisions', { approval })
    .toSorted((a, b) => Number(ENDING_OF[b.decision] === state) - Number(ENDING_OF[a.decision] === state));
  const events = await Promise.all(decisions.map((one) => readEvent(home, one.message)));
  const seen = { approval, session: session.id, state, subjectDigest };
  return [
    {
      type: 'approval.observed',
      from: home.self.pubkey,
      to: home.host,
      body: { ...seen, evidence: fittingEvidence(seen, events, 4) as never },
      dedup: `approval:${approval}:${state}`,
    },
  ];
};

/** Authorized again now, at effect time: only who the newest policy still names counts, one vote a person. */
export const outcomeOf = async (
  runner: Runner,
  session: Session,
  turn: CommittedTurn,
  approval: RowOf<'approvals'>,
): Promise<ApprovalState> => {
  const { home } = runner;
  const rule = ruleOf(runner, session);
  const subject = await subjectOf(runner, session, turn);
  if (!rule || !subject || digestOf(home.suite, subject) !== approval.subject) return 'invalidated';
  const decided = tally(await votesOf(runner, session, approval, rule), rule.quorum);
  const outcome = decided === 'pending' ? decided : ENDING_OF[decided];
  // A decision that came too late stands in the ledger all the same: time is asked again at the effect.
  return outcome !== 'rejected' && approval.expires <= nowSeconds(home) ? 'expired' : outcome;
};

/** What the newest policy of the node asks of a publication. */
export const ruleOf = ({ home }: Runner, { node }: Session): Rule | undefined =>
  home.tables.get('routes', node)?.approval[OPERATION];

export type CountedVote = Vote & { approver: string; message: string };

/** Decisions about this subject that count, in the order in which they came: by whom the rule names, before it was closed. */
export const votesOf = async (
  runner: Runner,
  session: Session,
  approval: RowOf<'approvals'>,
  rule: Rule,
): Promise<CountedVote[]> => {
  const { tables } = runner.home;
  const approvers = new Map(
    (await approversOf(runner, session, rule)).map((peer) => [peer.pubkey, peer.person]),
  );
  const closed = closingLine(runner, approval);
  const lineOf = ({ message }: RowOf<'decisions'>) => tables.get('messages', message, 'in')?.line ?? 0;
  return tables
    .list('decisions', { approval: approval.id })
    .filter((one) => approvers.has(one.approver) && one.subject === approval.subject)
    .filter((one) => lineOf(one) < closed)
    .sort((a, b) => lineOf(a) - lineOf(b))
    .map(({ approver, decision, message }) => ({
      person: approvers.get(approver)!,
      ...{ decision, approver, message },
    }));
};
const closedDedup = (approval: string): string => `closed:${approval}`;

/** Where its end was written down, which people were told in the same batch; far away while it is open. */
const closingLine = ({ home }: Runner, { id, node, open }: RowOf<'approvals'>): number => {
  if (open === 1) return Number.POSITIVE_INFINITY;
  const said = { sender: node, type: 'approval.closed' as const, dedup: closedDedup(id) };
  const told = home.tables
    .list('approval_requests', { approval: id })
    .flatMap(({ approver }) => home.tables.list('messages', { ...said, recipient: approver }));
  return Math.min(...told.map(({ line }) => line));
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
  if (outcome !== 'pending') await close(runner, session, approval, outcome);
  return outcome;
};

/** A question whose session ended otherwise is taken back: nobody is left with something to decide. */
export const withdrawApproval = async (runner: Runner, session: Session): Promise<void> => {
  for (const approval of runner.home.tables.list('approvals', { session: session.id, open: 1 }))
    if (approval.node === session.node) await close(runner, session, approval, 'withdrawn');
};

const close = async (
  runner: Runner,
  session: Session,
  approval: RowOf<'approvals'>,
  outcome: ApprovalEnding,
): Promise<void> => {
  const { home, exchange } = runner;
  const id = approval.id;
  // Who has left the graph meanwhile can be told nothing, and holds up nobody.
  const reachable = home.tables
    .list('approval_requests', { approval: id })
    .filter(({ approver }) => !edgeDenial(home, session.node, approver, 'approval.closed', true));
  const closed = reachable.map(
    (asked): Draft<'approval.closed'> => ({
      type: 'approval.closed',
      from: session.node,
      to: asked.approver,
      body: {
        approval: id,
        session: session.id,
        state: outcome,
        subjectDigest: approval.subject,
      },
      re: asked.message,
      dedup: closedDedup(id),
    }),
  );
  const observed = await observe(runner, session, id, outcome, approval.subject);
  await exchange.send([...closed, ...observed]);
};
