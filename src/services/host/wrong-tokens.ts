/** How often a wrong token was given lately, or a request refused: that is slowed down, what is right is not. */
import type { Clock } from '../../ports/index.ts';

/** So many wrong tokens within a minute are answered as such; the rest of that minute is refused unseen. */
export const MAX_WRONG = 20;
export const WRONG_SECONDS = 60;
const MINUTE_MS = WRONG_SECONDS * 1_000;

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

/** Of more callers the one that came first is forgotten. */
const MOST_CALLERS = 1_000;

/** The same for each caller by itself: requests that it may not make. */
export const refusedRequests = (clock: Pick<Clock, 'monotonic'>): ((name: string) => number) => {
  const counts = new Map<string, () => number>();
  return (name) => {
    const count = counts.get(name) ?? wrongTokens(clock);
    counts.set(name, count);
    const [oldest] = counts.keys();
    if (counts.size > MOST_CALLERS && oldest !== undefined) counts.delete(oldest);
    return count();
  };
};
