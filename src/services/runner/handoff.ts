/** A task that an engine hands on to another agent node for good: what becomes of it there becomes of its own session. */
import { MAX_TEXT_BYTES } from '../../core/bounds.ts';
import type { DirectiveSaid } from '../../core/directives.ts';
import { toHex, utf8, utf8Length } from '../../core/encoding/bytes.ts';
import { derivedId } from '../../core/encoding/id.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { Draft } from '../../core/protocol/compose.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { edgeDenialTo } from '../messaging/authorization-context.ts';
import { carry, wholeOf } from '../messaging/long-text.ts';
import type { Sayable } from '../messaging/send.ts';
import { share } from './budget.ts';
import {
  type DirectingTurn,
  type DirectiveAnswer,
  type Refused,
  refusalOf,
  refused,
  speaker,
  TURN_ENDED,
} from './directive.ts';
import { conversationOf } from './observations.ts';
import { isReview } from './review-work.ts';
import type { Runner } from './runner.ts';

type Session = RowOf<'sessions'>;
export type Handed = BodyOf<'task.handoff'>;

export const HANDED_OFF = refused('handed_off', 'this task was handed off: its turn is over, end it');

/** One for each attempt. Of its request, which nobody else has: so nobody else can take the id before. */
const idOf = ({ home }: Runner, { id, request }: Session): string =>
  derivedId(id, toHex(home.suite.sha256(utf8(`handoff ${request}`))));

/** The session that this attempt was handed on as, by what is on record: a restart, too, finds it. */
export const handedOn = (runner: Runner, session: Session): Session | null => {
  const child = runner.home.tables.get('sessions', idOf(runner, session));
  return child?.requester === session.node ? child : null;
};

/** Whoever follows the turn reads to whom, or why not. */
export const handoff = async (
  turn: DirectingTurn,
  wanted: DirectiveSaid<'handoff'>,
): Promise<DirectiveAnswer> => {
  const answer = await handOff(turn, wanted);
  const { to } = wanted;
  turn.tell(answer.ok ? `handed off to ${to}` : `not handed off to ${to}: ${answer.error.message}`);
  return answer;
};

const handOff = async (
  turn: DirectingTurn,
  { to, task }: DirectiveSaid<'handoff'>,
): Promise<DirectiveAnswer> => {
  const { runner, session, allowance, isOver } = turn;
  const { home } = runner;
  const me = speaker(turn, 'hands off');
  if ('ok' in me) return me;
  if (isReview(runner, session))
    return refused('is_review', 'a review is not handed on: who was asked says the verdict');
  const recipient = recipientOf(runner, session, me.name, to);
  if (typeof recipient !== 'string') return recipient;
  if (utf8Length(task) > MAX_TEXT_BYTES)
    return refused('too_large', `a task may have at most ${MAX_TEXT_BYTES} bytes`);
  const id = idOf(runner, session);
  if (home.tables.get('sessions', id))
    return refused('session_taken', 'another node has taken the id of its session');
  const text = await carry(home, task);
  const budget = share({ ...allowance }, me.name, to, true);
  if (!budget)
    return refused('budget_exceeded', 'no hops or turns are left, or the task would come back to who had it');
  const body = { session: id, attempt: 1, task: text.head, ...wholeOf(text), budget };
  const said = handoffTo(runner, session, recipient, body);
  let isSaid = false;
  const once = () => {
    isSaid = !isOver();
    return isSaid ? said : [];
  };
  const objection = await runner.exchange.send(once).then(() => null, refusalOf);
  if (objection) return objection;
  if (!isSaid) return handedOn(runner, session) ? HANDED_OFF : TURN_ENDED;
  runner.poke();
  return { ok: true, handed_off: true, session: id };
};

const recipientOf = ({ home }: Runner, { node }: Session, me: string, to: string): string | Refused => {
  const peer = home.tables.get('peers', node, to);
  if (!peer) return refused('no_edge', `the graph has no edge "${me} hands_off_to ${to}"`);
  const denial = edgeDenialTo(home, node, to, 'task.handoff');
  if (denial)
    return refused(denial, `the graph has no edge "${me} hands_off_to ${to}" that carries it (${denial})`);
  return peer.pubkey ?? refused('not_running', `"${to}" is not running anywhere now`);
};

/** What is said of it to the other node, and to the Host. */
export const handoffTo = ({ home }: Runner, { id, node }: Session, to: string, body: Handed): Sayable[] => {
  const { session, attempt } = body;
  const given: Draft<'task.handoff'> = {
    ...{ type: 'task.handoff', from: node, to, body },
    dedup: `handoff:${session}:${attempt}`,
  };
  return [
    given,
    ...conversationOf(home, given, { session: id, conversation: session, attempt, move: 'opened' }),
  ];
};
