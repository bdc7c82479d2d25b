/** Publishes exactly the commit that was approved, by its id, with a lease on the head that was shown. */
import { EntangleError, withHint } from '../../core/errors.ts';
import { type AgentNode, landingBranch } from '../../core/graph/model.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { Pushed, PushOutcome } from '../../core/vocabulary.ts';
import type { Repository } from '../../ports/index.ts';
import { requestsOf } from '../messaging/attribution.ts';
import { record } from '../messaging/rejections.ts';
import { artifactOf } from './artifact-life.ts';
import { isAsShown } from './change.ts';
import { evidenceDrafts } from './evidence.ts';
import { forRequester, keptWork } from './kept-work.ts';
import { NotGranted } from './publication.ts';
import { outcomeOf } from './publish-approval.ts';
import { drafts, finish } from './report-state.ts';
import { type Runner, specOfSession } from './runner.ts';
import { type CommittedTurn, hasCommit, isFinalTrouble } from './turn.ts';
import { requesterMessage } from './turn-result.ts';
import { branchOf, repositoryOf } from './workspace.ts';

/** Safe to run again: the intent is on record, and a push finds its own commit on the remote. */
export const publish = async (
  runner: Runner,
  session: RowOf<'sessions'>,
  turn: CommittedTurn,
  signal: AbortSignal,
): Promise<void> => {
  const came = await tryToPush(runner, session, turn, signal).catch(async (error: unknown) => {
    // Cancelled, or without a lease: it is not the remote that it waits for
    const isOurs = signal.aborted || !runner.home.leases.isLive(session.node);
    if (isOurs || !isFinalTrouble(runner, session, error)) throw error;
    const found = await specOfSession(runner, session);
    const repository = found && repositoryOf(runner, found.spec, session);
    if (!repository) throw error;
    await finishUnknown(runner, session, { repository, commit: turn.commit_id }, error);
    return null;
  });
  if (came === null || came.reason === NOT_ASKED) return;
  const { repository, branch, reason, summary } = came;
  if (reason === null) return announce(runner, session, turn, repository.url, branch);
  await finishUnpushed(runner, session, { repository, commit: turn.commit_id }, { reason, said: summary });
};

type Unpushed = { repository: Repository; commit: string };
const finishUnpushed = (
  runner: Runner,
  session: RowOf<'sessions'>,
  { repository, commit }: Unpushed,
  { reason, said }: { reason: string; said: string },
): Promise<void> => {
  const summary = forRequester(runner, said, [keptWork(runner, repository, commit)]);
  return finish(runner, session, { state: 'failed', reason, summary, why: forRequester(runner, said) });
};

/** Nobody can say whether it is on the remote. */
const finishUnknown = (
  runner: Runner,
  session: RowOf<'sessions'>,
  made: Unpushed,
  error: unknown,
): Promise<void> =>
  finishUnpushed(runner, session, made, {
    ...{ reason: 'remote_unknown', said: requesterMessage(runner, error, 'push') },
  });

/** Asked before people are: what cannot be pushed as things are is told before anybody reads it. */
export const objectionOfRemote = async (
  runner: Runner,
  session: RowOf<'sessions'>,
  { commit_id: commit, expected }: CommittedTurn,
): Promise<string | null> => {
  const found = await specOfSession(runner, session);
  const repository = found && repositoryOf(runner, found.spec, session);
  if (!repository) return null;
  const branch = branchOf(runner, session, found.spec);
  const said = await runner.git.objection(repository, { commit, branch, expected });
  return said === null ? null : forRequester(runner, said);
};

/** `reason`: why the commit is not on the remote; null where it is. */
type Came = { repository: Repository; branch: string; reason: string | null; summary: string };

/** Null where the node has no repository any more. `isAnew`: what came of an earlier push is not the answer. */
export const tryToPush = async (
  runner: Runner,
  session: RowOf<'sessions'>,
  turn: CommittedTurn,
  signal: AbortSignal,
  isAnew = false,
): Promise<Came | null> => {
  const { home, git } = runner;
  const found = await specOfSession(runner, session);
  const repository = found && repositoryOf(runner, found.spec, session);
  if (!repository) return null;
  const commit = turn.commit_id;
  const branch = branchOf(runner, session, found.spec);
  const about = { session: session.id, attempt: session.attempt, commit };
  const noted = home.tables.get('publishes', session.id, session.attempt);
  // Of another turn's commit it says nothing
  const before = noted?.commit_id === commit ? noted : undefined;
  if (!before) await record(home, 'publish.intended', { ...about, branch });
  const expected = turn.expected;
  const known = isAnew && before?.outcome !== 'pushed' ? undefined : before?.outcome;
  const push = async (): Promise<Pushed> => {
    const objection = await objectionTo(runner, session, turn, { ...found, repository });
    if (objection === null) return git.push(repository, { commit, branch, expected });
    // An answer can be lost after the ref was written, while it still might: then it is done.
    if (before && (await git.remoteHead(repository, branch)) === commit) return 'pushed';
    throw new Objection(objection);
  };
  const { outcome, summary, reason } = known
    ? { outcome: known, summary: '', reason: REASONS[known] }
    : await pushed(runner, signal, push).catch((error: unknown) => objected(error));
  if (outcome === 'objected') return { repository, branch, reason, summary };
  if (!known) await record(home, 'publish.finished', { ...about, outcome });
  const said = outcome === 'moved' ? await movedWords(runner, repository, branch, expected) : summary;
  return { repository, branch, reason, summary: said };
};

/** Both ids, as far as the remote answers: what is there now is the remote's, and stays. */
const movedWords = async (
  { git }: Runner,
  repository: Repository,
  branch: string,
  expected: string | null,
): Promise<string> => {
  const now = await git.remoteHead(repository, branch).catch(() => undefined);
  const is = now === undefined ? 'is at another commit now' : now === null ? 'is gone' : `is at ${now} now`;
  const was = expected === null ? 'was not there' : `was at ${expected}`;
  return `branch "${branch}" ${is}, and ${was} when this was made; nothing was written over`;
};

/**
 * An earlier attempt of the session pushed, and its key went before it could say so: the new key says it, and nothing is
 * done again. False where none did; a push whose answer was lost is looked for on the remote, and where that cannot be
 * asked the session ends: the work may be there.
 */
export const announcePushed = async (runner: Runner, session: RowOf<'sessions'>): Promise<boolean> => {
  for (const row of runner.home.tables.list('publishes', { session: session.id })) {
    const turns = runner.home.tables.list('turns', { session: session.id, attempt: row.attempt });
    const turn = turns.filter(hasCommit).find((one) => one.commit_id === row.commit_id);
    if (row.attempt >= session.attempt || !turn) continue;
    // To the repository that its own key was given: another one may be why there is a new key
    const node = requestsOf(runner.home, session.id).find((one) => one.attempt === row.attempt)?.node;
    const found = node === undefined ? null : await specOfSession(runner, { ...session, node });
    const repository = found && repositoryOf(runner, found.spec, session);
    if (!repository) continue;
    try {
      if (!(await isPushed(runner, repository, row))) continue;
    } catch (error) {
      if (!isFinalTrouble(runner, session, error)) throw error;
      await finishUnknown(runner, session, { repository, commit: row.commit_id }, error);
      return true;
    }
    await announce(runner, session, turn, repository.url, row.branch);
    return true;
  }
  return false;
};

const isPushed = async (
  { git }: Runner,
  repository: Repository,
  { outcome, branch, commit_id }: RowOf<'publishes'>,
): Promise<boolean> =>
  outcome === null ? (await git.remoteHead(repository, branch)) === commit_id : outcome === 'pushed';

class Objection extends Error {}
/** No end of the session: its next step asks. */
export const NOT_ASKED = 'not_asked';
const objected = (error: unknown): { outcome: 'objected'; reason: string; summary: string } => {
  if (error instanceof Objection) return { outcome: 'objected', reason: error.message, summary: '' };
  if (error instanceof NotGranted)
    return { outcome: 'objected', reason: 'publish_not_granted', summary: withHint(error) };
  throw error;
};

/**
 * Authorized at the effect, before each try: by a live lease, by who must still approve, and by a commit that still is
 * what was shown. Why not, or null.
 */
const objectionTo = async (
  runner: Runner,
  session: RowOf<'sessions'>,
  turn: CommittedTurn,
  { repository, spec }: { repository: Repository; spec: AgentNode },
): Promise<string | null> => {
  const { home } = runner;
  if (!home.leases.isLive(session.node))
    throw new EntangleError('unavailable', 'the lease is over: nothing is published before it is renewed');
  const approval = home.tables.get('approvals', turn.approval);
  const routes = home.tables.get('routes', session.node);
  // The policy came while an unapproved push was tried: people are asked first.
  if (!approval && (!routes || routes.approval['source.publish'])) return NOT_ASKED;
  // The policy went, and the graph by which this node works wants one (T148)
  if (!approval && landingBranch(spec) !== null) return 'nobody_may_approve';
  const outcome = approval ? await outcomeOf(runner, session, turn, approval) : 'approved';
  if (outcome !== 'approved') return `approval_${outcome === 'pending' ? 'invalidated' : outcome}`;
  return (await isAsShown(runner, repository, turn)) ? null : 'not_as_shown';
};

const REASONS: Readonly<Record<PushOutcome, string | null>> = {
  pushed: null,
  moved: 'remote_moved',
  refused: 'remote_refused',
};
const REFUSED_AGAIN_MS = [1000, 2000, 4000];

/** A remote that says no is asked again a few times, since what was in the way may go; then its words are the answer. */
const pushed = async (
  { home }: Runner,
  signal: AbortSignal,
  push: () => Promise<Pushed>,
): Promise<{ outcome: PushOutcome; reason: string | null; summary: string }> => {
  for (let tries = 0; ; tries++) {
    try {
      const outcome = await push();
      return { outcome, reason: REASONS[outcome], summary: '' };
    } catch (error) {
      const isOfRemote = error instanceof EntangleError && !(error instanceof NotGranted);
      if (!isOfRemote || error.code === 'unavailable') throw error;
      home.log('warning', error.message);
      const wait = REFUSED_AGAIN_MS[tries];
      if (wait === undefined)
        return { outcome: 'refused', reason: REASONS.refused, summary: withHint(error) };
      await home.clock.sleep(wait, signal);
      if (signal.aborted) throw error;
    }
  }
};

const announce = async (
  runner: Runner,
  session: RowOf<'sessions'>,
  turn: CommittedTurn,
  repository: string,
  branch: string,
): Promise<void> => {
  const told = artifactOf(runner, session, { ...turn, repository, branch }, 'published');
  const end = { state: 'completed', commit: turn.commit_id, summary: turn.tail } as const;
  const asked = await evidenceDrafts(runner, session, turn);
  await runner.exchange.send([...told, ...asked, ...(await drafts(runner, session, end))]);
};
