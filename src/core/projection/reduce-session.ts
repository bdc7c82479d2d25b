/** Sessions: the state is a fold of everything that the owner signed, in the owner's order, whenever it arrived. */
import { isTerminal, next } from '../machines/machine.ts';
import { type SessionState, sessionMachine } from '../machines/session.ts';
import type { RecordBody } from '../protocol/records.ts';
import type { BodyOf } from '../protocol/table.ts';
import { settleSession } from './exchanges.ts';
import { putMove } from './moves.ts';
import type { Row, Tables } from './tables.ts';
import type { Told } from './told.ts';

type Move = BodyOf<'task.result'>;

/** Step 0 of an attempt: what the requester asked of which node key. */
export const reduceRequest = (tables: Tables, told: Told<BodyOf<'task.request'>>): void => {
  const { session, attempt, task } = told.body;
  const detail = JSON.stringify({ node: told.to, title: titleOf(task), request: told.id, at: told.at });
  putMove(tables, {
    kind: 'session',
    id: session,
    attempt,
    step: 0,
    by: told.from,
    state: 'requested',
    reason: null,
    detail,
  });
  foldSession(tables, session);
};

/** accept, update and result are all moves: attempt, step and the state the owner gives. */
export const reduceMove = (
  tables: Tables,
  told: Told<Pick<Move, 'session' | 'attempt' | 'step' | 'state' | 'reason' | 'summary' | 'commit'>>,
): void => {
  const { session, attempt, step, state, reason, summary, commit } = told.body;
  const detail =
    summary || commit ? JSON.stringify({ summary: summary ?? null, commit: commit ?? null }) : null;
  putMove(tables, {
    kind: 'session',
    id: session,
    attempt,
    step,
    by: told.from,
    state,
    reason: reason ?? null,
    detail,
  });
  foldSession(tables, session);
};

/** At the Host: the runner that executes the node says what it saw; the request may be embedded as evidence. */
export const reduceSessionObserved = (tables: Tables, told: Told<BodyOf<'session.observed'>>): void => {
  const { session, attempt, step, state, reason, node, requester } = told.body;
  const base = { kind: 'session' as const, id: session, attempt, by: told.from };
  putMove(tables, { ...base, step, state, reason: reason ?? null, detail: null });
  putMove(tables, {
    ...base,
    step: 0,
    state: 'requested',
    reason: null,
    detail: JSON.stringify({ node, requester, title: '', request: null, at: 0 }),
  });
  foldSession(tables, session);
};

/** What the owner ended with nobody left to tell. */
export const reduceSessionEnded = (tables: Tables, body: RecordBody<'session.ended'>): void => {
  const { session, attempt, step, node, state, reason } = body;
  putMove(tables, { kind: 'session', id: session, attempt, step, by: node, state, reason, detail: null });
  foldSession(tables, session);
  settleSession(tables, session);
};

const titleOf = (task: string): string => (task.split('\n', 1)[0] ?? '').slice(0, 80);

const inOrder = (a: Row, b: Row): number =>
  Number(a.attempt) - Number(b.attempt) ||
  Number(a.step) - Number(b.step) ||
  (String(a.by) < String(b.by) ? -1 : 1);

const foldSession = (tables: Tables, id: string): void => {
  const moves = tables.list('moves', { kind: 'session', id }).sort(inOrder);
  const requests = moves.filter((move) => move.step === 0);
  const first = requests[0];
  if (!first) return;
  let state: SessionState = 'requested';
  let last: Row = first;
  let attempt = first;
  for (const request of requests) {
    if (requesterOf(request) !== requesterOf(first)) continue;
    if (state !== 'requested' && ENDED.has(state)) break;
    state = 'requested';
    attempt = request;
    last = request;
    for (const move of movesOf(moves, request)) {
      const after: SessionState | null = next(sessionMachine, state, move.state as SessionState);
      if (after === null) continue;
      state = after;
      last = move;
    }
  }
  const asked = JSON.parse(String(attempt.detail));
  tables.put('sessions', {
    id,
    node: asked.node,
    requester: requesterOf(first),
    title: asked.title,
    attempt: attempt.attempt!,
    step: last.step!,
    state,
    reason: last.reason!,
    detail: last === attempt ? null : last.detail!,
    request: asked.request,
    at: JSON.parse(String(first.detail)).at,
    open: isTerminal(sessionMachine, state) ? 0 : 1,
  });
};

/** At the Host a request is known from the runner that observed it, and names who asked. */
const requesterOf = (request: Row): string =>
  JSON.parse(String(request.detail)).requester ?? String(request.by);

/** A new attempt may follow a failed one; what is completed or cancelled stays so. */
const ENDED: ReadonlySet<SessionState> = new Set(['completed', 'cancelled']);

/** Only the asked node moves the attempt; at the Host only the runner that observed it. */
const movesOf = (moves: readonly Row[], request: Row): Row[] => {
  const { node, requester } = JSON.parse(String(request.detail));
  const owner = requester === undefined ? node : request.by;
  return moves.filter((move) => move.attempt === request.attempt && move.step !== 0 && move.by === owner);
};
