/** One stored answer of a relay, watched until EOSE: what may be too much, and where the next page begins. */
import type { Clock } from '../../ports/index.ts';

/** Asked for; relays lower it silently. */
export const PAGE_LIMIT = 500;
/** What one stored answer may cost before the relay is demoted (docs/threats.md T24). */
const MAX_EVENTS = 5_000;
const MAX_BYTES = 64 * 1024 * 1024;
const MAX_MS = 30_000;
/** Wraps published while a page is read may come into it, backdated: so many of its oldest are not believed. */
const DOUBTFUL_PART = 0.05;

export class Query {
  readonly id: string;
  readonly until: number;
  readonly #clock: Clock;
  #left = MAX_MS;
  #readSince: number;
  /** Of events that are being taken. */
  #pauses = 0;
  #events = 0;
  #bytes = 0;
  readonly #times = new Map<string, number>();

  constructor(id: string, until: number, clock: Clock) {
    this.id = id;
    this.until = until;
    this.#clock = clock;
    this.#readSince = clock.monotonic();
  }

  /** `isStored`: not an ephemeral event, which says nothing about what the relay holds. */
  count(event: { id: string; createdAt: number; text: string }, isStored: boolean): void {
    this.#events++;
    this.#bytes += event.text.length;
    if (isStored && event.createdAt <= this.until) this.#times.set(event.id, event.createdAt);
  }

  /** The reader is busy: time spent on our side is not the relay's. */
  pause(): void {
    if (this.#pauses++ === 0) this.#left -= this.#clock.monotonic() - this.#readSince;
  }
  resume(): void {
    if (--this.#pauses === 0) this.#readSince = this.#clock.monotonic();
  }

  /** Why the relay is to be left alone for a while, or undefined. */
  excess(): string | undefined {
    if (this.#events > MAX_EVENTS || this.#bytes > MAX_BYTES) return 'endless answer to one query';
    return undefined;
  }
  isLate(): boolean {
    return this.#clock.monotonic() - this.#readSince > this.#left;
  }

  /**
   * Inclusive `until` of the next page, always lower than this one's; undefined when nothing is left. `known` are the
   * events of the page before: a page of nothing else makes no progress, and the next one begins lower. Only an empty
   * page is the end, because nobody knows how many events this relay gives at once.
   */
  next(known: ReadonlyMap<string, number>): number | undefined {
    const times = [...this.#times.values()].sort((a, b) => a - b);
    const oldest = times[0];
    if (oldest === undefined) return undefined;
    const hasNew = [...this.#times.keys()].some((id) => !known.has(id));
    const doubtful = Math.min(times.length - 1, Math.max(1, Math.floor(times.length * DOUBTFUL_PART)));
    const next = hasNew ? times[doubtful]! : oldest;
    if (next < this.until) return next;
    return oldest < this.until ? oldest : this.until - 1;
  }
  get seen(): ReadonlyMap<string, number> {
    return this.#times;
  }
  /** Unix second of the oldest event; of none, later than any. */
  get oldest(): number {
    return Math.min(Number.POSITIVE_INFINITY, ...this.#times.values());
  }
  get isOfOneSecond(): boolean {
    return new Set(this.#times.values()).size === 1;
  }
}
