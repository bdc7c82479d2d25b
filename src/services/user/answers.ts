/** One question whole, and what this person says to it. */
import { EntangleError } from '../../core/errors.ts';
import { questionState, replyTo } from '../../core/projection/queries.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { Draft } from '../../core/protocol/compose.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import type { QuestionState } from '../../core/vocabulary.ts';
import type { Home } from '../messaging/home.ts';
import { carry, requireCarried, wholeOf, wholeText } from '../messaging/long-text.ts';
import { readBody } from '../messaging/read-event.ts';
import { arrived } from './arrived.ts';
import { handedOver } from './ask.ts';
import { nameOf } from './peers.ts';
import { questionRow } from './questions.ts';
import type { User } from './user.ts';

type Question = RowOf<'questions'>;

/** With all of its text. */
export type ShownQuestion = ReturnType<typeof questionRow> & {
  /** What this person answered; null where nothing was, or not all of it is here. */
  reply: string | null;
  /** Of an escalation, names that the task came through: the last escalated it. */
  path: string[];
};

/** Refuses to show a part of the question for the whole. */
export const showQuestion = async (user: User, row: Question, waitMs: number): Promise<ShownQuestion> => {
  const { home, exchange } = user;
  const me = home.self.pubkey;
  const read = (message: string | null) =>
    readBody<BodyOf<'question'> | BodyOf<'escalation'> | BodyOf<'reply'>>(home, message);
  const put = await read(row.message);
  const { text: head, whole } = put ?? { text: row.words };
  const deadline = home.clock.monotonic() + waitMs;
  const text = await arrived(home.clock, 'the question', deadline, () =>
    wholeText(home, exchange, { writer: row.node, reader: me }, { head, whole }),
  );
  const said = await read(replyTo(home.tables, row.id));
  const own = { writer: me, reader: me };
  const reply = said ? await wholeText(home, exchange, own, { head: said.text, whole: said.whole }) : null;
  return {
    ...questionRow(home, row),
    text,
    isWhole: true,
    reply,
    path: put && 'path' in put ? put.path : [],
  };
};

const REFUSED: Readonly<Record<Exclude<QuestionState, 'open'>, string>> = {
  answered: 'you already answered this; an answer cannot be changed',
  over: 'nobody waits for an answer any more: the turn that asked is over',
};

const requireOpen = (home: Home, row: Question): void => {
  const state = questionState(home.tables, row);
  if (state === 'open') return;
  throw new EntangleError('conflict', REFUSED[state], { hint: `see \`entangle user show ${row.session}\`` });
};

export type Replied = { question: string; session: string; node: string };

/** Durable when it resolves. Refuses what was answered, and what nobody waits for. */
export const replyToQuestion = async (user: User, row: Question, text: string): Promise<Replied> => {
  const { home, exchange } = user;
  if (text.trim() === '')
    throw new EntangleError('usage', 'the agent needs words to go on with', { hint: 'give it an answer' });
  requireOpen(home, row);
  const carried = await carry(home, requireCarried('an answer', text));
  const reply: Draft<'reply'> = {
    type: 'reply',
    from: home.self.pubkey,
    to: row.node,
    body: { session: row.session, question: row.id, text: carried.head, ...wholeOf(carried) },
    re: row.message,
    dedup: `reply:${row.id}`,
  };
  await exchange.send(() => {
    // Again: of two that were begun together one was signed, and the other would pass for it
    requireOpen(home, row);
    return [reply];
  });
  const node = nameOf(home, row.node);
  if (carried.whole) await handedOver(user, [carried.whole.sha256], { pubkey: row.node, name: node });
  return { question: row.id, session: row.session, node };
};
