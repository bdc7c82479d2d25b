/** Tells relays which wraps were durably read, so that a mailbox holds only what nobody has read yet. */
import type { RelaySession } from '../../ports/index.ts';
import type { Home } from './home.ts';

const AT_ONCE = 100;
const WAIT_MS = 30_000;

export type Discards = {
  note(me: string, wrapId: string): void;
  /** Tells what waits when it is much or has waited; all of it the last time. */
  flush(last?: boolean): Promise<void>;
};

export const createDiscards = (home: Home, relay: () => RelaySession): Discards => {
  let waiting = new Map<string, Set<string>>();
  let count = 0;
  let since = 0;
  return {
    note(me, wrapId) {
      if (count === 0) since = home.clock.monotonic();
      const ids = waiting.get(me) ?? new Set();
      if (!ids.has(wrapId)) count += 1;
      waiting.set(me, ids.add(wrapId));
    },
    async flush(last = false) {
      const isDue = count >= AT_ONCE || home.clock.monotonic() - since >= WAIT_MS;
      if (count === 0 || !(last || isDue)) return;
      const read = waiting;
      waiting = new Map();
      count = 0;
      // The read models are ahead of the disk for a moment: what it does not hold may not be deleted elsewhere.
      await home.ledger.append(() => []);
      await Promise.all([...read].map(([me, ids]) => relay().discard(me, [...ids])));
    },
  };
};
