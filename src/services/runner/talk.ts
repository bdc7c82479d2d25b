/** What an engine asked and was told: below its task, for whoever approves what came of it. */

import { MAX_TEXT_BYTES } from '../../core/bounds.ts';
import { utf8Length } from '../../core/encoding/bytes.ts';
import { replyTo } from '../../core/projection/queries.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { WrongBytes, wholeText } from '../messaging/long-text.ts';
import { readBody } from '../messaging/read-event.ts';
import type { Runner } from './runner.ts';
import { withExchange } from './texts.ts';

type Session = Pick<RowOf<'sessions'>, 'id' | 'attempt' | 'node' | 'requester'>;
export type Talk = {
  /** The text that it began with, and below it all that was said. */
  text: string;
  /** By the id of the question, what the engine is told: null where that does not fit, or is not what was signed. */
  replies: ReadonlyMap<string, string | null>;
};

/**
 * As far as everything is here, in the order in which the answers came: what stands behind one whose rest is on its way
 * was not told yet either, so that whoever reads it later finds what the engine was told, and nothing else.
 */
export const talkOf = async (runner: Runner, session: Session, text: string): Promise<Talk> => {
  const replies = new Map<string, string | null>();
  let all = text;
  for (const { question, reply } of answered(runner, session)) {
    const said = await bothOf(runner, session.node, question, reply).catch((error: unknown) => {
      if (error instanceof WrongBytes) return 'wrong' as const;
      throw error;
    });
    if (said === null) break;
    const next = said === 'wrong' ? null : withExchange(runner, session, all, said);
    const fits = next !== null && utf8Length(next) <= MAX_TEXT_BYTES;
    if (fits) all = next;
    replies.set(question.id, fits && said !== 'wrong' ? said.reply : null);
  }
  return { text: all, replies };
};

const answered = ({ home }: Runner, { id, attempt }: Session) =>
  home.tables
    .list('questions', { session: id })
    .filter((question) => question.attempt === attempt)
    .flatMap((question) => {
      const message = replyTo(home.tables, question.id);
      const row = message === null ? undefined : home.tables.get('messages', message, 'in');
      return row ? [{ question, reply: row.id, line: row.line }] : [];
    })
    .sort((a, b) => a.line - b.line);

/** Null while the rest of one is on its way. */
const bothOf = async (
  runner: Runner,
  reader: string,
  { message }: RowOf<'questions'>,
  answer: string,
): Promise<{ question: string; reply: string } | null> => {
  const question = await textIn(runner, reader, message);
  const reply = question === null ? null : await textIn(runner, reader, answer);
  return question === null || reply === null ? null : { question, reply };
};

const textIn = async (
  { home, exchange }: Runner,
  reader: string,
  message: string,
): Promise<string | null> => {
  const said = await readBody<BodyOf<'question'> | BodyOf<'reply'>>(home, message);
  if (!said) throw new WrongBytes();
  return wholeText(home, exchange, reader, { head: said.text, whole: said.whole });
};
