/** Asks people for a decision about exactly one commit, and counts what they decided. */
import { digestOf } from '../../core/canonical.ts';
import { tally } from '../../core/machines/approval.ts';
import type { Row } from '../../core/projection/tables.ts';
import type { Draft } from '../../core/protocol/compose.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { nowSeconds } from '../home.ts';
import { readBody, readEvent } from '../read-event.ts';
import { edgeDenial } from '../standing.ts';
import type { Runner } from './runner.ts';
import { drafts, finish, fitting } from './say.ts';
import { branchOf, specOfSession } from './turn.ts';

type Rule = { by: string[]; quorum: number; four_eyes?: boolean };
/** Names that a request tells of its path. */
const MAX_PATH = 17;
const OPERATION = 'source.publish';
type Subject = BodyOf<'approval.request'>['subject'];

/** Peers that the policy names, by their present keys; the person who launched is left out under `four_eyes`. */
export const approversOf = async (runner: Runner, session: Row, rule: Rule): Promise<Row[]> => {
  const people = runner.home.tables
    .list('peers', { owner: session.node! })
    .filter((peer) => peer.kind === 'user' && peer.pubkey !== null);
  const named = people.filter((peer) => rule.by.includes(String(peer.name)));
  if (!rule.four_eyes) return named;
  const launchers = await launchersOf(runner, session, people);
  return named.filter((peer) => !launchers.has(String(peer.person)));
};

/** A person with two keys is one person, and a delegated task was launched by who stands in its path. */
const launchersOf = async (runner: Runner, session: Row, people: readonly Row[]): Promise<Set<string>> => {
  const path = await pathOf(runner, session);
  const launched = people.filter(
    (peer) => peer.pubkey === session.requester || path.includes(String(peer.name)),
  );
  return new Set([...path, ...launched.map((peer) => String(peer.person))]);
};

/** Names the task came through, the launcher's first: signed by whoever gave it to this node. */
const pathOf = async (runner: Runner, session: Row): Promise<string[]> =>
  (await readBody<BodyOf<'task.request'>>(runner.home, String(session.request)))?.budget.path ?? [];

const subjectOf = async (runner: Runner, session: Row, turn: Row): Promise<Subject | null> => {
  const found = await specOfSession(runner, session);
  const routes = runner.home.tables.get('routes', session.node!);
  if (!found?.spec.workspace || !routes) return null;
  const node = runner.home.identities.get(String(session.node))!.name;
  return {
    domain: 'entangle/subject/1',
    graph: runner.home.graph,
    policy: String(JSON.parse(String(routes.policy))[OPERATION]),
    approval: String(turn.approval),
    session: String(session.id),
    attempt: Number(session.attempt),
    fence: Number(found.assignment.fence),
    operation: OPERATION,
    expiresAt: Number(turn.expires),
    remote: found.spec.workspace.repository,
    ref: `refs/heads/${branchOf(session, node)}`,
    expectedHead: turn.expected as string | null,
    commit: String(turn.commit_id),
    changes: String(turn.changes),
  };
};

export const askApproval = async (runner: Runner, session: Row, turn: Row, rule: Rule): Promise<void> => {
  const { home, exchange } = runner;
  const approvers = await approversOf(runner, session, rule);
  const persons = new Set(approvers.map((peer) => peer.person));
  if (persons.size < rule.quorum)
    return finish(runner, session, { state: 'failed', reason: 'nobody_may_approve' });
  const subject = await subjectOf(runner, session, turn);
  if (!subject) return;
  const subjectDigest = digestOf(home.suite, subject);
  const node = home.identities.get(String(session.node))!;
  const body = {
    approval: subject.approval,
    session: subject.session,
    subject,
    subjectDigest,
    diff: String(turn.diff),
    size: Number(turn.size),
    files: Number(turn.files),
    title: String(session.title).slice(0, 300),
    path: [...(await pathOf(runner, session)), node.name].slice(-MAX_PATH),
    launchedBy: String(session.requester),
  };
  const requests = approvers.map(
    (peer): Draft<'approval.request'> => ({
      type: 'approval.request',
      from: node.pubkey,
      to: String(peer.pubkey),
      body,
      session: subject.session,
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
  session: Row,
  approval: string,
  state: 'pending' | Ending,
  subjectDigest: string,
): Promise<Draft[]> => {
  const { home } = runner;
  const decisions = home.tables.list('decisions', { approval });
  const evidence = fitting(await Promise.all(decisions.map((one) => readEvent(home, String(one.message)))));
  return [
    {
      type: 'approval.observed',
      from: home.self.pubkey,
      to: home.host,
      body: {
        approval,
        session: String(session.id),
        state,
        subjectDigest,
        evidence: evidence.slice(0, 4) as never,
      },
      session: String(session.id),
      dedup: `approval:${approval}:${state}`,
    },
  ];
};

/** Authorized again now, at effect time: only who the newest policy still names counts, one vote a person. */
export const outcomeOf = async (runner: Runner, session: Row, turn: Row) => {
  const { home } = runner;
  const rules = JSON.parse(String(home.tables.get('routes', session.node!)?.approval ?? '{}'));
  const rule: Rule | undefined = rules[OPERATION];
  const subject = await subjectOf(runner, session, turn);
  const approval = home.tables.get('approvals', turn.approval!)!;
  if (!rule || !subject || digestOf(home.suite, subject) !== approval.subject) return 'invalidated' as const;
  const approvers = new Map(
    (await approversOf(runner, session, rule)).map((peer) => [peer.pubkey, String(peer.person)]),
  );
  const votes = home.tables
    .list('decisions', { approval: turn.approval! })
    .filter((one) => approvers.has(one.approver!) && one.subject === approval.subject)
    .sort((a, b) => lineOf(runner, a) - lineOf(runner, b))
    .map((one) => ({
      person: approvers.get(one.approver!)!,
      decision: one.decision as 'approved' | 'rejected',
    }));
  const outcome = tally(votes, rule.quorum);
  // A decision that came too late stands in the ledger all the same: time is asked again at the effect.
  return outcome !== 'rejected' && Number(approval.expires) <= nowSeconds(home)
    ? ('expired' as const)
    : outcome;
};

const lineOf = (runner: Runner, decision: Row): number =>
  Number(runner.home.tables.get('messages', decision.message!, 'in')?.line ?? 0);

/** Closes the approval when it is decided, and says how it stands. */
export const settleApproval = async (runner: Runner, session: Row, turn: Row): Promise<string> => {
  const { home } = runner;
  const approval = home.tables.get('approvals', turn.approval!);
  if (!approval) return 'pending';
  if (approval.open === 0) return String(approval.state);
  const outcome = await outcomeOf(runner, session, turn);
  if (outcome !== 'pending') await close(runner, session, approval, outcome);
  return outcome;
};

/** A question whose session ended otherwise is taken back: nobody is left with something to decide. */
export const withdrawApproval = async (runner: Runner, session: Row): Promise<void> => {
  for (const approval of runner.home.tables.list('approvals', { session: session.id!, open: 1 }))
    if (approval.node === session.node) await close(runner, session, approval, 'withdrawn');
};

type Ending = 'approved' | 'rejected' | 'expired' | 'withdrawn' | 'invalidated';
const close = async (runner: Runner, session: Row, approval: Row, outcome: Ending): Promise<void> => {
  const { home, exchange } = runner;
  const id = String(approval.id);
  // Who has left the graph meanwhile can be told nothing, and holds up nobody.
  const reachable = home.tables
    .list('asked', { approval: id })
    .filter(
      ({ approver }) => !edgeDenial(home, String(session.node), approver as string, 'approval.closed', true),
    );
  const closed = reachable.map(
    (asked): Draft<'approval.closed'> => ({
      type: 'approval.closed',
      from: String(session.node),
      to: String(asked.approver),
      body: {
        approval: id,
        session: String(session.id),
        state: outcome,
        subjectDigest: String(approval.subject),
      },
      re: String(asked.message),
      session: String(session.id),
      dedup: `closed:${id}`,
    }),
  );
  const observed = await observe(runner, session, id, outcome, String(approval.subject));
  await exchange.send([...closed, ...observed]);
};
