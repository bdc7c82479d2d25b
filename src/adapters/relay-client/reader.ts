/** Reads one relay on one connection: the live subscription first, then backwards page by page. */
import { EPHEMERAL_WRAP_KIND, WRAP_KIND } from '../../core/nostr/kinds.ts';
import type { Clock } from '../../ports/index.ts';
import type { Frame } from './frames.ts';
import { type Ask, Paging } from './paging.ts';
import { PAGE_LIMIT, Query } from './query.ts';

/** One subscription for the whole connection: a REQ of the same name replaces it. */
const EPHEMERAL = 'ephemeral';
/** Pages of one sync; a relay that invents more than this is demoted. */
const MAX_PAGES = 5_000;
/** Live events that a relay may send: so many at once, and so many more a second. */
const LIVE = { burst: 50_000, perSecond: 1_000 };

export type ReaderPort = {
  send: (frame: unknown[]) => void;
  /** Unix seconds from which the relay may hold wraps of one of these keys that it did not give us yet. */
  since: (keys: readonly string[]) => number;
  fail: (reason: string) => void;
  /** A part of a stored answer was taken: an event, or its end. */
  given: (isEvent: boolean) => void;
  /** Everything that the relay gives was read: of these keys all; for others it may hold more of the Unix second `crowded`. */
  synced: (keys: readonly string[], startedAt: number, crowded: number | undefined) => void;
};

export class RelayReader {
  readonly #clock: Clock;
  readonly #port: ReaderPort;
  #keys: readonly string[] = [];
  #since = 0;
  #startedAt = 0;
  #serial = 0;
  /** The live subscription, and those it replaced: they are closed when it has taken over, so that nothing is missed. */
  #live: string | undefined;
  #retired: string[] = [];
  /** The stored answer that is being read: of the live subscription first, then of one page after another. */
  #query: Query | undefined;
  #paging = new Paging([], 0);
  /** Keys whose stored wraps were read to the end on this connection. */
  #complete: ReadonlySet<string> = new Set();
  #paged: readonly string[] = [];
  #isForgotten = false;
  #liveLeft = LIVE.burst;
  #liveAt: number;

  constructor(clock: Clock, port: ReaderPort) {
    this.#clock = clock;
    this.#port = port;
    this.#liveAt = clock.monotonic();
  }

  /**
   * What was read before, or is being read, counts no more: a relay may have hidden wraps from whom it did not know. A new
   * subscription follows.
   */
  forget(): void {
    this.#complete = new Set();
    this.#isForgotten = true;
  }

  /** A new live subscription for these keys, then everything since then for those not read to the end before. */
  subscribe(keys: readonly string[]): void {
    const page = this.#query?.id;
    if (page !== undefined && page !== this.#live) this.#port.send(['CLOSE', page]);
    if (this.#live !== undefined) this.#retired.push(this.#live);
    this.#live = undefined;
    this.#query = undefined;
    this.#isForgotten = false;
    this.#keys = keys;
    this.#paged = keys.filter((key) => !this.#complete.has(key));
    this.#since = this.#port.since(this.#paged.length > 0 ? this.#paged : keys);
    this.#paging = new Paging(this.#paged, this.#since);
    this.#startedAt = Math.floor(this.#clock.now() / 1000);
    if (keys.length === 0) {
      this.#finish();
      return;
    }
    this.#live = `live-${++this.#serial}`;
    this.#query = new Query(this.#live, Number.POSITIVE_INFINITY, this.#clock);
    const limit = this.#paged.length < keys.length ? 1 : PAGE_LIMIT;
    const since = this.#port.since(keys);
    this.#port.send(['REQ', this.#live, { kinds: [WRAP_KIND], '#p': keys, since, limit }]);
    // Apart: relays that restrict the reading of 1059 leave it out, unsaid, where a filter asks for other kinds too.
    this.#port.send([
      'REQ',
      EPHEMERAL,
      { kinds: [EPHEMERAL_WRAP_KIND], '#p': keys, since, limit: PAGE_LIMIT },
    ]);
  }

  has(subscription: string): boolean {
    return this.#needs(subscription) || this.#retired.includes(subscription);
  }

  /** Whether it was one of ours before. */
  had(subscription: string): boolean {
    const serial = /^(?:live|page)-(\d{1,9})$/.exec(subscription)?.[1];
    return serial !== undefined && Number(serial) <= this.#serial;
  }

  /** Counts an event of one of our subscriptions and runs `take`; time in it is not held against the relay. */
  async onEvent(frame: Frame & { name: 'EVENT' }, take: () => void | Promise<void>): Promise<void> {
    const query = frame.subscription === this.#query?.id ? this.#query : undefined;
    query?.count(frame, frame.kind === WRAP_KIND);
    const excess = query === undefined ? this.#liveExcess() : query.excess();
    if (excess !== undefined) return this.#port.fail(excess);
    query?.pause();
    await take();
    query?.resume();
    if (query !== undefined) this.#port.given(true);
  }

  onEose(subscription: string): void {
    const query = this.#query;
    if (query === undefined || query.id !== subscription) return;
    this.#port.given(false);
    if (subscription === this.#live) {
      for (const old of this.#retired.splice(0)) this.#port.send(['CLOSE', old]);
    } else {
      this.#port.send(['CLOSE', subscription]);
    }
    const isBegun = subscription !== this.#live || this.#paged.length === this.#keys.length;
    const ask = isBegun ? this.#paging.after(query) : this.#firstPage();
    if (ask === undefined) this.#finish();
    else if (this.#paging.pages > MAX_PAGES) this.#port.fail('endless pages');
    else this.#page(ask);
  }

  /** Where only some of the keys are to be paged, the live subscription's stored answer says nothing about them. */
  #firstPage(): Ask | undefined {
    const newest = { keys: this.#paged, until: Number.POSITIVE_INFINITY, limit: PAGE_LIMIT };
    return this.#paged.length === 0 ? undefined : newest;
  }

  #page({ keys, until, limit }: Ask): void {
    this.#query = new Query(`page-${++this.#serial}`, until, this.#clock);
    const filter = { kinds: [WRAP_KIND], '#p': keys, since: this.#since, limit };
    this.#port.send(['REQ', this.#query.id, Number.isFinite(until) ? { ...filter, until } : filter]);
  }

  /** True when the relay closed a subscription that we need. */
  onClosed(subscription: string): boolean {
    this.#retired = this.#retired.filter((id) => id !== subscription);
    return this.#needs(subscription);
  }

  #needs(subscription: string): boolean {
    return [EPHEMERAL, this.#live, this.#query?.id].includes(subscription);
  }

  /** Whether the stored answer takes longer than it may. */
  isLate(): boolean {
    return this.#query?.isLate() ?? false;
  }

  #liveExcess(): string | undefined {
    const now = this.#clock.monotonic();
    const refilled = this.#liveLeft + ((now - this.#liveAt) / 1000) * LIVE.perSecond;
    this.#liveLeft = Math.min(LIVE.burst, refilled) - 1;
    this.#liveAt = now;
    return this.#liveLeft < 0 ? 'endless live events' : undefined;
  }

  #finish(): void {
    for (const old of this.#retired.splice(0)) this.#port.send(['CLOSE', old]);
    this.#query = undefined;
    if (this.#isForgotten) return;
    const { crowded } = this.#paging;
    const read = this.#keys.filter((key) => crowded?.keys.has(key) !== true);
    this.#complete = new Set(read);
    this.#port.synced(read, this.#startedAt, crowded?.second);
  }
}
