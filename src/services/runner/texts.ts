/** What people wrote to a node, whole: the task of a session, and why one was rejected or cancelled. */
import { fromUtf8 } from '../../core/encoding/bytes.ts';
import { cutMiddle } from '../../core/encoding/cut.ts';
import { EntangleError } from '../../core/errors.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import type { NamedBytes } from '../../ports/index.ts';
import { fetchAttached } from '../messaging/attached.ts';
import type { WriterAndReader } from '../messaging/blobs.ts';
import { type CarriedText, WrongBytes, wholeText } from '../messaging/long-text.ts';
import { readBody } from '../messaging/read-event.ts';
import { workIn } from './review-work.ts';
import type { Runner } from './runner.ts';

type Session = RowOf<'sessions'>;

/** How long the rest of what the agent gets is waited for; it is with who wrote it alone, who may be away, or may have lost it. */
const TASK_MS = 24 * 3_600_000;

type Sent = { what: string; from: string; message: string | null };

/**
 * All that somebody sent for the agent; null while the rest of it may come, of which the log says once that it is late,
 * and a failure where it is lost.
 */
const orLate = <T>(
  runner: Runner,
  { id, node }: Session,
  { what, from, message }: Sent,
  all: T | null,
): T | null => {
  const { home, late } = runner;
  const waited = waitedFor(runner, message);
  const isLost = all === null && waited > TASK_MS;
  const told = late.get(id) ?? new Set();
  if (all !== null || isLost) told.delete(what);
  else if (waited > REST_MS && !told.has(what)) {
    late.set(id, told.add(what));
    home.log(
      'warning',
      `session ${id} waits for the rest of its ${what} from ${personName(runner, node, from)}`,
    );
  }
  if (isLost)
    throw new EntangleError('not_found', `the rest of the ${what} did not come within 24 hours`, {
      hint: 'ask again, and keep a command such as `entangle user wait` running until it is accepted',
    });
  return all;
};

/** All that somebody wrote for the agent. */
const allOf = async (
  runner: Runner,
  session: Session,
  { text, ...sent }: Sent & { text: CarriedText },
): Promise<string | null> =>
  orLate(
    runner,
    session,
    sent,
    await wholeText(runner.home, runner.exchange, { writer: sent.from, reader: session.node }, text),
  );

/** Of the request that a node got. */
export const taskOf = (
  runner: Runner,
  session: Session,
  { task, whole }: BodyOf<'task.request'>,
): Promise<string | null> => {
  const { request: message, requester: from } = session;
  return allOf(runner, session, { what: 'task', from, message, text: { head: task, whole } });
};

/** The files that go with it; of a review the objects of its commit, and no other. */
export const filesOf = async (
  runner: Runner,
  session: Session,
  request: BodyOf<'task.request'>,
): Promise<NamedBytes[] | null> => {
  const { request: message, requester: from, node } = session;
  const work = workIn(request);
  const named = work ? [work.pack] : request.attached;
  const files = await fetchAttached(runner.home, runner.exchange, { writer: from, reader: node }, named);
  return orLate(runner, session, { what: 'attached files', from, message }, files);
};

const waitedFor = ({ home }: Runner, message: string | null): number => {
  const row = message === null ? undefined : home.tables.get('messages', message, 'in');
  return row ? home.clock.now() - row.kept : 0;
};

/** Why the text of a task will not be here, in the word that ends its session; null of any other failure. */
export const textTrouble = (error: unknown): 'wrong_text' | 'text_lost' | null => {
  if (error instanceof WrongBytes) return 'wrong_text';
  return error instanceof EntangleError && error.code === 'not_found' ? 'text_lost' : null;
};

type Reason = { reason?: string | undefined; whole?: BodyOf<'task.cancel'>['whole'] };

/** How long the rest of a reason is waited for: who wrote it may be away, and the end is told all the same. */
const REST_MS = 60_000;
/** As much of a reason as a result says. */
const MOST_TOLD = 1500;

/** As it was written, or its beginning where the rest of it is lost; null while the rest may come. */
const reasonOf = async (
  runner: Runner,
  reading: WriterAndReader,
  message: string,
): Promise<string | null> => {
  const { home, exchange } = runner;
  const { reason, whole } = (await readBody<Reason>(home, message)) ?? {};
  if (!reason) return '';
  const all = await wholeText(home, exchange, reading, { head: reason, whole }).catch((error: unknown) => {
    // Also where the bytes are damaged here: the end is told all the same
    if (!(error instanceof EntangleError) || error.code !== 'invalid') throw error;
    return `${reason} …`;
  });
  if (all !== null) return all;
  return waitedFor(runner, message) > REST_MS ? `${reason} …` : null;
};

export const personName = (runner: Runner, node: string, pubkey: string): string =>
  runner.home.tables.list('peers', { owner: node, pubkey })[0]?.name ?? 'a person';

const decisionLine = (what: string, who: string, reason: string): string =>
  `${what} by ${who}${reason === '' ? '' : `: ${reason}`}`;

type Decided = { approver: string; message: string };
type Said = { who: string; reason: string };
type ReadReason = (runner: Runner, session: Session, one: Decided) => Promise<string | null>;

/** Words that a node acts on, and not in part: waited for as its task is. */
export const wholeReason: ReadReason = async (runner, session, { approver: from, message }) => {
  const { reason = '', whole } = (await readBody<Reason>(runner.home, message)) ?? {};
  const what = 'changes that are wanted';
  return allOf(runner, session, { what, from, message, text: { head: reason, whole } });
};
const toldReason: ReadReason = (runner, { node }, { approver, message }) =>
  reasonOf(runner, { writer: approver, reader: node }, message);

/** Who decided so, and why; null while the rest of that may come. */
export const saidBy = async (
  runner: Runner,
  session: Session,
  decisions: readonly Decided[],
  read: ReadReason = toldReason,
): Promise<Said[] | null> => {
  const all: Said[] = [];
  for (const one of decisions) {
    const reason = await read(runner, session, one);
    if (reason === null) return null;
    all.push({ who: personName(runner, session.node, one.approver), reason });
  }
  return all;
};

/** What they decided and why, in words for whoever launched the session. */
export const decisionWords = (what: string, all: readonly Said[]): string =>
  cutMiddle(all.map(({ who, reason }) => decisionLine(what, who, reason)).join('\n'), MOST_TOLD);

/** Who rejected the approval, and why, for whoever launched the session; null while the rest of that may come. */
export const rejectionOf = async (
  runner: Runner,
  session: Session,
  approval: string,
): Promise<string | null> => {
  const rejections = runner.home.tables.list('decisions', { approval, decision: 'rejected' });
  const all = await saidBy(runner, session, rejections);
  return all && decisionWords('rejected', all);
};

const HEADING = '# changes wanted by';
/** The beginning of a line as of a heading of ours, with blanks that only look like one. */
const LIKE_HEADING =
  /^([\p{Zs}\t]*)#(?=#*[\p{Zs}\t]*(?:changes[\p{Zs}\t]+wanted|asked[\p{Zs}\t]+while|answered[\p{Zs}\t]+by|review[\p{Zs}\t]+asked|found[\p{Zs}\t]+good))/gimu;
/** Nobody's words begin a line as the heading of another's do. */
const quoted = (words: string): string => words.replaceAll(LIKE_HEADING, '> $1#');

/**
 * A text that an engine got, as people read it: nor do those of the task that it begins with, which the engine got as they
 * are. As long as it was: what fits once fits always.
 */
export const asRead = (task: string, text: string): string =>
  text.startsWith(task) ? task.replaceAll(LIKE_HEADING, '$1>') + text.slice(task.length) : text;

/** Every line of it: an engine's words can be written so that they look like a heading of ours. */
const cited = (words: string): string => words.replaceAll(/^/gm, '> ');

/**
 * A text with the changes that were wanted of what came of it: each below a heading that is a comment where a shell runs
 * the text.
 */
export const withChanges = (text: string, all: readonly Said[]): string =>
  [text, ...all.map(({ who, reason }) => `${HEADING} ${who}\n\n${quoted(reason)}\n`)].join('\n\n');

/** What was asked and what was answered, each below its head; of words that were not needed there are none. */
export type Exchanged = { heads: readonly [asked: string, answered: string]; asked: string; answer: string };

/** A text with one thing more that its engine asked and was told, under headings of the same kind. */
export const withExchange = (text: string, { heads, asked, answer }: Exchanged): string => {
  const below = (head: string, words: string): string[] => [
    `# ${head}`,
    ...(words === '' ? [] : [cited(words)]),
  ];
  return [text, ...below(heads[0], asked), ...below(heads[1], answer)].join('\n\n');
};

/** What the engine got in a turn: the task, or the text that was written down when changes were wanted. */
export const textOfTurn = async (
  { home }: Runner,
  { session, attempt, turn }: Pick<RowOf<'turns'>, 'session' | 'attempt' | 'turn'>,
  task: string,
): Promise<string> => {
  const wanted = home.tables.get('wanted_turns', session, attempt, turn);
  if (!wanted) return task;
  const bytes = await home.blobs.get(wanted.task);
  if (bytes) return fromUtf8(bytes);
  throw new EntangleError('not_found', `the text of turn ${turn} is not in this home any more`);
};

/** Who cancelled the session, and why; null while the rest of that may come. */
export const cancellationOf = async (runner: Runner, session: Session): Promise<string | null> => {
  const sent = { session: session.id, type: 'task.cancel', dir: 'in', sender: session.requester } as const;
  const [row] = runner.home.tables.list('messages', sent);
  const reading = { writer: session.requester, reader: session.node };
  const reason = row ? await reasonOf(runner, reading, row.id) : '';
  if (reason === null) return null;
  return cutMiddle(
    decisionLine('cancelled', personName(runner, session.node, session.requester), reason),
    MOST_TOLD,
  );
};

/** The Host, and why, as its operator says. */
export const endedByHost = async ({ home }: Runner, { id: session }: Session): Promise<string> => {
  const said = { session, type: 'session.cancel', dir: 'in', sender: home.host } as const;
  const [row] = home.tables.list('messages', said, { order: 'line', limit: 1 });
  const { reason = '' } = (row && (await readBody<BodyOf<'session.cancel'>>(home, row.id))) ?? {};
  return decisionLine('cancelled', 'the Host', reason);
};
