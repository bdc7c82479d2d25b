/** A state of a session, said to its requester and observed to the Host. */

import { cutText } from '../../core/encoding/cut.ts';
import { inputsTo, isTerminal } from '../../core/machines/machine.ts';
import { sessionMachine } from '../../core/machines/session.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { Draft } from '../../core/protocol/compose.ts';
import type { Transcript } from '../../core/protocol/messages/a2a.ts';
import { fittingEvidence } from '../../core/protocol/size.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import type { SessionState } from '../../core/vocabulary.ts';
import { artifactDedup, requestsOf } from '../messaging/attribution.ts';
import { edgeDenial } from '../messaging/authorization-context.ts';
import { readBody, readEvent } from '../messaging/read-event.ts';
import { record } from '../messaging/rejections.ts';
import type { Sayable } from '../messaging/send.ts';
import { artifactDrafts } from './artifact-life.ts';
import { conversationOf, recoveryDraft, type TaskAnswer } from './observations.ts';
import type { Runner } from './runner.ts';
import { transcriptOf } from './transcript.ts';

export type StateReport = {
  state: SessionState;
  reason?: string;
  note?: string;
  summary?: string;
  /** Of a commit that is not published: the summary without where it is kept; the summary where this is left out. */
  why?: string;
  commit?: string;
  transcript?: Transcript;
};
const TYPE_OF: Partial<Record<SessionState, 'task.accept' | 'task.update'>> = {
  accepted: 'task.accept',
  active: 'task.update',
  waiting_approval: 'task.update',
};
const dedupOf = (session: string, attempt: number, step: number): string =>
  `state:${session}:${attempt}:${step}`;

type AnswerWords = { [T in TaskAnswer]: { type: T; body: BodyOf<T> } }[TaskAnswer];
type Session = RowOf<'sessions'>;

/** A step is the owner's own count, so saying it twice is saying it once. */
const moveOf = (session: Session, { state }: StateReport) => ({
  session: session.id,
  attempt: session.attempt,
  step: session.step + 1,
  state,
});

const wordsOf = (session: Session, saying: StateReport): AnswerWords => {
  const { state, reason, note, summary, commit, transcript } = saying;
  // Of a turn that ended; while one runs it would be another's
  const printed = transcript && state !== 'active' ? { transcript } : {};
  const move = moveOf(session, saying);
  const type = TYPE_OF[state] ?? 'task.result';
  if (type === 'task.accept') return { type, body: move };
  if (type === 'task.update')
    return { type, body: { ...move, ...(note ? { note: cutText(note, 1000) } : {}), ...printed } };
  const result = {
    ...(reason ? { reason } : {}),
    ...(summary ? { summary: cutText(summary, 2000) } : {}),
    ...(commit ? { commit } : {}),
    ...printed,
  };
  return { type, body: { ...move, ...result } };
};

/** What the requester is told of a state, as the answer to this request. */
const toRequester = (session: Session, request: string, saying: StateReport): Draft<TaskAnswer> => ({
  ...wordsOf(session, saying),
  from: session.node,
  to: session.requester,
  re: request,
  dedup: dedupOf(session.id, session.attempt, session.step + 1),
});

const toHost = async (
  { home }: Runner,
  session: Session,
  saying: StateReport,
): Promise<Draft<'session.observed'>> => {
  const { state, reason } = saying;
  const move = moveOf(session, saying);
  // Who was asked begins an attempt at the Host; one that was put back since learns of it by its end
  const shows = move.step === 1 || isTerminal(sessionMachine, state);
  const request = shows ? await readEvent(home, session.request) : undefined;
  const node = home.identities.get(session.node)!;
  const seen = { ...move, node: node.name, requester: session.requester, ...(reason ? { reason } : {}) };
  return {
    type: 'session.observed',
    from: home.self.pubkey,
    to: home.host,
    body: { ...seen, evidence: fittingEvidence(seen, [request], 2) },
    dedup: dedupOf(move.session, move.attempt, move.step),
  };
};

/** All that one state says, to whom. Nobody takes an answer to a request that is not here. */
export const drafts = async (runner: Runner, session: Session, saying: StateReport): Promise<Sayable[]> => {
  const { home } = runner;
  const said = { ...saying, ...transcriptOf(runner, session) };
  const told = session.request === null ? [] : [toRequester(session, session.request, said)];
  const { id, attempt } = session;
  const move = { session: id, conversation: id, attempt, move: 'answered' } as const;
  return [
    ...told,
    await toHost(runner, session, saying),
    ...(saying.state === 'accepted' && attempt > 1
      ? [recoveryDraft(home, session, { kind: 'taken_up' })]
      : []),
    ...(isTerminal(sessionMachine, saying.state) ? told : []).flatMap((of) => conversationOf(home, of, move)),
    ...(isTerminal(sessionMachine, saying.state) && saying.state !== 'completed'
      ? await artifactDrafts(runner, session, 'failed', (saying.why ?? saying.summary) || saying.reason)
      : []),
  ];
};

export const reportState = async (
  runner: Runner,
  session: RowOf<'sessions'>,
  saying: StateReport,
): Promise<void> => runner.exchange.send(await drafts(runner, session, saying));

const MOVES = ['task.accept', 'task.update', 'task.result'] as const;
/**
 * A runner that was killed may have on disk that a session moved, and not what it was about to say of that to others: nothing else would
 * say it, since the session has moved. It is of the last move, as nothing came after it.
 */
export const sayRest = async (runner: Runner): Promise<void> => {
  const { home, exchange } = runner;
  const newest = { order: 'line', descending: true, limit: 1 } as const;
  const [last] = MOVES.flatMap((type) => home.tables.list('messages', { type, dir: 'out' }, newest)).sort(
    (one, other) => other.line - one.line,
  );
  const said = last && (await readBody<BodyOf<'task.result'>>(home, last.id));
  const session = said && home.tables.get('sessions', said.session);
  const isLast = session?.node === last?.sender && session?.attempt === said?.attempt;
  if (!said || !session || !isLast || session.step !== said.step || !home.identities.has(session.node))
    return;
  const { state, reason, summary, commit } = said;
  const saying = { state, ...(reason && { reason }), ...(summary && { summary }), ...(commit && { commit }) };
  await exchange.send(await drafts(runner, { ...session, step: said.step - 1 }, saying));
};

/** The terminal word. */
export const finish = reportState;

const EDGE_REMOVED = 'edge_removed';
/** What a session whose edge went comes to. */
export const cutOff = { state: 'failed', reason: EDGE_REMOVED } as const satisfies StateReport;

/** Whether a session, in any of its attempts, ended because its edge went: no later edge brings it back. */
export const wasCutOff = (runner: Runner, session: RowOf<'sessions'>): boolean =>
  runner.home.tables
    .list('transitions', { kind: 'session', id: session.id })
    .some((move) => move.reason === EDGE_REMOVED);

export const finishCutOff = (runner: Runner, session: RowOf<'sessions'>): Promise<void> =>
  finish(runner, session, cutOff);

/** What ended while there was no edge to say it over is said when there is one again. */
export const tellCutOff = async (runner: Runner, node: string): Promise<void> => {
  const { home, exchange } = runner;
  for (const session of home.tables.list('sessions', { node, reason: EDGE_REMOVED })) {
    const { requester, attempt, step, id, request } = session;
    if (request === null) continue;
    const said = { sender: node, recipient: requester, type: 'task.result' as const };
    if (home.tables.count('messages', { ...said, dedup: dedupOf(id, attempt, step) })) continue;
    if (edgeDenial(home, node, requester, 'task.result', true)) continue;
    await exchange.send([toRequester({ ...session, step: step - 1 }, request, cutOff)]);
  }
};

/**
 * A requester that had not heard of the end when the node got another key asks again, for the next attempt. The work
 * is not done twice: the new key says what came of it.
 */
export const tellEnded = async (runner: Runner, node: string): Promise<void> => {
  const { home, exchange } = runner;
  for (const session of home.tables.list('sessions', { asked_again: node })) {
    const { id, requester, state } = session;
    // Once it is over nobody but its requester asks, and of this node last.
    const { attempt, request } = requestsOf(home, id).at(-1)!;
    const way = inputsTo(sessionMachine, state);
    if (request === null || !way) continue;
    const told = { sender: node, recipient: requester, type: 'task.result' as const };
    if (home.tables.count('messages', { ...told, dedup: dedupOf(id, attempt, way.length) })) continue;
    if (!home.tables.get('messages', request, 'in')) continue;
    if (edgeDenial(home, node, requester, 'task.result', true)) continue;
    const printed = transcriptOf(runner, session);
    // Only the last step has words for a result.
    const says = way.map((one, step) =>
      toRequester({ ...session, node, attempt, step }, request, {
        state: one,
        ...resultOf(session),
        ...printed,
      }),
    );
    await exchange.send([...artifactsOf(runner, session, node), ...says]);
  }
};

const resultOf = (session: RowOf<'sessions'>): Pick<StateReport, 'reason' | 'summary' | 'commit'> => {
  const { summary, commit } = session.detail ?? {};
  return {
    ...(session.reason ? { reason: session.reason } : {}),
    ...(summary ? { summary } : {}),
    ...(commit ? { commit } : {}),
  };
};

const artifactsOf = (runner: Runner, session: RowOf<'sessions'>, node: string): Draft[] =>
  runner.home.tables.list('artifacts', { session: session.id }).map((row) => ({
    type: 'artifact.ref',
    from: node,
    to: session.requester,
    body: {
      artifact: row.id,
      session: session.id,
      ...(row.state !== 'published' && { state: row.state }),
      repository: row.repository,
      branch: row.branch,
      commit: row.commit_id,
      approval: row.approval,
    },
    session: session.id,
    dedup: artifactDedup(row.id, row.state),
  }));

/** The edge to the requester is gone: what ends is on record here, and observed to the Host. */
export const endWithoutEdge = async (runner: Runner, session: RowOf<'sessions'>): Promise<void> => {
  await runner.exchange.send([await toHost(runner, session, cutOff)]);
  await record(runner.home, 'session.ended', {
    session: session.id,
    attempt: session.attempt,
    step: session.step + 1,
    node: session.node,
    state: 'failed',
    reason: EDGE_REMOVED,
  });
};
