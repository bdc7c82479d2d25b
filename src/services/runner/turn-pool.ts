/** What a runner does in the background, one piece of work a session, and whether there is room for more. */

type Work = {
  stop: AbortController;
  /** Answers that its engine waits for; it holds no place meanwhile. */
  waits: number;
  ended: Promise<void>;
};

export class TurnPool {
  readonly #capacity: number;
  readonly #running = new Map<string, Work>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#running.size;
  }

  get hasRoom(): boolean {
    const working = [...this.#running.values()].filter((one) => one.waits === 0);
    return working.length < this.#capacity;
  }

  isRunning(session: string): boolean {
    return this.#running.has(session);
  }

  /** Begins the work; resolves when it has ended and its place is free again. */
  run(session: string, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const mine: Work = { stop: new AbortController(), waits: 0, ended: Promise.resolve() };
    this.#running.set(session, mine);
    mine.ended = work(mine.stop.signal).finally(() => this.#running.delete(session));
    return mine.ended;
  }

  stop(session: string): void {
    this.#running.get(session)?.stop.abort();
  }

  /** Resolves when all has ended. */
  async stopAll(): Promise<void> {
    const all = [...this.#running.values()];
    for (const { stop } of all) stop.abort();
    await Promise.allSettled(all.map((one) => one.ended));
  }

  /** What a session's engine waits for: others may work meanwhile. */
  async waiting<T>(session: string, answer: () => Promise<T>): Promise<T> {
    const mine = this.#running.get(session);
    if (mine) mine.waits += 1;
    try {
      return await answer();
    } finally {
      if (mine) mine.waits -= 1;
    }
  }
}
