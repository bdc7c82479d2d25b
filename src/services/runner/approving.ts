/** Who decides what a node asks, how their decisions count, and what everybody is told of it: the same for each operation. */
import { isTouched } from '../../core/evidence/touch.ts';
import { ENDING_OF, tally, type Vote } from '../../core/machines/approval.ts';
import { replyInTime, verdictInTime } from '../../core/projection/queries.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { Draft } from '../../core/protocol/compose.ts';
import type { UsedGrant } from '../../core/protocol/messages/row.ts';
import { fittingEvidence } from '../../core/protocol/size.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import type { ApprovalEnding, ApprovalState, Operation } from '../../core/vocabulary.ts';
import { edgeDenial } from '../messaging/authorization-context.ts';
import { nowSeconds } from '../messaging/home.ts';
import { readBody, readEvent } from '../messaging/read-event.ts';
import { grantsFor, nextUses, subjectPut } from './grants.ts';
import type { Runner } from './runner.ts';

type Session = RowOf<'sessions'>;
export type Rule = NonNullable<RowOf<'routes'>['approval'][Operation]>;
/** A person whose key the routes name. */
export type Approver = RowOf<'peers'> & { pubkey: string };
const isPerson = (peer: RowOf<'peers'>): peer is Approver => peer.kind === 'user' && peer.pubkey !== null;

/** Peers that the policy names, by their present keys; the person who launched is left out under `four_eyes`. */
export const approversOf = async (runner: Runner, session: Session, rule: Rule): Promise<Approver[]> => {
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

/** So do those of a reviewer, and of who was escalated to, while it ran: the engine gets them. */
const hadASay = ({ home: { tables } }: Runner, { id }: Session, reviewer: string): boolean =>
  tables
    .list('reviews', { session: id, reviewer })
    .map((row) => verdictInTime(tables, row))
    .some((given) => given !== undefined && (given.verdict === 'changes' || given.reason !== null)) ||
  tables
    .list('questions', { session: id })
    .some((row) => row.asked === reviewer && replyInTime(tables, row) !== null);

/** A person with two keys is one person, and a delegated task was launched by who stands in its path. */
const launchersOf = async (
  runner: Runner,
  session: Session,
  people: readonly Approver[],
): Promise<Set<string>> => {
  const path = await pathOf(runner, session);
  const launched = people.filter((peer) => peer.pubkey === session.requester || path.includes(peer.name));
  return new Set([...path, ...launched.map((peer) => peer.person)]);
};

/** Names the task came through, the launcher's first: signed by whoever gave it to this node. */
const pathOf = async (runner: Runner, session: Session): Promise<string[]> =>
  (await readBody<BodyOf<'task.request'>>(runner.home, session.request))?.budget.path ?? [];

/** What the newest policy of the node asks of an operation. */
export const ruleOf = ({ home }: Runner, { node }: Session, operation: Operation): Rule | undefined =>
  home.tables.get('routes', node)?.approval[operation];

/** `grant`: by which it was given in advance. */
export type CountedVote = Vote & { approver: string; message: string; grant: RowOf<'grants'> | null };

/** Decisions about this subject that count, in the order in which they came: by whom the rule names, before it was closed. */
export const votesOf = async (
  runner: Runner,
  session: Session,
  approval: RowOf<'approvals'>,
  rule: Rule,
): Promise<CountedVote[]> => {
  const { tables } = runner.home;
  const peers = new Map((await approversOf(runner, session, rule)).map((peer) => [peer.pubkey, peer]));
  const approvers = new Map([...peers].map(([pubkey, { person }]) => [pubkey, person]));
  const closed = closingLine(runner, approval);
  const lineOf = ({ message }: RowOf<'decisions'>) => tables.get('messages', message, 'in')?.line ?? 0;
  const said = tables
    .list('decisions', { approval: approval.id })
    .filter((one) => approvers.has(one.approver) && one.subject === approval.subject)
    .filter((one) => lineOf(one) < closed)
    .sort((a, b) => lineOf(a) - lineOf(b));
  const decided: CountedVote[] = [];
  for (const { approver, decision, message } of said) {
    const { person, ssh } = peers.get(approver)!;
    if (decision === 'approved' && rule.assurance && !(await hasTouched(runner, message, ssh))) continue;
    decided.push({ person, decision, approver, message, grant: null });
  }
  return [...decided, ...grantedVotes(await grantsFor(runner, approval), approvers, decided, rule.quorum)];
};

const hasTouched = async ({ home }: Runner, message: string, keys: readonly string[]): Promise<boolean> => {
  const said = await readBody<BodyOf<'approval.response'>>(home, message);
  return said !== undefined && isTouched(home.suite, said.sshsig, said.subjectDigest, keys);
};

/** Of people who have not decided themselves, one grant each, and no more of them than are missing. */
const grantedVotes = (
  grants: readonly RowOf<'grants'>[],
  approvers: ReadonlyMap<string, string>,
  decided: readonly Vote[],
  quorum: number,
): CountedVote[] => {
  const persons = new Set(decided.map(({ person }) => person));
  const votes: CountedVote[] = [];
  for (const grant of grants) {
    const { approver, message } = grant;
    const person = approvers.get(approver);
    if (person === undefined || persons.has(person) || persons.size >= quorum) continue;
    persons.add(person);
    votes.push({ person, decision: 'approved', approver, message, grant });
  }
  return votes;
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

/**
 * What was decided of exactly this subject, authorized again now: only who the newest policy still names counts, one vote
 * a person.
 */
export const stateNow = async (
  runner: Runner,
  session: Session,
  approval: RowOf<'approvals'>,
  subjectDigest: string | null,
): Promise<ApprovalState> => {
  // What it ended as was told and acted on: votes of before do not revive it
  if (approval.open === 0 && approval.state !== 'approved') return approval.state;
  const rule = ruleOf(runner, session, approval.operation);
  if (!rule || subjectDigest !== approval.subject) return 'invalidated';
  const decided = tally(await votesOf(runner, session, approval, rule), rule.quorum);
  const outcome = decided === 'pending' ? decided : ENDING_OF[decided];
  // A decision that came too late stands in the ledger all the same: time is asked again at the effect.
  return outcome !== 'rejected' && approval.expires <= nowSeconds(runner.home) ? 'expired' : outcome;
};

/** The same request to each of them. */
export const requestsTo = (
  approvers: readonly Pick<Approver, 'pubkey'>[],
  from: string,
  body: Omit<BodyOf<'approval.request'>, 'nonce'>,
): Draft<'approval.request'>[] =>
  approvers.map(({ pubkey: to }) => ({
    ...{ type: 'approval.request', from, to, body, dedup: `ask:${body.approval}` },
  }));

type Granted = NonNullable<BodyOf<'approval.observed'>['granted']>;
type Observed = {
  approval: string;
  operation: Operation;
  subjectDigest: string;
  granted?: Granted | undefined;
};
/** For the Host: that it was asked, or how it ended. */
export const observeApproval = async (
  { home }: Runner,
  session: Session,
  { approval, operation, subjectDigest, granted }: Observed,
  state: 'pending' | ApprovalEnding,
): Promise<Draft[]> => {
  // Those that say what came of it first: not all of them may fit.
  const decisions = home.tables
    .list('decisions', { approval })
    .toSorted((a, b) => Number(ENDING_OF[b.decision] === state) - Number(ENDING_OF[a.decision] === state));
  const given = (granted?.grants ?? []).flatMap((one) => home.tables.get('grants', one.grant) ?? []);
  const events = await Promise.all([...given, ...decisions].map((one) => readEvent(home, one.message)));
  const seen = {
    ...{ approval, session: session.id, operation, state, subjectDigest },
    ...(granted && { granted }),
  };
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

/** `grants`: by which it is approved. While one of them is good no more it stays open. */
export const closeApproval = async (
  runner: Runner,
  session: Session,
  approval: RowOf<'approvals'>,
  outcome: ApprovalEnding,
  grants: readonly RowOf<'grants'>[] = [],
): Promise<void> => {
  const uses = nextUses(runner, grants);
  const granted = uses && uses.length > 0 ? await grantedBy(runner, approval, uses) : undefined;
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
        ...(granted && { grants: granted.grants }),
      },
      re: asked.message,
      dedup: closedDedup(id),
    }),
  );
  const { operation, subject: subjectDigest } = approval;
  const observed = await observeApproval(
    runner,
    session,
    { approval: id, operation, subjectDigest, granted },
    outcome,
  );
  // Again: a grant may be used up or revoked meanwhile, and then it is open still
  const isSame = () => JSON.stringify(nextUses(runner, grants)) === JSON.stringify(uses);
  await exchange.send(() => (uses !== null && isSame() ? [...closed, ...observed] : []));
};

const grantedBy = async (
  runner: Runner,
  approval: RowOf<'approvals'>,
  grants: UsedGrant[],
): Promise<Granted | undefined> => {
  const subject = await subjectPut(runner, approval);
  // A commit has no repeat
  if (!subject || !('turn' in subject)) return undefined;
  const { attempt, fence, expiresAt, turn } = subject;
  return { attempt, fence, expiresAt, turn, grants };
};
