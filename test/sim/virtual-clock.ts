/** Time that passes only when everybody waits: the clock jumps to the next sleeper and wakes it. */
import type { Clock } from '../../src/ports/index.ts';

/** A look is over when it returns: a promise would be found at once, whatever it resolves to. */
type Look<T> = (() => T | null | undefined | false) &
  ([Extract<T, PromiseLike<unknown>>] extends [never] ? unknown : 'a look awaits nothing');

export type VirtualClock = {
  clock: Clock;
  /** The clock as one process has it: after `stop` its sleepers are never woken, and between `hold` and `release` not yet. */
  forProcess(): { clock: Clock; stop(): void; hold(): void; release(): void };
  /** Lets time pass until `look` finds something; fails with what it waited for. */
  until<T>(what: string, look: Look<T>, limitMs?: number): Promise<T>;
  /** Lets time pass until the promise is settled; what it resolves to. */
  finish<T>(what: string, work: Promise<T>, limitMs?: number): Promise<T>;
  /** Lets everything that wakes within the time happen. */
  pass(ms: number): Promise<void>;
  elapsed(): number;
  /** Sleepers that wait; of a federation at rest it does not grow. */
  sleepers(): number;
};

const START = 1_795_000_000_000;
const HOUR = 3_600_000;

type Sleeper = { at: number; order: number; wake: () => void; forget: () => void; left: boolean };

/** Earliest first; of the same moment, who slept first. */
const isBefore = (a: Sleeper, b: Sleeper): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

/** A binary heap: half of all sleeps are broken off, so those that left are passed over when they come up. */
class Sleepers {
  #heap: Sleeper[] = [];
  #left = 0;

  get size(): number {
    return this.#heap.length - this.#left;
  }

  add(one: Sleeper): void {
    const heap = this.#heap;
    let at = heap.push(one) - 1;
    for (let up = (at - 1) >> 1; at > 0 && isBefore(one, heap[up]!); up = (at - 1) >> 1) {
      heap[at] = heap[up]!;
      at = up;
    }
    heap[at] = one;
  }

  leave(one: Sleeper): void {
    if (one.left) return;
    one.left = true;
    this.#left++;
    if (this.#left < 1000 || this.#left * 2 < this.#heap.length) return;
    const staying = this.#heap.filter(({ left }) => !left);
    [this.#heap, this.#left] = [[], 0];
    for (const sleeper of staying) this.add(sleeper);
  }

  /** Takes out the first that wakes not after `limit`. */
  take(limit: number): Sleeper | undefined {
    for (let first = this.#heap[0]; first && (first.left || first.at <= limit); first = this.#heap[0]) {
      this.#pop();
      if (!first.left) {
        first.left = true;
        return first;
      }
      this.#left--;
    }
    return undefined;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let down = 2 * at + 1;
      if (down + 1 < heap.length && isBefore(heap[down + 1]!, heap[down]!)) down++;
      if (down >= heap.length || isBefore(last, heap[down]!)) break;
      heap[at] = heap[down]!;
      at = down;
    }
    heap[at] = last;
  }
}

type End = 'done' | 'over';
type Waiting = {
  limit: number;
  isDone: () => boolean;
  resolve: (end: End) => void;
  reject: (error: unknown) => void;
};

/** Work that waits for no time at all is done before the clock moves: promises, and what they start. */
const settle = (): Promise<void> => new Promise((done) => setImmediate(done));

export const virtualClock = (start = START): VirtualClock => {
  let now = start;
  let order = 0;
  const sleepers = new Sleepers();
  const clockOf = (mine: Set<Sleeper>, isStopped = () => false, isHeld = () => false): Clock => ({
    now: () => now,
    monotonic: () => now - start,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (isStopped()) return;
        if (Number.isNaN(ms)) throw new TypeError('a sleep of no number');
        if (signal?.aborted) return resolve();
        const leave = () => {
          if (isStopped()) return;
          sleepers.leave(one);
          mine.delete(one);
          resolve();
        };
        const one: Sleeper = {
          // Whole milliseconds, as every clock that people read has them.
          at: now + Math.max(0, Math.ceil(ms)),
          order: order++,
          left: false,
          wake: () => {
            one.forget();
            mine.delete(one);
            resolve();
          },
          // Node keeps a composed signal, and all that its listener reaches, for as long as somebody listens.
          forget: () => signal?.removeEventListener('abort', leave),
        };
        mine.add(one);
        if (!isHeld()) sleepers.add(one);
        signal?.addEventListener('abort', leave, { once: true });
      }),
  });
  /** Wakes the first sleeper not after `limit`; false where there is none. */
  const step = (limit: number): boolean => {
    const next = sleepers.take(limit);
    if (!next) return false;
    now = Math.max(now, next.at);
    next.wake();
    return true;
  };
  /** Only one lets time pass; who waits meanwhile is looked after by it, or goes on with it afterwards. */
  const observers = new Set<Waiting>();
  let isPassing = false;
  const settleOne = (one: Waiting, look: () => End | null): void => {
    try {
      const end = look();
      if (end === null) return;
      observers.delete(one);
      one.resolve(end);
    } catch (error) {
      observers.delete(one);
      one.reject(error);
    }
  };
  /** Lets time pass to `limit` or until `isDone`; what it ends by. */
  const run = async ({ limit, isDone }: Pick<Waiting, 'limit' | 'isDone'>): Promise<End> => {
    isPassing = true;
    try {
      for (;;) {
        await settle();
        for (const one of observers)
          settleOne(one, () => (one.isDone() ? 'done' : now >= one.limit ? 'over' : null));
        if (isDone()) return 'done';
        if (!step(limit)) return 'over';
      }
    } finally {
      isPassing = false;
      if (observers.size > 0) void settle().then(takeOver);
    }
  };
  const takeOver = (): void => {
    const [first] = observers;
    if (isPassing || !first) return;
    observers.delete(first);
    run(first).then(first.resolve, first.reject);
  };
  const passing = (limit: number, isDone: () => boolean): Promise<End> =>
    isPassing
      ? new Promise((resolve, reject) => observers.add({ limit, isDone, resolve, reject }))
      : run({ limit, isDone });
  const until = async <T>(
    what: string,
    look: () => T | null | undefined | false,
    limitMs = HOUR,
  ): Promise<T> => {
    let found: T | null | undefined | false;
    const isDone = () => {
      found = look();
      return Boolean(found);
    };
    if ((await passing(now + limitMs, isDone)) === 'over')
      throw new Error(`never: ${what} (${now - start} ms after the start)`);
    return found as T;
  };
  return {
    clock: clockOf(new Set()),
    forProcess() {
      const mine = new Set<Sleeper>();
      let stopped = false;
      let held = false;
      return {
        clock: clockOf(
          mine,
          () => stopped,
          () => held,
        ),
        hold() {
          held = true;
          for (const one of mine) sleepers.leave(one);
        },
        release() {
          held = false;
          for (const one of mine) {
            one.left = false;
            sleepers.add(one);
          }
        },
        stop() {
          stopped = true;
          for (const one of mine) {
            one.forget();
            sleepers.leave(one);
          }
          mine.clear();
        },
      };
    },
    until,
    async finish(what, work, limitMs) {
      let ended = false;
      const end = () => {
        ended = true;
      };
      work.then(end, end);
      await until(what, () => ended, limitMs);
      return work;
    },
    async pass(ms) {
      const limit = now + ms;
      await passing(limit, () => false);
      now = Math.max(now, limit);
    },
    elapsed: () => now - start,
    sleepers: () => sleepers.size,
  };
};
