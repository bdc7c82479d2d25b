/** Time that passes only when everybody waits: the clock jumps to the next sleeper and wakes it. */
import type { Clock } from '../../src/ports.ts';

export type VirtualClock = {
  clock: Clock;
  /** Lets time pass until `look` finds something; fails with what it waited for. */
  until<T>(what: string, look: () => T | null | undefined | false, limitMs?: number): Promise<T>;
  /** Lets everything that wakes within the time happen. */
  pass(ms: number): Promise<void>;
  elapsed(): number;
};

const START = 1_795_000_000_000;

/** Work that waits for no time at all (promises, immediates) is done before the clock moves. */
const settle = async (): Promise<void> => {
  for (let i = 0; i < 3; i++) await new Promise((done) => setImmediate(done));
};

export const virtualClock = (start = START): VirtualClock => {
  let now = start;
  const sleepers: { at: number; wake: () => void }[] = [];
  const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const leave = () => {
        const at = sleepers.indexOf(one);
        if (at >= 0) sleepers.splice(at, 1);
        resolve();
      };
      const one = {
        at: now + Math.max(0, ms),
        wake: () => {
          signal?.removeEventListener('abort', leave);
          resolve();
        },
      };
      sleepers.push(one);
      signal?.addEventListener('abort', leave, { once: true });
    });
  /** Wakes the first sleeper not after `limit`; false where there is none. */
  const step = (limit: number): boolean => {
    const first = Math.min(...sleepers.map(({ at }) => at));
    if (!(first <= limit)) return false;
    const [next] = sleepers.splice(
      sleepers.findIndex(({ at }) => at === first),
      1,
    );
    now = Math.max(now, first);
    next!.wake();
    return true;
  };
  return {
    clock: { now: () => now, monotonic: () => now - start, sleep },
    elapsed: () => now - start,
    async until(what, look, limitMs = 3_600_000) {
      const limit = now + limitMs;
      for (;;) {
        await settle();
        const found = look();
        if (found) return found;
        if (!step(limit)) throw new Error(`never: ${what} (${now - start} ms after the start)`);
      }
    },
    async pass(ms) {
      const limit = now + ms;
      do await settle();
      while (step(limit));
      now = limit;
    },
  };
};
