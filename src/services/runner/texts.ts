/** What people wrote to a node, whole: the task of a session, and why one was rejected or cancelled. */
import { cutMiddle } from '../../core/encoding/cut.ts';
import { EntangleError } from '../../core/errors.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { wholeText } from '../messaging/long-text.ts';
import { readBody } from '../messaging/read-event.ts';
import type { Runner } from './runner.ts';

type Session = RowOf<'sessions'>;

/** Of the request that a node got; null while the rest of it is not here. */
export const taskOf = (
  runner: Runner,
  node: string,
  { task, whole }: BodyOf<'task.request'>,
): Promise<string | null> => wholeText(runner.home, runner.exchange, node, { head: task, whole });

/** Bytes that are not what their message names: they never will be. */
export const isInvalid = (error: unknown): error is EntangleError =>
  error instanceof EntangleError && error.code === 'invalid';

type Reason = { reason?: string | undefined; whole?: BodyOf<'task.cancel'>['whole'] };

/** How long the rest of a reason is waited for: who wrote it may be away, and the end is told all the same. */
const REST_MS = 60_000;
/** As much of a reason as a result says. */
const MOST_TOLD = 1500;

/** Null while the rest may come. */
const reasonOf = async (runner: Runner, node: string, message: string): Promise<string | null> => {
  const { home, exchange } = runner;
  const { reason, whole } = (await readBody<Reason>(home, message)) ?? {};
  if (!reason) return '';
  const all = await wholeText(home, exchange, node, { head: reason, whole }).catch((error: unknown) => {
    if (!isInvalid(error)) throw error;
    return `${reason} …`;
  });
  if (all !== null) return `: ${all}`;
  const { kept = 0 } = home.tables.get('messages', message, 'in') ?? {};
  return home.clock.now() - kept > REST_MS ? `: ${reason} …` : null;
};

const nameOf = (runner: Runner, node: string, pubkey: string): string =>
  runner.home.tables.list('peers', { owner: node, pubkey })[0]?.name ?? 'a person';

/** Who rejected the approval, and why, for whoever launched the session; null while the rest of that may come. */
export const rejectionOf = async (
  runner: Runner,
  session: Session,
  approval: string,
): Promise<string | null> => {
  const words: string[] = [];
  for (const { approver, message } of runner.home.tables.list('decisions', {
    approval,
    decision: 'rejected',
  })) {
    const reason = await reasonOf(runner, session.node, message);
    if (reason === null) return null;
    words.push(`rejected by ${nameOf(runner, session.node, approver)}${reason}`);
  }
  return cutMiddle(words.join('\n'), MOST_TOLD);
};

/** Who cancelled the session, and why; null while the rest of that may come. */
export const cancellationOf = async (runner: Runner, session: Session): Promise<string | null> => {
  const sent = { session: session.id, type: 'task.cancel', dir: 'in', sender: session.requester } as const;
  const [row] = runner.home.tables.list('messages', sent);
  const reason = row ? await reasonOf(runner, session.node, row.id) : '';
  if (reason === null) return null;
  return cutMiddle(`cancelled by ${nameOf(runner, session.node, session.requester)}${reason}`, MOST_TOLD);
};
