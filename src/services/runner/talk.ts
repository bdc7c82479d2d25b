/** What an engine asked people and was told: below its task, for whoever approves what came of it. */

import { MAX_TEXT_BYTES } from '../../core/bounds.ts';
import { utf8Length } from '../../core/encoding/bytes.ts';
import { replyInTime, verdictInTime } from '../../core/projection/queries.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import type { QuestionKind, ReviewVerdict } from '../../core/vocabulary.ts';
import type { WriterAndReader } from '../messaging/blobs.ts';
import { WrongBytes, wholeText } from '../messaging/long-text.ts';
import { readBody } from '../messaging/read-event.ts';
import type { Runner } from './runner.ts';
import { asRead, type Exchanged, personName, withExchange } from './texts.ts';

type Session = Pick<RowOf<'sessions'>, 'id' | 'attempt' | 'node' | 'requester' | 'request'>;
export type Talk = {
  /** The text that it began with, as people read it, and below it all that was said. */
  text: string;
  /** By the id of the question, what the engine is told: null where that does not fit, or is not what was signed. */
  replies: ReadonlyMap<string, string | null>;
  /** The same by the id of the review: the words of the verdict. */
  verdicts: ReadonlyMap<string, string | null>;
};

/**
 * As far as everything is here, in the order in which the answers came: what stands behind one whose rest is on its way
 * was not told yet either, so that whoever reads it later finds what the engine was told, and nothing else. `changes`: the
 * digest of the change that is read with it, which what was reviewed may not be.
 */
export const talkOf = async (
  runner: Runner,
  session: Session,
  text: string,
  changes: string | null = null,
): Promise<Talk> => {
  const told = { question: new Map<string, string | null>(), review: new Map<string, string | null>() };
  let all = asRead(await askedIn(runner, session), text);
  for (const one of answered(runner, session)) {
    const said = await saidIn(runner, session, one, changes).catch((error: unknown) => {
      if (error instanceof WrongBytes) return 'wrong' as const;
      throw error;
    });
    if (said === null) break;
    const next = said === 'wrong' ? null : withExchange(all, said);
    const fits = next !== null && utf8Length(next) <= MAX_TEXT_BYTES;
    if (fits) all = next;
    told[one.what].set(one.id, fits && said !== 'wrong' ? said.answer : null);
  }
  return { text: all, replies: told.question, verdicts: told.review };
};

/** The task as it was asked, or as much of it as is here. */
const askedIn = async (
  { home, exchange }: Runner,
  { node, request, requester }: Session,
): Promise<string> => {
  const asked = await readBody<BodyOf<'task.request'>>(home, request);
  if (!asked) return '';
  const { task: head, whole } = asked;
  const all = await wholeText(home, exchange, { writer: requester, reader: node }, { head, whole }).catch(
    (error: unknown) => {
      if (error instanceof WrongBytes) return null;
      throw error;
    },
  );
  return all ?? head;
};

/** What was asked of whom, and answered by the message, at the line of it. */
type Answered = { id: string; asked: string; by: string; message: string; line: number } & (
  | { what: 'question'; kind: QuestionKind }
  | { what: 'review'; verdict: ReviewVerdict }
);

const answered = ({ home }: Runner, { id: session, attempt }: Session): Answered[] => {
  const { tables } = home;
  const lineOf = (message: string) => tables.get('messages', message, 'in')?.line;
  const questions = tables.list('questions', { session }).flatMap((row): Answered[] => {
    const message = replyInTime(tables, row);
    const line = message === null ? undefined : lineOf(message);
    if (row.attempt !== attempt || message === null || line === undefined) return [];
    const { id, kind, asked: by } = row;
    return [{ what: 'question', kind, id, asked: row.message, by, message, line }];
  });
  const reviews = tables.list('reviews', { session }).flatMap((row): Answered[] => {
    const { message, verdict } = verdictInTime(tables, row) ?? {};
    const line = message === undefined ? undefined : lineOf(message);
    if (row.attempt !== attempt || !message || !verdict || line === undefined) return [];
    return [{ what: 'review', verdict, id: row.id, asked: row.message, by: row.reviewer, message, line }];
  });
  return [...questions, ...reviews].sort((a, b) => a.line - b.line);
};

/** Null while the rest of one is on its way. */
const saidIn = async (
  runner: Runner,
  session: Session,
  one: Answered,
  changes: string | null,
): Promise<Exchanged | null> => {
  const name = personName(runner, session.node, one.by);
  const reader = session.node;
  const asked = await textIn(runner, { writer: reader, reader }, one.asked);
  const answer = asked === null ? null : await textIn(runner, { writer: one.by, reader }, one.message);
  if (asked === null || answer === null) return null;
  const put = { question: 'asked while it ran', escalation: `escalated to ${name} while it ran` };
  if (one.what === 'question') return { heads: [put[one.kind], `answered by ${name}`], asked, answer };
  const verdict = one.verdict === 'pass' ? 'found good' : 'changes wanted in review';
  const request = await readBody<AskedReview>(runner.home, one.asked);
  const of = request && putOf(request).subject.changes === changes ? NOW : THEN;
  return { heads: [`review asked of ${name} while it ran`, `${verdict} by ${name}, ${of}`], asked, answer };
};
/** An engine goes on after a verdict. The second is no longer than the first: what fitted while it ran fits later. */
const THEN = 'as it was then';
const NOW = 'as it is now';

/** Of a person, or of another node as work. */
type AskedReview = BodyOf<'review.request'> | BodyOf<'task.review'>;
const putOf = (asked: AskedReview) => ('budget' in asked ? asked.review : asked);

type Said = BodyOf<'question'> | BodyOf<'reply'> | BodyOf<'review.result'> | AskedReview;
const textIn = async (
  { home, exchange }: Runner,
  reading: WriterAndReader,
  message: string,
): Promise<string | null> => {
  const said = await readBody<Said>(home, message);
  if (!said) throw new WrongBytes();
  if ('task' in said) return putOf(said).note ?? '';
  const head = 'verdict' in said ? (said.reason ?? '') : said.text;
  return wholeText(home, exchange, reading, { head, whole: said.whole });
};
