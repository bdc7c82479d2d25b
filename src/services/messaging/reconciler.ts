/** Runs a reconciliation after each change, one at a time, and again when something changed meanwhile. */
import type { Clock } from '../../ports/index.ts';

export type Reconciler = {
  /** Something changed: run soon. */
  poke(): void;
  /** Stops after the run under way. */
  stop(): Promise<void>;
};

const RETRY_MS = 1000;

/** `everyMs` also runs it when nothing was heard: time itself may be the change. Failures are told and tried again. */
export const reconcile = (
  clock: Clock,
  everyMs: number,
  run: () => Promise<void>,
  failed: (error: unknown) => void,
): Reconciler => {
  const stopping = new AbortController();
  let dirty = true;
  let wake = new AbortController();
  const loop = async () => {
    while (!stopping.signal.aborted) {
      wake = new AbortController();
      if (!dirty) await clock.sleep(everyMs, wake.signal);
      if (stopping.signal.aborted) return;
      dirty = false;
      try {
        await run();
      } catch (error) {
        failed(error);
        dirty = true;
        await clock.sleep(RETRY_MS, stopping.signal);
      }
    }
  };
  const running = loop();
  return {
    poke() {
      dirty = true;
      wake.abort('woken');
    },
    async stop() {
      stopping.abort('over');
      wake.abort('over');
      await running;
    },
  };
};
