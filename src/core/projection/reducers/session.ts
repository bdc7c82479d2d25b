/** Sessions: the state is a fold of everything that the owner signed, in the owner's order, whenever it arrived. */
import type { Line } from '../../ledger/line.ts';
import { isTerminal, next } from '../../machines/machine.ts';
import { sessionMachine } from '../../machines/session.ts';
import type { RecordBody } from '../../protocol/messages/records.ts';
import type { BodyOf } from '../../protocol/table.ts';
import type { SessionState, WorkType } from '../../vocabulary.ts';
import { keptAt } from '../kept-at.ts';
import type { LedgerMessage } from '../ledger-message.ts';
import type { RequestDetail, ResultDetail, Tables } from '../rows.ts';
import { titleOf } from '../title.ts';
import { nameBlob, nameText, nameTranscript } from './blobs.ts';
import { settleSession } from './exchanges.ts';
import { isOf, putTransition, type Transition } from './transitions.ts';

type Move = BodyOf<'task.result'>;

/** Step 0 of an attempt: what the requester asked of which node key. */
export const reduceRequest = (tables: Tables, told: LedgerMessage<BodyOf<WorkType>>): void => {
  const { session, attempt, task, attached = [] } = told.body;
  nameText(tables, told);
  for (const { size, blobs } of attached)
    for (const blob of blobs) nameBlob(tables, blob, told.from, told.to, size);
  const detail = { node: told.to, title: titleOf(task), request: told.id, at: told.at };
  putTransition(tables, {
    kind: 'session',
    id: session,
    attempt,
    step: 0,
    by: told.from,
    state: 'requested',
    reason: null,
    detail,
  });
  foldSession(tables, session, told);
};

/** accept, update and result are all moves: attempt, step and the state the owner gives. */
export const reduceMove = (tables: Tables, told: LedgerMessage<Move>): void => {
  nameTranscript(tables, told);
  const { session, attempt, step, state, reason, summary, commit } = told.body;
  const detail = summary || commit ? { summary: summary ?? null, commit: commit ?? null } : null;
  putTransition(tables, {
    kind: 'session',
    id: session,
    attempt,
    step,
    by: told.from,
    state,
    reason: reason ?? null,
    detail,
  });
  foldSession(tables, session, told);
};

/** At the Host: the runner that executes the node says what it saw; the request may be embedded as evidence. */
export const reduceSessionObserved = (
  tables: Tables,
  told: LedgerMessage<BodyOf<'session.observed'>>,
): void => {
  const { session, attempt, step, state, reason, node, requester } = told.body;
  const base = { kind: 'session' as const, id: session, attempt, by: told.from };
  putTransition(tables, { ...base, step, state, reason: reason ?? null, detail: null });
  putTransition(tables, {
    ...base,
    step: 0,
    state: 'requested',
    reason: null,
    detail: { node, requester, title: '', request: null, at: 0 },
  });
  foldSession(tables, session, told);
};

/** What the owner, or the requester of a node that nobody runs, ended with nobody to tell. */
export const reduceSessionEnded = (tables: Tables, body: RecordBody<'session.ended'>, line: Line): void => {
  const { session, attempt, step, node, state, reason, summary } = body;
  putTransition(tables, {
    kind: 'session',
    id: session,
    attempt,
    step,
    by: node,
    state,
    reason,
    detail: summary ? { summary, commit: null } : null,
  });
  foldSession(tables, session, { line: line.n, kept: keptAt(line) });
  settleSession(tables, session);
};

/** What came first stands: whoever ran the session was told of that one. */
export const reduceCancelWanted = (
  tables: Tables,
  { session, by, reason }: RecordBody<'cancel.wanted'>,
  line: Line,
): void => {
  if (!tables.get('wanted_cancels', session))
    tables.put('wanted_cancels', { session, by, reason: reason ?? null, at: line.event.created_at });
};

type Stated = Transition<'session'>;
/** Step 0 of an attempt: no move has such a detail, and no machine takes its state for an input. */
type Request = Stated & { detail: RequestDetail };
const isRequest = (one: Stated): one is Request => one.detail !== null && 'node' in one.detail;

/** `folded`: the line that is. */
export const foldSession = (
  tables: Tables,
  id: string,
  folded: Pick<LedgerMessage, 'line' | 'kept'>,
): void => {
  // In the order of their key: by attempt, then by step
  const all = tables.list('transitions', { kind: 'session', id }).filter(isOf('session'));
  const requests = all.filter(isRequest);
  const first = requests[0];
  if (!first) return;
  let state: SessionState = 'requested';
  let last: Stated = first;
  let attempt = first;
  let again: Request | null = null;
  for (const request of requests) {
    if (requesterOf(request) !== requesterOf(first)) continue;
    if (ENDED.has(state)) {
      again = request;
      continue;
    }
    state = 'requested';
    attempt = request;
    last = request;
    for (const one of transitionsOf(all, request)) {
      const after: SessionState | null = next(sessionMachine, state, one.state);
      if (after === null) continue;
      state = after;
      last = one;
    }
    // What is published is done, also where its owner was thrown out before it could say so: nothing is done twice. It is of no
    // attempt: where a runner had several, it is the last of them that it ends.
    const commit = isLastOfItsOwner(request, requests) ? publishedBy(tables, id, ownerOf(request)) : null;
    if (commit === null || isTerminal(sessionMachine, state)) continue;
    state = 'completed';
    last = { ...last, state, reason: null, detail: { summary: null, commit } };
  }
  const before = tables.get('sessions', id) ?? folded;
  tables.put('sessions', {
    id,
    node: attempt.detail.node,
    requester: requesterOf(first),
    title: attempt.detail.title,
    attempt: attempt.attempt,
    step: last.step,
    state,
    reason: last.reason,
    detail: resultOf(last),
    request: attempt.detail.request,
    at: first.detail.at,
    open: isTerminal(sessionMachine, state) ? 0 : 1,
    asked_again: again?.detail.node ?? null,
    line: before.line,
    kept: before.kept,
  });
};

/** At the Host a request is known from the runner that observed it, and names who asked. */
const requesterOf = (request: Request): string => request.detail.requester ?? request.by;

const resultOf = ({ detail }: Stated): ResultDetail | null =>
  detail !== null && 'summary' in detail ? detail : null;

/** A new attempt may follow a failed one; what is completed or cancelled stays so. */
const ENDED: ReadonlySet<SessionState> = new Set(['completed', 'cancelled']);

/** Only the asked node moves the attempt; at the Host only the runner that observed it. */
const ownerOf = ({ by, detail: { node, requester } }: Request): string =>
  requester === undefined ? node : by;
const transitionsOf = (all: readonly Stated[], request: Request): Stated[] => {
  const owner = ownerOf(request);
  return all.filter((one) => one.attempt === request.attempt && one.by === owner);
};

const isLastOfItsOwner = (request: Request, all: readonly Request[]): boolean =>
  all.findLast((one) => ownerOf(one) === ownerOf(request)) === request;

/** The commit that the owner of an attempt told to be on the remote. */
const publishedBy = (tables: Tables, session: string, by: string): string | null =>
  tables.list('artifacts', { session, by, state: 'published' })[0]?.commit_id ?? null;
