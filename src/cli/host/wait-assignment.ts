/** Makes an assignment and waits until it is active. */
import { systemClock } from '../../adapters/system/clock.ts';
import { isWord } from '../../core/encoding/grammar.ts';
import { EntangleError } from '../../core/errors.ts';
import { callHost, type HostClient } from '../../core/host-api/client.ts';
import type { PlacementView } from '../../core/host-api/placement-view.ts';
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
  if (waitMs === undefined) return made;
  return awaitActive(client, ({ id }) => id === made.id, `assignment ${made.id}`, waitMs);
};

/** The one that the node gets after it was moved. */
export const awaitAbove = (client: HostClient, moved: PlacementView, waitMs: number) =>
  awaitActive(
    client,
    ({ node, fence }) => node === moved.node && fence > moved.fence,
    `"${moved.node}" on ${moved.runner}`,
    waitMs,
    moved.from === null || moved.from === moved.runner ? undefined : heldUp(moved, moved.from),
  );

/** Until it is offered, it hangs on whom it leaves. */
const heldUp = ({ node, runner }: PlacementView, from: string): EntangleError =>
  new EntangleError(
    'timed_out',
    `"${node}" is not offered to ${runner} yet: ${from} has not acknowledged that it runs it no more, and its lease may hold`,
    { hint: `check ${from}: \`entangle host runner show ${from}\`; the move goes on without this command` },
  );

const awaitActive = async (
  client: HostClient,
  isIt: (one: AssignmentView) => boolean,
  what: string,
  timeoutMs: number,
  notOffered?: EntangleError,
): Promise<AssignmentView> => {
  const deadline = systemClock.monotonic() + timeoutMs;
  for (;;) {
    const { items } = await callHost(client, 'assignments.list');
    const one = items.find(isIt);
    if (one?.state === 'active') return one;
    if (one && !isWord(COMING_ASSIGNMENT_STATES, one.state))
      throw new EntangleError('denied', `the assignment is ${one.state}: ${whyOf(one) ?? 'no reason given'}`);
    if (systemClock.monotonic() >= deadline && !one && notOffered) throw notOffered;
    if (systemClock.monotonic() >= deadline)
      throw new EntangleError('timed_out', `${what} is still ${one?.state ?? 'not offered'}`, {
        hint: 'check that the runner is live: `entangle host runner list`',
      });
    await systemClock.sleep(POLL_MS);
  }
};
