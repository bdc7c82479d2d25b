/** Waits for bytes that a runner serves. */
import { EntangleError } from '../../core/errors.ts';
import type { Clock } from '../../ports/index.ts';

const POLL_MS = 200;

/** What `look` finds, which asks for it where it is not here; `unavailable` from the deadline (monotonic) on. */
export const arrived = async <T>(
  clock: Clock,
  what: string,
  deadline: number,
  look: () => Promise<T | null>,
): Promise<T> => {
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    if (clock.monotonic() >= deadline)
      throw new EntangleError('unavailable', `${what} has not arrived yet`, {
        hint: 'try again when the runner is online',
      });
    await clock.sleep(POLL_MS);
  }
};
