/** Long work beside people who type, agents and relays that speak: it rests after each slice of time. */
import type { Run, Steps } from './steps.ts';

/** A key that is typed meanwhile is answered so late, and one step later. */
const SLICE_MS = 8;

/** Of a clock: milliseconds, and a sleep in which whatever waits goes first. */
type Time = { monotonic(): number; sleep(ms: number): Promise<void> };

/** Takes all that it is given in turn: short works add up to a slice as one long does. */
export const slicing = (clock: Time): Run => {
  const rest = resting(clock);
  return async (steps) => {
    for (;;) {
      const step = steps.next();
      if (step.done) return step.value;
      await rest();
    }
  };
};

export const inSlices = async <T>(clock: Time, steps: Steps<T>): Promise<T> => slicing(clock)(steps);

/** Called between two steps of work that waits for others anyway. */
export const resting = (clock: Time): (() => Promise<void>) => {
  let since = clock.monotonic();
  return async () => {
    if (clock.monotonic() - since < SLICE_MS) return;
    await clock.sleep(0);
    since = clock.monotonic();
  };
};

/** Takes short works that come all at once: one after the other, as they came, and it rests after each slice of them. */
export type InTurn = <T>(work: () => T) => Promise<T>;
export const inTurn = (clock: Time): InTurn => {
  /** When the first of them was taken since others had their turn. */
  let since: number | null = null;
  let last: Promise<unknown> = Promise.resolve();
  const rest = async (): Promise<void> => {
    if (since !== null && clock.monotonic() - since >= SLICE_MS) await clock.sleep(0);
    if (since !== null) return;
    since = clock.monotonic();
    void clock.sleep(0).then(() => {
      since = null;
    });
  };
  return (work) => {
    const done = last.then(rest).then(work);
    last = done.catch(() => {});
    return done;
  };
};
