/** Asks people about a call of an engine while its turn waits, and answers the engine with what they decided. */
import { MAX_ASKED, MAX_OPEN_CALLS, MAX_PATH, MOST_BRIEF } from '../../core/bounds.ts';
import { digestOf } from '../../core/encoding/canonical.ts';
import { shortId, uuidv7 } from '../../core/encoding/id.ts';
import { durationMs } from '../../core/encoding/time.ts';
import { withoutSecrets } from '../../core/encoding/without-secrets.ts';
import { type AgentNode, bindingOf } from '../../core/graph/model.ts';
import { notEnforced } from '../../core/graph/tried.ts';
import { ENDING_OF, tally } from '../../core/machines/approval.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { CallSubject } from '../../core/protocol/messages/a2a.ts';
import { isDecidable, MAX_BODY_BYTES, wireBytes } from '../../core/protocol/size.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { type ApprovalState, BINDINGS, CALL_OPERATIONS } from '../../core/vocabulary.ts';
import type { NamedBytes, Permission, PermissionRequest } from '../../ports/index.ts';
import { attachedOf } from '../messaging/attached.ts';
import { nowSeconds } from '../messaging/home.ts';
import { carry, wholeOf } from '../messaging/long-text.ts';
import {
  approversOf,
  type CountedVote,
  closeApproval,
  observeApproval,
  type Rule,
  requestsTo,
  ruleOf,
  stateNow,
  votesOf,
} from './approving.ts';
import { refusalOf, waitInTurn } from './directive.ts';
import { grantsOf } from './grants.ts';
import { type Runner, specOfSession } from './runner.ts';
import type { SignedWrites } from './signed-writes.ts';

/** The turn whose engine asks. */
export type AskingTurn = {
  runner: Runner;
  session: RowOf<'sessions'>;
  turn: number;
  request: BodyOf<'task.request'>;
  /** All that its engine began with. */
  task: string;
  /** When its time is over, in Unix seconds: nobody is asked longer. */
  ends(): number;
  /** Its engine has ended: of what it still asks nothing is done. */
  isOver(): boolean;
  /** What people approved of it for its files. */
  signed: SignedWrites;
  /** What it was given, and nobody else. */
  secrets: readonly NamedBytes[];
  signal: AbortSignal;
};

type Approvers = Awaited<ReturnType<typeof approversOf>>;

const no = (reason: string): Permission => ({ decision: 'rejected', reason });

const ENDED = 'the turn ended while it waited';
const TOO_LONG = 'nobody approves what cannot be shown whole: it fits no message';
const TOO_MANY = `${MAX_OPEN_CALLS} requests of this session wait already`;
const hasRoom = ({ home }: Runner, session: RowOf<'sessions'>): boolean =>
  openCalls(home, session).length < MAX_OPEN_CALLS;

/** Than the policy demands. */
export const bindsLess = (
  { operation, binding }: Pick<PermissionRequest, 'operation' | 'binding'>,
  rule: Rule,
): boolean => BINDINGS.indexOf(binding) > BINDINGS.indexOf(bindingOf(operation, rule));

/** Of a change the text before and after it: a value of several lines stands in it with a sign before each. */
const sidesOf = ({ operation, command }: PermissionRequest): string[] => {
  if (operation !== 'file.write' || command === null) return [];
  const lines = command.split('\n');
  const side = (signs: string) =>
    lines.flatMap((line) => (signs.includes(line.charAt(0)) ? line.slice(1) : [])).join('\n');
  return [side(' -'), side(' +')];
};

/** Why nobody is asked, or null. */
const objectionTo = (
  { runner, session, secrets }: AskingTurn,
  asked: PermissionRequest,
  rule: Rule,
): string | null => {
  const { home } = runner;
  const demanded = bindingOf(asked.operation, rule);
  if (bindsLess(asked, rule))
    return `the policy asks for ${asked.operation} that is ${demanded}, and this one is ${asked.binding} alone`;
  const { command, words, input, option } = asked;
  // Not in its place: what is signed is what would run
  if (
    [...sidesOf(asked), command, words, input, option?.id, option?.name].some(
      (text) => text != null && withoutSecrets(secrets, text) !== text,
    )
  )
    return 'it has the value of a secret in it, which nobody is shown';
  if (!home.identities.has(session.node)) return 'this node is not assigned here any more';
  if (!home.leases.isLive(session.node))
    return 'this node’s lease is over: it asks nobody before it is renewed';
  return hasRoom(runner, session) ? null : TOO_MANY;
};

/** Or why nobody is asked. */
const approversFor = async (
  at: AskingTurn,
  asked: PermissionRequest,
  rule: Rule,
): Promise<Approvers | string> => {
  const objection = objectionTo(at, asked, rule);
  if (objection !== null) return objection;
  const approvers = await approversOf(at.runner, at.session, rule);
  return new Set(approvers.map(({ person }) => person)).size < rule.quorum
    ? 'nobody may approve it: too few people are left whom the policy names'
    : approvers;
};

/** With what is bound late, which may take long to look at: nothing is looked at where nobody would be asked. */
const wholeCall = async (
  at: AskingTurn,
  asked: PermissionRequest,
  rule: Rule,
): Promise<PermissionRequest | string> => {
  const { late } = asked;
  if (!late) return asked;
  return at.runner.inLine(at.session.id, async () => {
    const approvers = await approversFor(at, asked, rule);
    return typeof approvers === 'string' ? approvers : { ...asked, input: await late() };
  });
};

/** Asks who the policy names, and waits for what they decide: as long as the turn has. */
export const askCall = async (
  at: AskingTurn,
  said: PermissionRequest,
  rule: Rule,
  taken?: AbortSignal,
): Promise<Permission> => {
  const { runner, session } = at;
  const asked = await wholeCall(at, said, rule);
  if (typeof asked === 'string') return no(asked);
  const approvers = await approversFor(at, asked, rule);
  if (typeof approvers === 'string') return no(approvers);
  const found = await specOfSession(runner, session);
  const routes = runner.home.tables.get('routes', session.node);
  const policy = routes?.policy[asked.operation];
  // What is signed is of the policy that was looked at
  const isSame = JSON.stringify(routes?.approval[asked.operation]) === JSON.stringify(rule);
  if (!found || policy === undefined || !isSame) return no(WORDS.invalidated);
  const subject = subjectOf(at, asked, { policy, fence: found.assignment.fence, expires: rule.expires });
  if (!isShownWhole(subject)) return no(TOO_LONG);
  const seen = await wasSeen(runner, found.spec, asked);
  const refusal = await send(at, subject, approvers, seen).then(
    (isSent) => (isSent ? null : TOO_LONG),
    refusalWords,
  );
  if (refusal !== null) return no(refusal);
  if (!runner.home.tables.get('approvals', subject.approval)) return no(at.isOver() ? ENDED : TOO_MANY);
  const look = async () =>
    (await decisionOf(at, subject)) ?? (taken?.aborted ? takenBack(at, subject) : null);
  const decided = (await waitInTurn(at, look)) ?? no(ENDED);
  return decided.decision === 'approved' ? { ...decided, still: () => standing(at, subject) } : decided;
};

/** Of what was approved, and is done later: under the same policy and lease, by the same people, within its time. */
const standing = async (at: AskingTurn, subject: CallSubject): Promise<Permission> => {
  if (nowSeconds(at.runner.home) >= subject.expiresAt) return no(WORDS.expired);
  return (await decisionOf(at, subject)) ?? no('this node’s lease is over');
};

const refusalWords = (error: unknown): string => refusalOf(error).error.message;

const isShownWhole = (subject: CallSubject): boolean =>
  [subject.command, subject.words, subject.input].every((text) => (text ?? '').length <= MAX_ASKED) &&
  isDecidable(subject);

type Terms = { policy: string; fence: number; expires: string | undefined };
const subjectOf = (
  { runner: { home }, session, turn, ends }: AskingTurn,
  { operation, binding, command, words, input, option }: PermissionRequest,
  { policy, fence, expires }: Terms,
): CallSubject => {
  const seconds = Math.ceil((durationMs(expires ?? '') ?? Number.POSITIVE_INFINITY) / 1000);
  return {
    domain: 'entangle/subject/1',
    graph: home.graph,
    policy,
    approval: uuidv7(home.clock.now(), home.random.bytes(10)),
    session: session.id,
    attempt: session.attempt,
    fence,
    operation,
    expiresAt: Math.min(ends(), nowSeconds(home) + seconds),
    ...{ turn, binding, command, words, input, option },
  };
};

/** Null of what the runner itself does, which waits whatever the agent is. */
const wasSeen = async (
  runner: Runner,
  spec: AgentNode,
  { operation, option }: PermissionRequest,
): Promise<boolean | null> => {
  if (operation !== 'command.run' || option === null) return null;
  const probes = await runner.probes();
  return notEnforced(spec, [{ name: runner.home.self.name, probes }]) === null;
};

/** False where it fits no message. */
const send = async (
  { runner, session, request, task, isOver }: AskingTurn,
  subject: CallSubject,
  approvers: readonly { pubkey: string }[],
  seen: boolean | null,
): Promise<boolean> => {
  const { home, exchange } = runner;
  const me = home.identities.get(session.node);
  if (!me) return true;
  const subjectDigest = digestOf(home.suite, subject);
  const carried = await carry(home, task, MOST_BRIEF);
  const { approval } = subject;
  const grants = grantsOf(runner, session.node, subject).slice(0, 4);
  const body = {
    ...{ approval, session: session.id, subject, subjectDigest, diff: [], size: 0, files: 0 },
    ...{ task: carried.head, ...wholeOf(carried), ...attachedOf(request.attached) },
    path: [...request.budget.path, me.name].slice(-MAX_PATH),
    launchedBy: session.requester,
    ...(grants.length > 0 && { grants: grants.map(({ id }) => id) }),
    ...(seen !== null && { seen }),
  };
  if (wireBytes(body) > MAX_BODY_BYTES) return false;
  const requests = requestsTo(approvers, me.pubkey, body);
  const observed = { approval, operation: subject.operation, subjectDigest };
  const told = await observeApproval(runner, session, observed, 'pending');
  // Again: others may have been asked about meanwhile, or the turn may have ended
  await exchange.send(() => (!isOver() && hasRoom(runner, session) ? [...requests, ...told] : []));
  return true;
};

/** Null while it is open. That it is decided is told, and written down, before the engine hears of it. */
const decisionOf = async (
  { runner, session }: AskingTurn,
  subject: CallSubject,
): Promise<Permission | null> => {
  const { home } = runner;
  const approval = home.tables.get('approvals', subject.approval);
  if (!approval || !home.leases.isLive(session.node)) return null;
  const state = await standsAs(runner, session, subject, approval);
  if (state === 'pending') return null;
  if (approval.open === 1) {
    const votes = await votesNow(runner, session, approval);
    const grants = state === 'approved' ? votes.flatMap(({ grant }) => grant ?? []) : [];
    const rule = ruleOf(runner, session, subject.operation);
    const isStill = state !== 'approved' || (rule && tally(votes, rule.quorum) === 'approved');
    if (isStill) await closeApproval(runner, session, approval, state, grants);
  }
  const closed = home.tables.get('approvals', approval.id) ?? approval;
  // A grant that was to answer it is good no more
  if (closed.open === 1) return null;
  const who = await whoSaid(runner, session, closed, state);
  if (state !== 'approved') return no(`${WORDS[state]}${who === '' ? '' : ` by ${who}`}`);
  // Again: telling it may have taken long, and what was taken before it was written down counts
  if (!home.leases.isLive(session.node)) return no('this node’s lease is over');
  const rule = ruleOf(runner, session, subject.operation);
  if (!rule || policyNow(runner, session, subject) !== subject.policy) return no(WORDS.invalidated);
  return tally(await votesOf(runner, session, closed, rule), rule.quorum) === 'approved'
    ? { decision: 'approved', reason: `approved by ${who}` }
    : no(WORDS.rejected);
};

/** Its engine asks for it no more: whoever was asked is told. */
const takenBack = async ({ runner, session }: AskingTurn, { approval }: CallSubject): Promise<Permission> => {
  const row = runner.home.tables.get('approvals', approval);
  if (row?.open === 1) await closeApproval(runner, session, row, 'withdrawn');
  return no(WORDS.withdrawn);
};

const policyNow = (
  { home }: Runner,
  { node }: RowOf<'sessions'>,
  { operation }: CallSubject,
): string | undefined => home.tables.get('routes', node)?.policy[operation];

const standsAs = (
  runner: Runner,
  session: RowOf<'sessions'>,
  subject: CallSubject,
  approval: RowOf<'approvals'>,
): Promise<ApprovalState> | ApprovalState => {
  if (approval.open === 0) return approval.state;
  const policy = policyNow(runner, session, subject) ?? '';
  return stateNow(runner, session, approval, digestOf(runner.home.suite, { ...subject, policy }));
};

const WORDS = {
  rejected: 'rejected',
  superseded: 'sent back, which a call cannot be: rejected',
  expired: 'nobody decided it in time',
  withdrawn: 'it was taken back',
  invalidated: 'the graph changed while it was asked for: it has to be asked for anew',
} as const;

const votesNow = async (
  runner: Runner,
  session: RowOf<'sessions'>,
  approval: RowOf<'approvals'>,
): Promise<CountedVote[]> => {
  const rule = ruleOf(runner, session, approval.operation);
  return rule ? votesOf(runner, session, approval, rule) : [];
};

/** Those whose decision it came to, each with why, as far as the message has it. */
const whoSaid = async (
  runner: Runner,
  session: RowOf<'sessions'>,
  approval: RowOf<'approvals'>,
  state: ApprovalState,
): Promise<string> => {
  const { tables } = runner.home;
  const said = (await votesNow(runner, session, approval))
    .filter(({ decision }) => ENDING_OF[decision] === state)
    .map(({ person, approver, grant }) => {
      if (grant) return `${person} (grant ${shortId(grant.id)})`;
      const reason = tables.get('decisions', approval.id, approver)?.reason;
      return reason ? `${person} (${reason})` : person;
    });
  return said.join(', ');
};

const openCalls = (
  { tables }: Runner['home'],
  { id: session, node }: RowOf<'sessions'>,
): RowOf<'approvals'>[] =>
  CALL_OPERATIONS.flatMap((operation) => tables.list('approvals', { session, node, operation, open: 1 }));

export const hasOpenCalls = ({ home }: Runner, session: RowOf<'sessions'>): boolean =>
  openCalls(home, session).length > 0;

/** Nothing of the session runs: who was asked about a call of it decides nothing any more. */
export const withdrawCalls = async (runner: Runner, session: RowOf<'sessions'>): Promise<void> => {
  for (const approval of openCalls(runner.home, session))
    await closeApproval(runner, session, approval, 'withdrawn');
};
