/** Carries every open session of this runner's nodes one step on; each step is said once, whatever crashed between. */
import { toHex } from '../../core/encoding/bytes.ts';
import type { EntangleError } from '../../core/errors.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import type { EngineType, SessionState } from '../../core/vocabulary.ts';
import type { NamedBytes } from '../../ports/index.ts';
import { isAsked } from '../messaging/attribution.ts';
import { edgeDenial } from '../messaging/authorization-context.ts';
import type { Home } from '../messaging/home.ts';
import { readBody } from '../messaging/read-event.ts';
import { ruleOf } from './approving.ts';
import { isExceeded } from './budget.ts';
import { hasOpenCalls, withdrawCalls } from './call-approval.ts';
import { goOn } from './changes-wanted.ts';
import { diskLack } from './disk-room.ts';
import { closeEscalations } from './escalate.ts';
import { cancelChildren, cancelHandoff, followHandoff } from './handed-off.ts';
import { handedOn } from './handoff.ts';
import { forgetAgents } from './kept-agents.ts';
import { hasBegun } from './leaving.ts';
import { recoveryDraft } from './observations.ts';
import { announcePushed, objectionOfRemote, publish } from './publish.ts';
import { publishAgain } from './publish-again.ts';
import {
  askApproval,
  type CommitQuestion,
  questionOrEnd,
  settleApproval,
  withdrawApproval,
} from './publish-approval.ts';
import {
  endWithoutEdge,
  finish,
  finishCutOff,
  reportState,
  tellCutOff,
  tellEnded,
  wasCutOff,
} from './report-state.ts';
import { closeReviews } from './request-review.ts';
import { hasVerdict, isReview, isReviewLeft } from './review-work.ts';
import { hasRoomFor, lackOf, needOf } from './room.ts';
import { attemptOf, lastTurnOf, type Runner, specOfSession } from './runner.ts';
import { lookForSecrets } from './secrets.ts';
import {
  cancellationOf,
  endedByHost,
  filesOf,
  rejectionOf,
  taskOf,
  textOfTurn,
  textTrouble,
} from './texts.ts';
import { type CommittedTurn, clearTurn, hasCommit, runTurn, turnAfter } from './turn.ts';
import { tellWaiting } from './waiting.ts';
import { keptSummary } from './workspace.ts';

/** Starts what there is capacity for, and moves what waits for nothing; a node without a live lease does nothing. */
export const advanceSessions = async (runner: Runner): Promise<void> => {
  const { home, turns, retries } = runner;
  forgetEnded(runner);
  await forgetAgents(runner);
  const nodes = [...home.identities.values()].filter((identity) => identity.role === 'node');
  for (const node of nodes) {
    await tellCutOff(runner, node.pubkey);
    if (home.leases.isLive(node.pubkey)) {
      await tellEnded(runner, node.pubkey);
      await closeReviews(runner, node.pubkey);
      await closeEscalations(runner, node.pubkey);
      publishAgain(runner, node.pubkey);
    }
    for (const session of home.tables.list('sessions', { open: 1, node: node.pubkey }, { order: 'line' })) {
      const id = session.id;
      const isCancelled = cancelled(runner, session);
      // Stopping needs no lease; telling of it does. A cancelled session waits for no further try.
      if (isCancelled) turns.stop(id);
      if (!home.leases.isLive(node.pubkey)) continue;
      if (!isCancelled && retries.isWaiting(id)) continue;
      if (isCancelled || !isLeft(runner, session))
        await step(runner, session).then(
          () => turns.isRunning(id) || retries.clear(id),
          (error: unknown) => failed(runner, id, error),
        );
      // What is only told delays no step
      await tellWaiting(runner, id).catch((error: unknown) => logFailed(runner, id, error));
    }
  }
};

/** What a runner that leaves has not begun is for whoever has the node next. */
const isLeft = ({ leaving }: Runner, session: RowOf<'sessions'>): boolean =>
  leaving !== null && !hasBegun(session);

/** However a session ended, it waits for no text and for no place. */
const forgetEnded = ({ home, late, lacking, paths }: Runner): void => {
  for (const known of [late, lacking, paths])
    for (const id of known.keys()) if (home.tables.get('sessions', id)?.open !== 1) known.delete(id);
};

const step = async (runner: Runner, session: RowOf<'sessions'>): Promise<void> => {
  const isRunning = runner.turns.isRunning(session.id);
  const isCancelled = cancelled(runner, session);
  const isCutOff = edgeDenial(runner.home, session.node, session.requester, 'task.update', true);
  if (isCancelled || isCutOff) runner.turns.stop(session.id);
  if (isRunning) return;
  // Only then: whoever waits for a place is asked in the order in which they came, with nothing between
  if (hasOpenCalls(runner, session)) await withdrawCalls(runner, session);
  if (isCutOff || isCancelled) {
    await withdrawApproval(runner, session);
    await cancelHandoff(runner, session);
    await cancelChildren(runner, session);
  }
  if (isCutOff) return endWithoutEdge(runner, session);
  if (isCancelled) await finishCancelled(runner, session);
  else await STEPS[session.state]?.(runner, session);
};

const failed = (runner: Runner, id: string, error: unknown): void => {
  runner.retries.failed(id);
  logFailed(runner, id, error);
};
const logFailed = (runner: Runner, id: string, error: unknown): void => {
  runner.home.log('error', `session ${id}: ${error instanceof Error ? error.message : error}`);
};

type Step = (runner: Runner, session: RowOf<'sessions'>) => Promise<void>;
const STEPS: Readonly<Partial<Record<SessionState, Step>>> = {
  requested: async (runner, session) => {
    // Between two nodes of this home the request is known when it is sent; it counts when it has arrived.
    if (session.request === null || !runner.home.tables.get('messages', session.request, 'in')) return;
    const request = await readBody<BodyOf<'task.request'>>(runner.home, session.request);
    if (!request) return;
    if ((await lookForTask(runner, session, request)) === null) return;
    if (wasCutOff(runner, session)) await finishCutOff(runner, session);
    else if (isExceeded(request.budget, nodeName(runner, session), peerName(runner, session)))
      await finish(runner, session, { state: 'budget_exceeded', reason: 'budget_exceeded' });
    else await reportState(runner, session, { state: 'accepted' });
  },
  accepted: async (runner, session) => {
    if (!(await mayBegin(runner, session))) return;
    await reportState(runner, session, { state: 'active' });
    await begin(runner, session);
  },
  active: async (runner, session) => {
    const turn = lastTurnOf(runner, session);
    const handed = handedOn(runner, session);
    if (handed) {
      if (runner.cutOff.delete(attemptOf(session))) await clearTurn(runner, session);
      return followHandoff(runner, session, handed);
    }
    if (turn && !wantsChanges(runner, turn)) await afterTurn(runner, session, turn);
    else if (await mayBegin(runner, session)) await begin(runner, session);
  },
  waiting_approval: async (runner, session) => {
    const turn = lastTurnOf(runner, session);
    if (!turn || !hasCommit(turn)) return;
    const outcome = await settleApproval(runner, session, turn);
    if (outcome === 'approved')
      inBackground(runner, session, (signal) => publish(runner, session, turn, signal));
    else if (outcome === 'rejected') await finishRejected(runner, session, turn);
    else if (outcome === 'superseded') await goOn(runner, session, turn);
    else if (outcome !== 'pending')
      await finish(runner, session, {
        state: 'failed',
        reason: `approval_${outcome}`,
        ...(await keptSummary(runner, session, turn)),
      });
  },
};

/** False where it waits, and where it is over, since what it waits for will never be there. */
const mayBegin = async (runner: Runner, session: RowOf<'sessions'>): Promise<boolean> => {
  if (await hasRoomFor(runner, session)) return true;
  const lack = runner.lacking.has(session.id) ? await lackOf(runner, session) : null;
  if (lack === null) return false;
  await finish(runner, session, { state: 'failed', reason: 'no_memory', summary: lack });
  return false;
};

/** `words`: of a further turn, what came since the one before; its text has nothing else that is new. */
type GivenTask = { task: string; words: string; attached: NamedBytes[] };
/** All that the turn gets; null while the rest of it may come, and where it will not: then the session is over. */
const lookForTask = async (
  runner: Runner,
  session: RowOf<'sessions'>,
  request: BodyOf<'task.request'>,
  turn = 1,
): Promise<GivenTask | null> => {
  try {
    const first = await taskOf(runner, session, request);
    const attached = first === null ? null : await filesOf(runner, session, request);
    if (first === null || attached === null) return null;
    const ofTurn = { session: session.id, attempt: session.attempt };
    const task = await textOfTurn(runner, { ...ofTurn, turn }, first);
    const said = turn > 1 ? await textOfTurn(runner, { ...ofTurn, turn: turn - 1 }, first) : task;
    return { task, words: task.startsWith(said) ? task.slice(said.length).trim() : '', attached };
  } catch (error) {
    const reason = textTrouble(error);
    if (reason === null) throw error;
    const { message, hint } = error as EntangleError;
    runner.home.log('warning', `session ${session.id}: ${message}`);
    const summary = [message, hint].filter(Boolean).join('; ');
    await finish(runner, session, { state: 'failed', reason, summary });
    return null;
  }
};

const LEFT = {
  ...({ state: 'cancelled', reason: 'review_over' } as const),
  summary: 'nobody waits for this review any more',
};
const finishCancelled = async (runner: Runner, session: RowOf<'sessions'>): Promise<void> => {
  if (cancelledByRequester(runner, session)) {
    const summary = await cancellationOf(runner, session);
    if (summary !== null)
      await finish(runner, session, { state: 'cancelled', reason: 'cancelled_by_requester', summary });
  } else if (cancelledByHost(runner, session)) {
    const summary = await endedByHost(runner, session);
    await finish(runner, session, { state: 'cancelled', reason: 'cancelled_by_host', summary });
  } else await finish(runner, session, hasVerdict(runner, session) ? { state: 'completed' } : LEFT);
};

const finishRejected = async (
  runner: Runner,
  session: RowOf<'sessions'>,
  turn: CommittedTurn,
): Promise<void> => {
  const words = await rejectionOf(runner, session, turn.approval);
  if (words === null) return;
  const said = await keptSummary(runner, session, turn, words);
  await finish(runner, session, { state: 'failed', reason: 'approval_rejected', ...said });
};

const wantsChanges = ({ home }: Pick<Runner, 'home'>, { approval }: RowOf<'turns'>): boolean =>
  home.tables.get('approvals', approval)?.state === 'superseded';

/** Of these nobody recorded how their turn ended: it runs again, from its beginning. */
export const cutOffTurns = (home: Home): Set<string> => {
  const isCutOff = (session: RowOf<'sessions'>): boolean => {
    const turn = lastTurnOf({ home }, session);
    return session.state === 'active' && (!turn || wantsChanges({ home }, turn));
  };
  return new Set(home.tables.list('sessions', { open: 1 }).filter(isCutOff).map(attemptOf));
};

const nodeName = (runner: Runner, session: RowOf<'sessions'>): string =>
  runner.home.identities.get(session.node)?.name ?? '';
const peerName = (runner: Runner, session: RowOf<'sessions'>): string =>
  runner.home.tables.list('peers', { owner: session.node, pubkey: session.requester })[0]?.name ?? '';

/** Looks for the task first: waiting for the rest of it is no trouble, and holds no place. */
const begin = async (runner: Runner, session: RowOf<'sessions'>): Promise<void> => {
  const request = await readBody<BodyOf<'task.request'>>(runner.home, session.request);
  if (!request) return;
  const now = runner.home.tables.get('sessions', session.id) ?? session;
  const last = lastTurnOf(runner, now);
  const before = last && hasCommit(last) ? last : null;
  const given = await lookForTask(runner, now, request, turnAfter(before));
  if (given === null) return;
  const need = await needOf(runner, session);
  // Meanwhile a turn that has its answer may be back at its place, or another runner of this process has begun one
  if (!runner.turns.hasRoom(true, need)) return;
  inBackground(
    runner,
    session,
    async (signal) => {
      if (await announcePushed(runner, now)) return;
      const lack = await diskLack(runner);
      if (lack !== null) return finish(runner, now, { state: 'failed', reason: 'no_disk', summary: lack });
      const secrets = await lookForSecrets(runner, now, signal);
      if (secrets === null) return;
      await tellRepeated(runner, now, turnAfter(before));
      try {
        await runTurn(runner, session, { request, ...given, secrets, before }, signal);
      } finally {
        runner.credentials.delete(session.id);
      }
    },
    need,
  );
};

/** Once a process of this runner: the next one may be cut off too. */
const tellRepeated = async (runner: Runner, session: RowOf<'sessions'>, turn: number): Promise<void> => {
  const { home, cutOff, exchange } = runner;
  if (!cutOff.delete(attemptOf(session))) return;
  const time = toHex(home.random.bytes(8));
  await exchange.send([recoveryDraft(home, session, { kind: 'turn_repeated', turn, time })]);
};

/** What an engine left behind decides what comes next. */
const afterTurn = async (runner: Runner, session: RowOf<'sessions'>, turn: RowOf<'turns'>): Promise<void> => {
  if (turn.status !== 'done')
    return finish(runner, session, {
      state: 'failed',
      reason: `turn_${turn.status}`,
      summary: failedWords(turn, (await specOfSession(runner, session))?.spec.engine.type ?? 'exec'),
    });
  if (isReview(runner, session) && !hasVerdict(runner, session))
    return finish(runner, session, { state: 'failed', reason: 'no_verdict', summary: turn.tail });
  if (!hasCommit(turn)) return finish(runner, session, { state: 'completed', summary: turn.tail });
  const routes = runner.home.tables.get('routes', session.node);
  if (!routes) return;
  const rule = routes.approval['source.publish'];
  if (rule) {
    // Before the remote: while this waits for a text, nothing is asked of it again and again
    const question = await questionOrEnd(runner, session, turn, rule);
    if (question === null) return;
    return inBackground(runner, session, (signal) =>
      askWithObjection(runner, session, turn, question, signal),
    );
  }
  inBackground(runner, session, (signal) => publish(runner, session, turn, signal));
};

/** The remote is asked first, and in the background: it may take its time, and other sessions go on. */
const askWithObjection = async (
  runner: Runner,
  session: RowOf<'sessions'>,
  turn: CommittedTurn,
  question: CommitQuestion,
  signal: AbortSignal,
): Promise<void> => {
  const objection = await objectionOfRemote(runner, session, turn);
  const rule = ruleOf(runner, session, 'source.publish');
  // Meanwhile it may be over, or nobody need be asked: its next step goes by that
  if (signal.aborted || !rule || !runner.home.leases.isLive(session.node)) return;
  await askApproval(runner, session, turn, rule, { ...question, objection });
};

/** What a shell means by it: a task in prose that a shell runs ends so, and an agent whose interpreter is not there. */
const EXITS: Readonly<Record<EngineType, Readonly<Record<number, string>>>> = {
  exec: {
    126: ' (a command that cannot be run)',
    127: ' (a command was not found: where the engine is a shell, a task is a command)',
  },
  acp: {
    126: ' (the program of the agent cannot be run)',
    127: ' (a program was not found: look whether the command of the agent, and what that starts, is on the PATH of its runner and in its sandbox)',
  },
};
/** With the engine's exit status where it ended by itself: often it is all there is. */
const failedWords = ({ status, exit, tail }: RowOf<'turns'>, engine: EngineType): string =>
  [
    ...(status === 'failed' && exit !== null ? [`exit ${exit}${EXITS[engine][exit] ?? ''}`] : []),
    ...(tail === '' ? [] : [tail]),
  ].join('\n');

/** A failing turn fails its session, never the runner. */
const inBackground = (
  runner: Runner,
  session: RowOf<'sessions'>,
  work: (signal: AbortSignal) => Promise<void>,
  need = 0,
): void => {
  const { id } = session;
  const settled = (signal: AbortSignal) =>
    work(signal).then(
      () => runner.retries.clear(id),
      (error: unknown) => failed(runner, id, error),
    );
  void runner.turns.run(id, settled, need).then(() => runner.poke());
};

const cancelled = (runner: Runner, session: RowOf<'sessions'>): boolean =>
  isReviewLeft(runner, session) || cancelledByRequester(runner, session) || cancelledByHost(runner, session);

/** To a key that the task was asked of: an edge to another node here cancels nothing of this one. */
const cancelledByRequester = (runner: Runner, session: RowOf<'sessions'>): boolean => {
  const { id, requester } = session;
  return runner.home.tables
    .list('messages', { session: id, type: 'task.cancel', sender: requester })
    .some((row) => isAsked(runner.home, id, row.recipient));
};

/** In whichever attempt: what an operator wants ended is ended wherever it goes on. */
const cancelledByHost = ({ home }: Runner, { id: session }: RowOf<'sessions'>): boolean =>
  home.tables.count('messages', { session, type: 'session.cancel', dir: 'in', sender: home.host }) > 0;
