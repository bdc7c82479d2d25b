/** How often a wrong token was given lately: guessing is slowed down, whoever has a right one is not. */
import type { Clock } from '../../ports/index.ts';

/** So many wrong tokens within a minute are answered as such; the rest of that minute is refused unseen. */
export const MAX_WRONG = 20;
const MINUTE_MS = 60_000;

/** Counts one more, and gives how many that makes in the minute that began with the first. */
export const wrongTokens = (clock: Pick<Clock, 'monotonic'>): (() => number) => {
  let since = Number.NEGATIVE_INFINITY;
  let count = 0;
  return () => {
    const now = clock.monotonic();
    if (now - since >= MINUTE_MS) {
      since = now;
      count = 0;
    }
    count += 1;
    return count;
  };
};
