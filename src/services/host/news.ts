/** Says that something changed to all who wait for it. */
import type { Clock } from '../../ports/index.ts';

export class News {
  readonly #clock: Clock;
  readonly #waiting = new Set<() => void>();
  #count = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How often something changed: read before one looks, so that no change between look and wait is missed. */
  get count(): number {
    return this.#count;
  }

  tell(): void {
    this.#count += 1;
    for (const wake of this.#waiting) wake();
  }

  /** Waits until more changed than was seen, for so long at most or until it is called off; whether it did. */
  async after(seen: number, ms: number, signal: AbortSignal): Promise<boolean> {
    const woken = new AbortController();
    const wake = () => woken.abort('woken');
    this.#waiting.add(wake);
    signal.addEventListener('abort', wake, { once: true });
    if (this.#count > seen || signal.aborted) wake();
    await this.#clock.sleep(ms, woken.signal);
    signal.removeEventListener('abort', wake);
    this.#waiting.delete(wake);
    return this.#count > seen;
  }
}
