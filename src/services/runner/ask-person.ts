/** A question of an engine to the person who launched its task; the turn waits for the answer. */
import { MAX_QUESTIONS, MAX_TEXT_BYTES, MOST_BRIEF } from '../../core/bounds.ts';
import type { DirectiveSaid } from '../../core/directives.ts';
import { utf8Length } from '../../core/encoding/bytes.ts';
import { derivedId } from '../../core/encoding/id.ts';
import { isAsking, replyTo } from '../../core/projection/queries.ts';
import type { Draft } from '../../core/protocol/compose.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { edgeDenial } from '../messaging/authorization-context.ts';
import { carry, wholeOf } from '../messaging/long-text.ts';
import {
  type DirectingTurn,
  type DirectiveAnswer,
  nextKey,
  type Refused,
  refusalOf,
  refused,
  speaker,
  TURN_ENDED,
  unshown,
  waitForAnswer,
} from './directive.ts';
import { talkOf } from './talk.ts';

export const askPerson = async (
  turn: DirectingTurn,
  { question: text }: DirectiveSaid<'ask'>,
): Promise<DirectiveAnswer> => {
  const { session } = turn;
  const me = speaker(turn, 'asks');
  if ('ok' in me) return me;
  const objection = objectionTo(turn, me.name);
  if (objection) return objection;
  return putInWords(turn, { said: `ask ${text}`, text }, (body, dedup) => ({
    ...{ type: 'question', from: me.pubkey, to: session.requester },
    ...{ body, re: session.request ?? '', dedup: `ask:${dedup}` },
  }));
};

type Said = { said: string; text: string };
type Draftable = Draft<'question'> | Draft<'escalation'>;
/** Says it once, in a message of either kind, and waits for the reply. */
export const putInWords = async (
  turn: DirectingTurn,
  { said, text }: Said,
  draft: (body: BodyOf<'question'>, dedup: string) => Draftable,
): Promise<DirectiveAnswer> => {
  const { runner, session } = turn;
  const { home } = runner;
  if (utf8Length(text) > MAX_TEXT_BYTES)
    return refused('too_large', `a question may have at most ${MAX_TEXT_BYTES} bytes`);
  const { key, take } = nextKey(turn, said);
  const id = derivedId(session.id, key);
  const isAsked = () => home.tables.get('questions', id) !== undefined;
  const hasRoom = () => isAsked() || home.tables.count('questions', { session: session.id }) < MAX_QUESTIONS;
  // Before its text takes room on this disk
  if (!hasRoom()) return TOO_MANY;
  const giveBack = take();
  const carried = await carry(home, text, MOST_BRIEF);
  // As it is now: the turn may be the second of its attempt
  const { step = session.step } = home.tables.get('sessions', session.id) ?? {};
  const body = {
    ...{ session: session.id, attempt: session.attempt, step, question: id },
    ...{ text: carried.head, ...wholeOf(carried) },
  };
  const question = draft(body, key.slice(0, 32));
  const objected = await runner.exchange
    .send(() => (hasRoom() ? [question] : []))
    .then(() => null, refusalOf);
  if (objected) {
    giveBack();
    return objected;
  }
  return isAsked() ? replyOf(turn, id) : TOO_MANY;
};
const TOO_MANY = refused('too_many_questions', `at most ${MAX_QUESTIONS} questions in one session`);

const objectionTo = ({ runner: { home }, session }: DirectingTurn, me: string): Refused | null => {
  const { requester } = session;
  const [asker] = home.tables.list('peers', { owner: session.node, pubkey: requester });
  if (asker?.kind !== 'user')
    return refused(
      'no_person',
      `"${asker?.name ?? 'who'}" gave ${me} this task: only people answer questions`,
    );
  const denial = edgeDenial(home, session.node, requester, 'question', true);
  if (denial) return refused(denial, `the graph does not let ${me} ask "${asker.name}" (${denial})`);
  return null;
};

const replyOf = (turn: DirectingTurn, question: string): Promise<DirectiveAnswer> => {
  const { runner, session, task } = turn;
  const { tables } = runner.home;
  return waitForAnswer(turn, async () => {
    const isThere = replyTo(tables, question) !== null;
    const reply = isThere ? (await talkOf(runner, session, task)).replies.get(question) : undefined;
    if (typeof reply === 'string') return { ok: true, reply };
    if (reply === null) return unshown('answer');
    // An engine may leave without its answer
    const row = tables.get('questions', question);
    return row && !isAsking(tables, row) ? TURN_ENDED : null;
  });
};
