/** What a runner does in the background, one piece of work a session, and whether there is room for more. */

type Work = {
  stop: AbortController;
  /** Answers that its engine waits for; it holds no place meanwhile. */
  waits: number;
  /** Memory that its engine takes, in MiB. */
  need: number;
  isOver: boolean;
  ended: Promise<void>;
};
/** Its answer is there, and is given to it when there is a place. */
type Returning = { work: Work; enter: () => void };

/** Engines beside those that work: who waits for an answer is a process all the same. */
const MOST_WAITING = 16;

export class TurnPool {
  readonly #capacity: number;
  readonly #memory: number;
  readonly #running = new Map<string, Work>();
  readonly #returning: Returning[] = [];

  /** `memory`: of all their engines together, in MiB. */
  constructor(capacity: number, memory = Number.POSITIVE_INFINITY) {
    this.#capacity = capacity;
    this.#memory = memory;
  }

  get size(): number {
    return this.#running.size;
  }

  /** That is left for engines, in MiB: one that waits for an answer keeps what it has. */
  memoryLeft(isWaitedFor = false): number {
    const all = [...this.#running.values()].filter(({ waits }) => !isWaitedFor || waits === 0);
    return all.reduce((left, { need }) => left - need, this.#memory);
  }

  /**
   * Who was here before goes first; what another one here waits for may always come: it is given the memory of those that
   * wait, since none of them would go on without it.
   */
  hasRoom(isWaitedFor = false, need = 0): boolean {
    if (this.#returning.length > 0 || !this.#hasPlace) return false;
    if (need > 0 && need > this.memoryLeft(isWaitedFor)) return false;
    return isWaitedFor || this.size < this.#capacity + MOST_WAITING;
  }

  get #hasPlace(): boolean {
    const working = [...this.#running.values()].filter((one) => one.waits === 0);
    return working.length < this.#capacity;
  }

  isRunning(session: string): boolean {
    return this.#running.has(session);
  }

  /** Begins the work; resolves when it has ended and its place is free again. */
  run(session: string, work: (signal: AbortSignal) => Promise<void>, need = 0): Promise<void> {
    const mine: Work = {
      stop: new AbortController(),
      waits: 0,
      need,
      isOver: false,
      ended: Promise.resolve(),
    };
    this.#running.set(session, mine);
    mine.ended = work(mine.stop.signal).finally(() => {
      mine.isOver = true;
      this.#running.delete(session);
      this.#enter();
    });
    return mine.ended;
  }

  stop(session: string): void {
    this.#running.get(session)?.stop.abort();
    this.#enter();
  }

  /** Resolves when all has ended. */
  async stopAll(): Promise<void> {
    const all = [...this.#running.values()];
    for (const { stop } of all) stop.abort();
    this.#enter();
    await Promise.allSettled(all.map((one) => one.ended));
  }

  /** What a session's engine waits for: others may work meanwhile, and it goes on when there is a place for it. */
  async waiting<T>(session: string, answer: () => Promise<T>): Promise<T> {
    const work = this.#running.get(session);
    if (!work) return answer();
    work.waits += 1;
    this.#enter();
    try {
      return await answer();
    } finally {
      await new Promise<void>((enter) => {
        this.#returning.push({ work, enter });
        this.#enter();
      });
    }
  }

  /** In their order; who is ending needs no place, nor who waits for another answer still. */
  #enter(): void {
    const isNext = ({ work }: Returning) => work.isOver || work.stop.signal.aborted || work.waits > 1;
    for (;;) {
      const at = this.#hasPlace ? 0 : this.#returning.findIndex(isNext);
      const [next] = at < 0 ? [] : this.#returning.splice(at, 1);
      if (!next) return;
      next.work.waits -= 1;
      next.enter();
    }
  }
}
