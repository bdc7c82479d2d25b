/** Long work beside a person who types and relays that speak: it rests after each slice of time. */
import type { Steps } from '../../core/steps.ts';
import type { Clock } from '../../ports/index.ts';

/** A key that is typed meanwhile is answered so late, and one step later. */
const SLICE_MS = 8;

export const inSlices = async <T>(clock: Pick<Clock, 'monotonic' | 'sleep'>, steps: Steps<T>): Promise<T> => {
  for (let since = clock.monotonic(); ; ) {
    const step = steps.next();
    if (step.done) return step.value;
    if (clock.monotonic() - since < SLICE_MS) continue;
    await clock.sleep(0);
    since = clock.monotonic();
  }
};
