/** Ends a session for an operator, after a look at what that does. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { systemClock } from '../../adapters/system/clock.ts';
import { MAX_END_REASON } from '../../core/bounds.ts';
import { sanitize } from '../../core/encoding/sanitize.ts';
import { EntangleError } from '../../core/errors.ts';
import { callHost, type HostClient } from '../../core/host-api/client.ts';
import { endRefusal, isAtRest } from '../../core/host-api/session-end.ts';
import type { HostSessionView } from '../../core/host-api/session-views.ts';
import { confirmOrStop } from '../kit/confirm.ts';
import { duration, hostFlags, yes } from '../kit/flags.ts';
import { oneLine } from '../kit/render.ts';

const POLL_MS = 200;

export const sessionArgs = {
  session: Args.string({ description: 'session id; a unique prefix or suffix is enough', required: true }),
};
export const cancelFlags = {
  reason: Flags.string({
    char: 'm',
    helpValue: 'TEXT',
    description: `reason, for whoever asked for it: at most ${MAX_END_REASON} characters`,
    env: 'ENTANGLE_REASON',
  }),
  wait: duration({ description: 'wait until its runner says that it is over', env: 'ENTANGLE_CANCEL_WAIT' }),
  yes,
  ...hostFlags,
};
type Wanted = { reason: string | undefined; wait: number | undefined; yes: boolean; 'no-input': boolean };

export const cancelQuestion = ({ id, node, requester, held, attempts }: HostSessionView): string => {
  const runner = attempts.at(-1)?.runner ?? 'its runner';
  const ends = held
    ? `${runner} ends the turn that runs, takes back what it asks people, and ends what it gave to others.`
    : 'Nobody runs it now: it is ended when somebody takes it up.';
  return sanitize(
    `End session ${id} of ${node}? ${ends} ${requester || 'Whoever asked'} is told that the Host ended it.`,
  );
};

export const cancelGivenSession = async (
  client: HostClient,
  given: string,
  { reason, wait, ...confirm }: Wanted,
): Promise<HostSessionView> => {
  if (reason !== undefined && reason.length > MAX_END_REASON)
    throw new EntangleError('usage', `a reason has at most ${MAX_END_REASON} characters`, {
      hint: 'write a shorter one',
    });
  const before = await callHost(client, 'sessions.show', { params: { session: given } });
  const refusal = endRefusal(before);
  if (refusal) throw refusal;
  if (!confirm.yes) await confirmOrStop(confirm['no-input'], cancelQuestion(before));
  const params = { session: before.id };
  const asked = await callHost(client, 'sessions.cancel', { params, body: reason ? { reason } : {} });
  return wait === undefined ? asked : awaitEnd(client, asked.id, wait);
};

const awaitEnd = async (client: HostClient, session: string, waitMs: number): Promise<HostSessionView> => {
  const deadline = systemClock.monotonic() + waitMs;
  for (;;) {
    const now = await callHost(client, 'sessions.show', { params: { session } });
    const isOver = isAtRest(now);
    // Of one that was asked for again the attempt is cancelled; what was over before stays as it was
    if (isOver && [now.state, now.attempts.at(-1)?.state].includes('cancelled')) return now;
    if (isOver)
      throw new EntangleError('conflict', `session ${session} is ${now.state}: it was over before`, {
        hint: `see \`entangle host session show ${session}\``,
      });
    if (systemClock.monotonic() >= deadline) throw goesOn(now);
    await systemClock.sleep(POLL_MS);
  }
};

const goesOn = ({ id, state, held, attempts }: HostSessionView): EntangleError => {
  const last = attempts.at(-1);
  const why = !held
    ? 'nobody runs it now'
    : `${last?.runner ?? 'its runner'} has ${last?.told?.acked ? '' : 'not '}acknowledged that`;
  return new EntangleError('timed_out', `session ${id} is still ${state}: ${why}`, {
    hint: `see \`entangle host session show ${id}\`: it is ended without this command`,
  });
};

export const cancelledText = (one: HostSessionView): string => {
  const { id, node, held, attempts } = one;
  if (isAtRest(one)) return oneLine(`session ${id} is ${one.state}: ${one.reason ?? 'no reason given'}`);
  const who = held ? `${attempts.at(-1)?.runner ?? 'its runner'} is told` : 'whoever takes it up is told';
  return oneLine(`session ${id} of ${node} is to end: ${who}; see \`entangle host session show ${id}\``);
};
