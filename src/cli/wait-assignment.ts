/** Waits at the Host API until an assignment is active. */
import { systemClock } from '../adapters/clock.ts';
import { EntangleError } from '../core/errors.ts';
import type { listAssignments } from '../services/host/assignments.ts';
import type { Api } from './serve.ts';

type Assignments = ReturnType<typeof listAssignments>;
export type Assignment = Assignments['items'][number];
const POLL_MS = 100;
const COMING = ['offered', 'accepted'];

export const waitForAssignment = async (api: Api, id: string, timeoutMs: number): Promise<Assignment> => {
  const deadline = systemClock.monotonic() + timeoutMs;
  for (;;) {
    const { items } = await api<Assignments>('GET', '/v1/assignments');
    const one = items.find((item) => item.id === id);
    if (one?.state === 'active') return one;
    if (one && !COMING.includes(one.state))
      throw new EntangleError('denied', `the assignment is ${one.state}: ${one.reason ?? 'no reason given'}`);
    if (systemClock.monotonic() >= deadline)
      throw new EntangleError('timed_out', `assignment ${id} is still ${one?.state ?? 'unknown'}`, {
        hint: 'Is the runner running? See `entangle host runner list`.',
      });
    await systemClock.sleep(POLL_MS);
  }
};
