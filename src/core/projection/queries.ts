/** Questions about the read models that several services ask. */
import { sumUsage, type UsageSum } from '../acp/usage.ts';
import { isWord } from '../encoding/grammar.ts';
import type { Message } from '../protocol/message.ts';
import type { MessageType } from '../protocol/table.ts';
import {
  type AssignmentState,
  LIVE_ASSIGNMENT_STATES,
  type MemberRole,
  OPEN_ASSIGNMENT_STATES,
  type QuestionState,
  type ReviewState,
  TRUST_ENDINGS,
} from '../vocabulary.ts';
import type { Unreached } from './asked-rows.ts';
import type { RowOf, RunnerDetail, Tables } from './rows.ts';

/** What came in of a signer before under a dedup key: whatever is said so often is of one content. */
export const heardBefore = (
  tables: Tables,
  { from: sender, to: recipient, type, dedup }: Pick<Message, 'from' | 'to' | 'type' | 'dedup'>,
): RowOf<'messages'> | undefined =>
  tables.list(
    'messages',
    { sender, recipient, type: type as MessageType, dedup, dir: 'in' },
    { order: 'line', limit: 1 },
  )[0];

/** An assignment that was accepted: the node has a key. */
export type RunningAssignment = RowOf<'assignments'> & { pubkey: string };

export const isRunning = (row: RowOf<'assignments'>): row is RunningAssignment =>
  isWord(LIVE_ASSIGNMENT_STATES, row.state) && row.pubkey !== null;

const assignmentsIn = (tables: Tables, states: readonly AssignmentState[]): RowOf<'assignments'>[] =>
  states.flatMap((state) => tables.list('assignments', { state }));

/** Accepted and not ended. */
export const runningAssignments = (tables: Tables): RunningAssignment[] =>
  assignmentsIn(tables, LIVE_ASSIGNMENT_STATES).filter(isRunning);

/** Offered or running. */
export const openAssignments = (tables: Tables): RowOf<'assignments'>[] =>
  assignmentsIn(tables, OPEN_ASSIGNMENT_STATES);

/** The id of the message that offered it; empty where the offer is not here yet. */
export const offerIdOf = ({ offer }: Pick<RowOf<'assignments'>, 'offer'>): string =>
  offer.split(':')[1] ?? '';

/** A hello of a runner, with what it offers. */
export type RunnerHello = RowOf<'hellos'> & { detail: RunnerDetail };
const isOfRunner = (row: RowOf<'hellos'>): row is RunnerHello => 'engines' in row.detail;

export const runnerHellos = (tables: Tables, name?: string): RunnerHello[] =>
  tables.list('hellos', { role: 'runner', ...(name === undefined ? {} : { name }) }).filter(isOfRunner);

/** What the runner says of itself, while it is one. */
export const isLeaving = (tables: Tables, runner: string): boolean => {
  const { detail } = tables.get('hellos', runner) ?? {};
  return detail !== undefined && 'leaving' in detail && tables.get('trust', runner)?.state === 'trusted';
};

/** A runner that the Host rejected or revoked; it stays so. */
export const isThrownOut = (tables: Tables, pubkey: string): boolean => {
  const state = tables.get('trust', pubkey)?.state;
  return state !== undefined && isWord(TRUST_ENDINGS, state);
};

/** The active graph gives the name under which this key came to another key: it has that name no more. */
export const isReplaced = (tables: Tables, { pubkey, role, name }: RowOf<'hellos'>): boolean => {
  const named = role === 'user' ? tables.list('users', { name }) : [];
  return named.length > 0 && named.every((one) => one.pubkey !== pubkey);
};

/** Keys that came under this name and have it still. */
export const holdersOf = (tables: Tables, role: MemberRole, name: string): RowOf<'hellos'>[] =>
  tables
    .list('hellos', { role, name })
    .filter((row) => !isThrownOut(tables, row.pubkey) && !isReplaced(tables, row));

/** The first answer that counts to a question; null while there is none. */
export const replyTo = (tables: Tables, question: string): string | null =>
  tables.list('replies', { question })[0]?.message ?? null;

/** Whom the session waits for and has not reached, by the word of its node or of that one's runner: since it began at most. */
export const saidUnreached = (
  tables: Tables,
  { id, attempt, at }: RowOf<'sessions'>,
  by: string,
): Unreached[] => {
  const said = tables.get('waits', id, by);
  if (said?.attempt !== attempt) return [];
  return said.unreached.map((one) => ({ ...one, since: Math.max(one.since, at) }));
};

/** Its turn is there, or about to begin: once the session has gone on, nobody waits for an answer. */
export const isAsking = (
  tables: Tables,
  { session: id, attempt, step }: Pick<RowOf<'questions'>, 'session' | 'attempt' | 'step'>,
): boolean => {
  const session = tables.get('sessions', id);
  return session?.open === 1 && session.attempt === attempt && session.step <= step;
};

export const questionState = (tables: Tables, row: RowOf<'questions'>): QuestionState => {
  if (replyTo(tables, row.id) !== null) return 'answered';
  return isQuestionOver(tables, row) ? 'over' : 'open';
};

/** Its node said that it waits for it no more. */
export const isEscalationClosed = (
  tables: Tables,
  { message, node }: Pick<RowOf<'questions'>, 'message' | 'node'>,
): boolean => tables.count('messages', { re: message, type: 'escalation.closed', sender: node }) > 0;

/** Nobody waits for an answer any more, whether there is one or not. Whom an engine escalates to need not know the session. */
export const isQuestionOver = (tables: Tables, row: RowOf<'questions'>): boolean => {
  if (row.kind === 'question') return !isAsking(tables, row);
  const isLeft = tables.get('sessions', row.session) !== undefined && !isAsking(tables, row);
  return isLeft || isEscalationClosed(tables, row);
};

/** The verdict of whom it was put to, on what was put to them; undefined while there is none. */
export const verdictOf = (
  tables: Tables,
  { id, reviewer, subject }: Pick<RowOf<'reviews'>, 'id' | 'reviewer' | 'subject'>,
): RowOf<'verdicts'> | undefined => {
  const verdict = tables.get('verdicts', id, reviewer);
  return verdict?.subject === subject ? verdict : undefined;
};

const MOVES = ['task.update', 'task.result'] as const;
type AskedOf = Pick<RowOf<'questions'>, 'session' | 'node' | 'line'>;
/** At the home of a node: its answer, where that came while the turn that asked waited. */
const inTime = (tables: Tables, { session, node, line: asked }: AskedOf, answer: string) => {
  const came = tables.get('messages', answer, 'in');
  if (!came) return undefined;
  const hasGoneOn = MOVES.some((type) =>
    tables
      .list('messages', { session, type, dir: 'out' })
      .some(({ sender, line }) => sender === node && asked < line && line < came.line),
  );
  return hasGoneOn ? undefined : came;
};

/**
 * What an engine was told: an answer that came later is kept as evidence, and stands below no task. Null while there is
 * none.
 */
export const replyInTime = (tables: Tables, row: AskedOf & { id: string }): string | null => {
  const reply = replyTo(tables, row.id);
  return reply !== null && inTime(tables, row, reply) ? reply : null;
};
/** The same of a verdict: one that came later makes nobody an author either. */
export const verdictInTime = (tables: Tables, row: RowOf<'reviews'>): RowOf<'verdicts'> | undefined => {
  const verdict = verdictOf(tables, row);
  const came = verdict && inTime(tables, row, verdict.message);
  return came && Math.floor(came.kept / 1000) < row.expires ? verdict : undefined;
};

/** `now` in Unix seconds. Whoever reviews need not know the session: its node tells when it waits no more. */
export const reviewState = (tables: Tables, row: RowOf<'reviews'>, now: number): ReviewState => {
  const verdict = verdictOf(tables, row)?.verdict;
  if (verdict) return verdict;
  return isReviewOver(tables, row, now) ? 'over' : 'open';
};

/** Its node said that it waits for it no more. */
export const isReviewClosed = (tables: Tables, { message, node }: RowOf<'reviews'>): boolean =>
  tables.count('messages', { re: message, type: 'review.closed', sender: node }) > 0;

/** Nobody waits for a verdict any more, whether there is one or not. `now` in Unix seconds. */
export const isReviewOver = (tables: Tables, row: RowOf<'reviews'>, now: number): boolean => {
  const isLeft = tables.get('sessions', row.session) !== undefined && !isAsking(tables, row);
  return isReviewClosed(tables, row) || isLeft || row.expires <= now;
};

/** What agents told of their turns, added. */
export const usageOfTurns = (tables: Tables): UsageSum =>
  sumUsage(tables.list('turn_usage').map(({ told }) => told));
