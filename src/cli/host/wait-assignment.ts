/** Makes an assignment and waits until it is active. */
import { systemClock } from '../../adapters/system/clock.ts';
import { isWord } from '../../core/encoding/grammar.ts';
import { EntangleError } from '../../core/errors.ts';
import { callHost, type HostClient } from '../../core/host-api/client.ts';
import type { AssignmentView } from '../../core/host-api/shapes.ts';
import { COMING_ASSIGNMENT_STATES } from '../../core/vocabulary.ts';

const POLL_MS = 100;

/** The reason, with what its runner said of it. */
export const whyOf = ({ reason, detail }: AssignmentView): string | null =>
  reason !== null && detail !== null ? `${reason}: ${detail}` : reason;

/** `waitMs` undefined: does not wait. */
export const assignNode = async (
  client: HostClient,
  body: { node: string; runner: string },
  waitMs: number | undefined,
): Promise<AssignmentView> => {
  const made = await callHost(client, 'assignments.create', { body });
  return waitMs === undefined ? made : waitForAssignment(client, made.id, waitMs);
};

const waitForAssignment = async (
  client: HostClient,
  id: string,
  timeoutMs: number,
): Promise<AssignmentView> => {
  const deadline = systemClock.monotonic() + timeoutMs;
  for (;;) {
    const { items } = await callHost(client, 'assignments.list');
    const one = items.find((item) => item.id === id);
    if (one?.state === 'active') return one;
    if (one && !isWord(COMING_ASSIGNMENT_STATES, one.state))
      throw new EntangleError('denied', `the assignment is ${one.state}: ${whyOf(one) ?? 'no reason given'}`);
    if (systemClock.monotonic() >= deadline)
      throw new EntangleError('timed_out', `assignment ${id} is still ${one?.state ?? 'unknown'}`, {
        hint: 'check that the runner is live: `entangle host runner list`',
      });
    await systemClock.sleep(POLL_MS);
  }
};
