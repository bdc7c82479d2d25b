/**
 * Which answers to ask a relay for, until everything stored was given. `until` counts seconds (NIP-01), so where one
 * second holds more wraps than a relay gives at once no page leads past them: a larger limit and one key at a time may,
 * and the authors, which are one-time keys, and the ids cannot be asked for, because nobody knows them.
 */
import { PAGE_LIMIT, type Query } from './query.ts';

/** `until` is inclusive. */
export type Ask = { keys: readonly string[]; until: number; limit: number };

/** So many wraps of the largest size are still within what one answer may cost. */
const CROWD_LIMIT = 1_000;

/** A second of which a page was full: so many. */
type Doubt = { second: number; size: number };
/** The keys still to be asked for alone, first the one that is being asked for, and what comes after them. */
type Crowd = { second: number; left: string[]; then: Ask | undefined };

/** The newest second of which the relay may hold wraps that it does not give; and for whom, of any second. */
export type Crowded = { second: number; keys: ReadonlySet<string> };

export class Paging {
  readonly #keys: readonly string[];
  readonly #since: number;
  #known: ReadonlyMap<string, number> = new Map();
  /** The largest answer, and the largest of several seconds: so much this relay gives at least. */
  #most = 0;
  #mostOfSeconds = 0;
  #doubt: Doubt | undefined;
  #crowd: Crowd | undefined;
  #crowdedAt: number | undefined;
  readonly #crowdedKeys = new Set<string>();
  #pages = 0;

  constructor(keys: readonly string[], since: number) {
    this.#keys = keys;
    this.#since = since;
  }

  get crowded(): Crowded | undefined {
    return this.#crowdedAt === undefined ? undefined : { second: this.#crowdedAt, keys: this.#crowdedKeys };
  }
  /** Answers so far. Those for one key alone are not counted: after each of the others come at most as many as keys. */
  get pages(): number {
    return this.#pages;
  }

  /** What to ask for after this answer; undefined when nothing is left. */
  after(query: Query): Ask | undefined {
    if (this.#crowd !== undefined) return this.#afterOne(this.#crowd, query);
    this.#pages++;
    const { size } = query.seen;
    const before = this.#crowdOf(size);
    this.#most = Math.max(this.#most, size);
    if (!query.isOfOneSecond) this.#mostOfSeconds = Math.max(this.#mostOfSeconds, size);
    const then = this.#page(query);
    const second = before ?? (then === undefined ? this.#crowdOf(0) : undefined);
    if (second === undefined) return then;
    this.#crowd = { second, left: [...this.#keys], then };
    return this.#askOne(this.#crowd);
  }

  #page(query: Query): Ask | undefined {
    const until = query.next(this.#known);
    this.#known = query.seen;
    if (until === undefined) return undefined;
    const { size } = query.seen;
    // Of one wrap nobody can say whether it is all.
    if (until < query.oldest && size > 1 && size >= this.#most) this.#doubt = { second: query.oldest, size };
    return until < this.#since ? undefined : { keys: this.#keys, until, limit: PAGE_LIMIT };
  }

  /**
   * The second before, where more of it may be left; `older`: so many wraps came of older seconds, which a full answer
   * leaves out. Where there are none, it was full if it was as large as we asked for, or as answers of several seconds.
   */
  #crowdOf(older: number): number | undefined {
    const doubt = this.#doubt;
    this.#doubt = undefined;
    if (doubt === undefined) return undefined;
    const isFull = older > 0 || doubt.size >= PAGE_LIMIT || doubt.size === this.#mostOfSeconds;
    return isFull ? doubt.second : undefined;
  }

  #afterOne(crowd: Crowd, query: Query): Ask | undefined {
    const { size } = query.seen;
    const key = crowd.left.shift();
    // What goes on to older seconds has all of this one, and so has less than this relay gives elsewhere.
    if (key !== undefined && query.oldest === crowd.second && size >= this.#most) {
      this.#crowdedAt ??= crowd.second;
      this.#crowdedKeys.add(key);
    }
    this.#most = Math.max(this.#most, size);
    return this.#askOne(crowd);
  }

  #askOne(crowd: Crowd): Ask | undefined {
    const [key] = crowd.left;
    if (key !== undefined) return { keys: [key], until: crowd.second, limit: CROWD_LIMIT };
    this.#crowd = undefined;
    return crowd.then;
  }
}
