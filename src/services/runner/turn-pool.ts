/** What a runner does in the background, one piece of work a session, and whether there is room for more. */
import { Places, TurnRoom, type Work } from './turn-room.ts';

/** Engines beside those that work: who waits for an answer is a process all the same. */
const MOST_WAITING = 16;

export class TurnPool {
  readonly #running = new Map<string, Work>();
  readonly #own: Places;
  readonly #room: TurnRoom;

  /** `memory`: of all their engines together, in MiB. `room`: what it shares with other runners of this process. */
  constructor(capacity: number, memory = Number.POSITIVE_INFINITY, room = new TurnRoom()) {
    this.#own = new Places(capacity, memory);
    this.#room = room;
  }

  get size(): number {
    return this.#running.size;
  }

  /** That is left for engines, in MiB: one that waits for an answer keeps what it has. */
  memoryLeft(isWaitedFor = false): number {
    return Math.min(this.#own.memoryLeft(isWaitedFor), this.#room.memoryLeft(isWaitedFor));
  }

  /**
   * Who waited for an answer took the place that there was; what another one here waits for may always come: it is given the memory of those that
   * wait, since none of them would go on without it.
   */
  hasRoom(isWaitedFor = false, need = 0): boolean {
    if (!this.#own.hasPlace || !this.#room.hasPlace) return false;
    if (need > 0 && need > this.memoryLeft(isWaitedFor)) return false;
    return isWaitedFor || ![this.#own, this.#room].some((places) => places.isFullWith(MOST_WAITING));
  }

  /** What has begun goes on, also where there would be no place for it now. */
  resize(capacity: number, memory = Number.POSITIVE_INFINITY): void {
    this.#own.resize(capacity, memory);
    this.#room.enter(this);
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
    for (const { works } of [this.#own, this.#room]) works.add(mine);
    mine.ended = work(mine.stop.signal).finally(() => {
      mine.isOver = true;
      this.#running.delete(session);
      for (const { works } of [this.#own, this.#room]) works.delete(mine);
      this.#room.enter(this);
    });
    return mine.ended;
  }

  stop(session: string): void {
    this.#running.get(session)?.stop.abort();
    this.#room.enter(this);
  }

  /** Resolves when all has ended. */
  async stopAll(): Promise<void> {
    const all = [...this.#running.values()];
    for (const { stop } of all) stop.abort();
    this.#room.enter(this);
    await Promise.allSettled(all.map((one) => one.ended));
  }

  /** What a session's engine waits for: others may work meanwhile, and it goes on when there is a place for it. */
  async waiting<T>(session: string, answer: () => Promise<T>): Promise<T> {
    const work = this.#running.get(session);
    if (!work) return answer();
    work.waits += 1;
    this.#room.enter(this);
    try {
      return await answer();
    } finally {
      await this.#room.entered(this, work, () => this.#own.hasPlace);
    }
  }
}
