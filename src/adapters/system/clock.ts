/** The system's clock. */
import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../ports/index.ts';
import { monotonicMs } from './monotonic.ts';

/** Longest delay that a timer takes; beyond it Node fires at once. */
const LONGEST = 2_147_483_647;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: monotonicMs,
  sleep: async (ms, signal) => {
    if (!(ms > 0)) return turn();
    const end = monotonicMs() + ms;
    while (signal?.aborted !== true) {
      const left = end - monotonicMs();
      if (!(left > 0)) return;
      await pause(Math.min(left, LONGEST), signal);
    }
  },
};

const pause = (ms: number, signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, Math.ceil(ms));
    signal?.addEventListener('abort', done, { once: true });
  });
