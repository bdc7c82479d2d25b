/** Long work beside a person who types and relays that speak: it rests after each slice of time. */
import type { Steps } from '../../core/steps.ts';
import type { Clock } from '../../ports/index.ts';

/** A key that is typed meanwhile is answered so late, and one step later. */
const SLICE_MS = 8;

type Time = Pick<Clock, 'monotonic' | 'sleep'>;

export const inSlices = async <T>(clock: Time, steps: Steps<T>): Promise<T> => {
  const rest = resting(clock);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    await rest();
  }
};

/** Called between two steps of work that waits for others anyway. */
export const resting = (clock: Time): (() => Promise<void>) => {
  let since = clock.monotonic();
  return async () => {
    if (clock.monotonic() - since < SLICE_MS) return;
    await clock.sleep(0);
    since = clock.monotonic();
  };
};
