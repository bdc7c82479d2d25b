/** Sessions whose last step failed: each waits longer for its next try, and holds up no other. */
import type { Clock } from '../../ports/index.ts';

/** `since` and `due` are monotonic. */
type Trouble = { since: number; due: number; tries: number };

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 60_000;

export class Retries {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #troubles = new Map<string, Trouble>();

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  failed(session: string): void {
    const now = this.#clock.monotonic();
    const { tries, since } = this.#troubles.get(session) ?? { tries: 0, since: now };
    const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(tries, 10));
    this.#troubles.set(session, { since, due: now + wait, tries: tries + 1 });
  }

  /** A step of it went through. */
  clear(session: string): void {
    this.#troubles.delete(session);
  }

  /** Whether it is too early for its next try. */
  isWaiting(session: string): boolean {
    return (this.#troubles.get(session)?.due ?? 0) > this.#clock.monotonic();
  }

  /** For how many milliseconds it has failed without a step that went through. */
  troubledFor(session: string): number {
    const trouble = this.#troubles.get(session);
    return trouble === undefined ? 0 : this.#clock.monotonic() - trouble.since;
  }
}
