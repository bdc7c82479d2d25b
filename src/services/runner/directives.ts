/** What an engine may ask for while it runs. Free text is never authority: a directive is checked against the routes. */
import * as z from 'zod';
import { toHex, utf8, utf8Length } from '../../core/encoding/bytes.ts';
import { readShape } from '../../core/encoding/read-shape.ts';
import { parseStrict } from '../../core/encoding/strict-json.ts';
import { EntangleError } from '../../core/errors.ts';
import type { Budget } from '../../core/graph/model.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { Draft } from '../../core/protocol/compose.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { MAX_TEXT_BYTES } from '../../core/vocabulary.ts';
import { edgeDenial, isCutOffFrom } from '../messaging/authorization-context.ts';
import { carry, wholeOf } from '../messaging/long-text.ts';
import { type Allowance, allowed, share } from './budget.ts';
import { cutOff } from './report-state.ts';
import type { Runner } from './runner.ts';

const POLL_MS = 200;
const directiveSchema = z.strictObject({
  id: z.union([z.string().max(64), z.int()]).optional(),
  delegate: z.strictObject({ to: z.string().max(64), task: z.string().min(1) }),
});
type Directive = z.infer<typeof directiveSchema>;
type Answer =
  | { ok: true; session: string; state: string; reason?: string; summary?: string; commit?: string }
  | { ok: false; error: { code: string; message: string } };

const refused = (code: string, message: string): Answer => ({ ok: false, error: { code, message } });

type AnsweredTurn = {
  session: RowOf<'sessions'>;
  turn: number;
  request: BodyOf<'task.request'>;
  own: Budget | undefined;
};

/** Answers the directives of one turn; its allowance of turns is counted down as it gives work away. */
export const answerer = (
  runner: Runner,
  { session, turn, request, own }: AnsweredTurn,
  signal: AbortSignal,
) => {
  const allowance = allowed(request.budget, own, turn);
  const asked = new Map<string, number>();
  return async (line: string): Promise<string> => {
    const directive = read(line);
    if (!directive)
      return JSON.stringify(
        refused('bad_directive', 'one line of JSON: {"id":…,"delegate":{"to":…,"task":…}}'),
      );
    const ordinalOf = ({ to, task }: Directive['delegate']): string => {
      const count = (asked.get(`${to} ${task}`) ?? 0) + 1;
      asked.set(`${to} ${task}`, count);
      return `${turn}.${count}`;
    };
    const answer = await delegate(runner, session, directive.delegate, allowance, ordinalOf, signal);
    return JSON.stringify({ id: directive.id, ...answer });
  };
};

const read = (line: string): Directive | null => {
  try {
    const parsed = readShape(directiveSchema, parseStrict(line, { maxDepth: 8 }));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
};

const delegate = async (
  runner: Runner,
  session: RowOf<'sessions'>,
  wanted: Directive['delegate'],
  allowance: Allowance,
  ordinalOf: (wanted: Directive['delegate']) => string,
  signal: AbortSignal,
): Promise<Answer> => {
  const { home } = runner;
  const me = home.identities.get(session.node);
  if (!me) return refused('not_assigned', 'this node is not assigned here any more');
  if (!home.leases.isLive(me.pubkey))
    return refused('no_lease', 'this node’s lease is over: it gives nothing away before it is renewed');
  const peer = home.tables.get('peers', me.pubkey, wanted.to);
  if (!peer) return refused('no_edge', `the graph has no edge from ${me.name} to "${wanted.to}"`);
  if (!peer.pubkey) return refused('not_running', `"${wanted.to}" is not running anywhere now`);
  const denial = edgeDenial(home, me.pubkey, peer.pubkey, 'task.request', true);
  if (denial)
    return refused(denial, `the graph does not let ${me.name} delegate to "${wanted.to}" (${denial})`);
  const budget = share(allowance, me.name, wanted.to);
  if (!budget)
    return refused('budget_exceeded', 'no hops or turns are left, or the task would come back to who had it');
  const key = toHex(
    home.suite.sha256(
      utf8(`${session.id} ${session.attempt} ${wanted.to} ${wanted.task} ${ordinalOf(wanted)}`),
    ),
  );
  const child = childId(session.id, key);
  if (utf8Length(wanted.task) > MAX_TEXT_BYTES)
    return refused('too_large', `a task may have at most ${MAX_TEXT_BYTES} bytes`);
  const text = await carry(home, wanted.task);
  const requestTo = (to: string, attempt: number): Draft<'task.request'> => ({
    type: 'task.request',
    from: me.pubkey,
    to,
    body: { session: child, attempt, task: text.head, ...wholeOf(text), budget },
    session: child,
    dedup: `delegate:${key.slice(0, 32)}:${attempt}`,
  });
  const given = home.tables.get('sessions', child);
  const objection = given
    ? null
    : await runner.exchange.send([requestTo(peer.pubkey, 1)]).then(() => null, refusalOf);
  const again = async (row: RowOf<'sessions'>): Promise<void> => {
    const now = home.tables.get('peers', me.pubkey, wanted.to)?.pubkey;
    if (!now || now === row.node || !home.leases.isLive(me.pubkey)) return;
    if (edgeDenial(home, me.pubkey, now, 'task.request', true)) return;
    const isOpen = () => home.tables.get('sessions', child)?.open === 1;
    const request = requestTo(now, row.attempt + 1);
    // What went meanwhile is looked at again at the next look
    await runner.exchange.send(() => (isOpen() ? [request] : [])).catch(refusalOf);
  };
  return objection ?? outcomeOf(runner, session, { child, to: wanted.to, again }, signal);
};

/** An edge that went meanwhile, or the node itself: the agent is told, its turn goes on. */
const refusalOf = (error: unknown): Answer => {
  if (!(error instanceof EntangleError)) throw error;
  return refused(error.code, [error.message, error.hint].filter(Boolean).join('; '));
};

/** A UUIDv7 beside its parent's time that a restarted turn computes again: the same work is not given away twice. */
const childId = (parent: string, key: string): string =>
  `${parent.slice(0, 13)}-7${key.slice(0, 3)}-8${key.slice(3, 6)}-${key.slice(6, 18)}`;

/**
 * Waits for the child's end; while it waits, the parent takes no capacity. Where the node got another key, that one is
 * asked under the next attempt, as a person would ask it: what the key before has done, it tells, and does not do again.
 * Where the edge to it went, its owner ends the child and can tell this node nothing: the routes themselves say so.
 */
const outcomeOf = (
  runner: Runner,
  session: RowOf<'sessions'>,
  given: { child: string; to: string; again: (row: RowOf<'sessions'>) => Promise<void> },
  signal: AbortSignal,
): Promise<Answer> =>
  runner.turns.waiting(session.id, async () => {
    runner.poke();
    for (;;) {
      const row = runner.home.tables.get('sessions', given.child);
      if (row?.open === 0) return answerOf(row);
      if (row && isCutOffFrom(runner.home, session.node, given.to)) return answerOf({ ...row, ...cutOff });
      if (signal.aborted) return refused('cancelled', 'the turn ended while it waited');
      if (row) await given.again(row);
      await runner.home.clock.sleep(POLL_MS, signal);
    }
  });

const answerOf = (row: RowOf<'sessions'>): Answer => {
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
