/** Work that takes long, in steps: whoever runs it lets others go on between two of them. */
export type Steps<T> = Generator<void, T, void>;

/** All of them, one behind the other. */
export const atOnce = <T>(steps: Steps<T>): T => {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
};

/** Work that is one step, and a rest before it. */
export function* oneStep<T>(work: () => T): Steps<T> {
  yield;
  return work();
}

/** How steps are taken: at once, or so that others go on meanwhile. */
export type Run = <T>(steps: Steps<T>) => T | Promise<T>;
