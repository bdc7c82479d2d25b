/** Work that an engine gives to another agent node and waits for: over an edge, out of the budget of its own task. */
import { MAX_TEXT_BYTES } from '../../core/bounds.ts';
import type { DirectiveSaid } from '../../core/directives.ts';
import { utf8Length } from '../../core/encoding/bytes.ts';
import { derivedId } from '../../core/encoding/id.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { Draft } from '../../core/protocol/compose.ts';
import type { WorkType } from '../../core/vocabulary.ts';
import { edgeDenial, edgeDenialTo, isCutOffFrom } from '../messaging/authorization-context.ts';
import { carry, wholeOf } from '../messaging/long-text.ts';
import type { Sayable } from '../messaging/send.ts';
import { share } from './budget.ts';
import {
  type DirectingTurn,
  type DirectiveAnswer,
  nextKey,
  type Refused,
  refusalOf,
  refused,
  speaker,
} from './directive.ts';
import { conversationOf } from './observations.ts';
import { cutOff } from './report-state.ts';
import type { Runner } from './runner.ts';

const POLL_MS = 200;
export const delegate = async (
  turn: DirectingTurn,
  wanted: DirectiveSaid<'delegate'>,
): Promise<DirectiveAnswer> => {
  const said = `${wanted.to} ${wanted.task}`;
  const ended = await giveTask(turn, { ...wanted, relation: 'delegates_to', said });
  if (!('ok' in ended)) return answerOf(ended);
  // Whoever follows the turn reads why nobody else works at it
  turn.tell(`no work of ${wanted.to}: ${ended.error.message}`);
  return ended;
};

/** Relations over which work is given and its end waited for, with the message that opens it. */
const TYPE_OF = { delegates_to: 'task.request', escalates_to: 'task.escalate' } as const;
type Way = keyof typeof TYPE_OF;

/** `said`: what it stands for in ids and dedup keys. */
type Given = DirectiveSaid<'delegate'> & { relation: Way; said: string };
/** The session of it when that has ended. */
export const giveTask = async (turn: DirectingTurn, wanted: Given): Promise<RowOf<'sessions'> | Refused> => {
  const { relation } = wanted;
  const type = TYPE_OF[relation];
  const { runner, session, allowance, signal } = turn;
  const { home } = runner;
  const me = speaker(turn, 'gives away');
  if ('ok' in me) return me;
  const peer = home.tables.get('peers', me.pubkey, wanted.to);
  if (!peer) return refused('no_edge', `the graph has no edge "${me.name} ${relation} ${wanted.to}"`);
  const { key, take } = nextKey(turn, wanted.said);
  const child = derivedId(session.id, key);
  // Of a turn that runs again: what was asked stays asked
  const given = home.tables.get('sessions', child);
  const denial = given ? null : edgeDenialTo(home, me.pubkey, wanted.to, type);
  if (denial)
    return refused(
      denial,
      `the graph has no edge "${me.name} ${relation} ${wanted.to}" that carries it (${denial})`,
    );
  const to = given?.node ?? peer.pubkey;
  if (!to) return refused('not_running', `"${wanted.to}" is not running anywhere now`);
  if (utf8Length(wanted.task) > MAX_TEXT_BYTES)
    return refused('too_large', `a task may have at most ${MAX_TEXT_BYTES} bytes`);
  const budget = share(allowance, me.name, wanted.to);
  if (!budget)
    return refused('budget_exceeded', 'no hops or turns are left, or the task would come back to who had it');
  const giveBack = take();
  const text = await carry(home, wanted.task);
  const requestTo = (to: string, attempt: number): Draft<(typeof TYPE_OF)[Way]> => ({
    ...{ type, from: me.pubkey, to },
    body: { session: child, attempt, task: text.head, ...wholeOf(text), budget },
    dedup: `delegate:${key.slice(0, 32)}:${attempt}`,
  });
  const saidTo = (to: string, attempt: number): Sayable[] => {
    const request = requestTo(to, attempt);
    const move = { session: session.id, conversation: child, attempt, move: 'opened' } as const;
    return [request, ...conversationOf(home, request, move)];
  };
  // What the Host was not told yet it is told
  const said = given ? saidTo(given.node, given.attempt).slice(1) : saidTo(to, 1);
  const objection = await runner.exchange.send(said).then(() => null, refusalOf);
  if (objection) giveBack();
  // What was given before stays with who has it
  if (objection && !given) allowance.turns += budget.turns;
  const again = async (row: RowOf<'sessions'>): Promise<void> => {
    const now = home.tables.get('peers', me.pubkey, wanted.to)?.pubkey;
    if (!now || now === row.node || !home.leases.isLive(me.pubkey)) return;
    if (edgeDenial(home, me.pubkey, now, type, true)) return;
    const isOpen = () => home.tables.get('sessions', child)?.open === 1;
    const said = saidTo(now, row.attempt + 1);
    // What went meanwhile is looked at again at the next look
    await runner.exchange.send(() => (isOpen() ? said : [])).catch(refusalOf);
  };
  return objection ?? outcomeOf(runner, session, { child, to: wanted.to, type, again }, signal);
};

/**
 * Waits for the child's end; while it waits, the parent takes no capacity. Where the node got another key, that one is
 * asked under the next attempt, as a person would ask it: what the key before has done, it tells, and does not do again.
 * Where the edge to it went, its owner ends the child and can tell this node nothing: the routes themselves say so.
 */
const outcomeOf = (
  runner: Runner,
  session: RowOf<'sessions'>,
  given: { child: string; to: string; type: WorkType; again: (row: RowOf<'sessions'>) => Promise<void> },
  signal: AbortSignal,
): Promise<RowOf<'sessions'> | Refused> =>
  runner.turns.waiting(session.id, async () => {
    runner.poke();
    for (;;) {
      const row = runner.home.tables.get('sessions', given.child);
      if (row?.open === 0) return row;
      if (row && isCutOffFrom(runner.home, session.node, given.to, given.type)) return { ...row, ...cutOff };
      if (signal.aborted) return refused('cancelled', 'the turn ended while it waited');
      if (row) await given.again(row);
      await runner.home.clock.sleep(POLL_MS, signal);
    }
  });

const answerOf = (row: RowOf<'sessions'>): DirectiveAnswer => {
  const detail = row.detail;
  return {
    ok: true,
    session: row.id,
    state: row.state,
    ...(row.reason ? { reason: row.reason } : {}),
    ...(detail?.summary ? { summary: detail.summary } : {}),
    ...(detail?.commit ? { commit: detail.commit } : {}),
  };
};
