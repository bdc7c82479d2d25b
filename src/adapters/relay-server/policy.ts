/** Who may publish what on the embedded relay (docs/design.md §11). */

import { MAX_WRAP_BYTES } from '../../core/bounds.ts';
import { isoTime } from '../../core/encoding/time.ts';
import type { SignedEvent } from '../../core/nostr/event.ts';
import { WRAP_KIND } from '../../core/nostr/kinds.ts';
import { MEMBERS_KIND, membersName, TICKET_TAG } from '../../core/nostr/members.ts';
import type { Clock } from '../../ports/index.ts';
import {
  AUTHENTICATION,
  addressOf,
  DELETION,
  expiryOf,
  isEphemeral,
  isForOneKey,
  isKey,
  isWrap,
  recipientOf,
} from './event.ts';
import { isSuccession, type Owner } from './owner.ts';
import type { Reader } from './store-index.ts';

const FUTURE_SECONDS = 15 * 60;
const JOINER = { perSecond: 1, burst: 3, bytes: 32_768 };
/** All joiners together, so that many fresh keys cannot fill the disk. */
const ALL_JOINERS = { perSecond: 10, burst: 100 };
/** Who holds an invite: its wraps are signed by the invite's key, and do not stand in line with the others'. */
const TICKET = { perSecond: 1 / 60, burst: 20 };
const REMEMBERED_JOINERS = 10_000;

const OWN_WORD_BYTES = 1_024;
const isToItself = (event: SignedEvent): boolean => recipientOf(event) === event.pubkey;

/** none: passed on to who listens; brief: in memory, one of few. */
type Keeping = 'none' | 'brief' | 'durable';
type Part = { members: readonly string[]; tickets: readonly string[] };
type Bucket = { tokens: number; at: number };

export class Policy {
  readonly #owner: Owner | undefined;
  readonly #clock: Clock;
  readonly #parts = new Map<string, Part>();
  #members: ReadonlySet<string> = new Set();
  #tickets: ReadonlySet<string> = new Set();
  readonly #buckets = new Map<string, Bucket>();
  readonly #all: Bucket;

  constructor(owner: Owner | undefined, clock: Clock) {
    this.#owner = owner;
    this.#clock = clock;
    this.#all = { tokens: ALL_JOINERS.burst, at: clock.monotonic() };
  }

  /** The key that signs for the Host of this relay. */
  get signer(): string | undefined {
    return this.#owner?.signer;
  }
  /** From a key that came to sign for the Host, or says so. */
  follow(event: SignedEvent): void {
    if (isSuccession(event)) this.#owner?.follow(event);
  }
  #isOwner(keys: ReadonlySet<string>): boolean {
    return this.#owner !== undefined && keys.has(this.#owner.signer);
  }

  /** Address of a part of the list of registered keys; undefined on a relay that is open to every authenticated key. */
  membersAddress(part: number): string | undefined {
    const { signer } = this;
    return signer === undefined ? undefined : `${MEMBERS_KIND}:${signer}:${membersName(part)}`;
  }
  /** Whether a stored event may change who is registered. */
  isMembers(event: SignedEvent): boolean {
    const first = this.membersAddress(1);
    const address = addressOf(event);
    return first !== undefined && (address === first || address?.startsWith(`${first}/`) === true);
  }
  setMembers(list: SignedEvent): void {
    this.#owner?.readRecovery(list);
    const under = (tag: string) =>
      list.tags.flatMap(([name, key]) => (name === tag && isKey(key) ? [key] : []));
    this.#parts.set(addressOf(list)!, { members: under('p'), tickets: under(TICKET_TAG) });
    const all: Part[] = [];
    for (let part = 1; ; part++) {
      const more = this.#parts.get(this.membersAddress(part)!);
      if (more === undefined || more.members.length + more.tickets.length === 0) break;
      all.push(more);
    }
    this.#members = new Set(all.flatMap(({ members }) => members));
    this.#tickets = new Set(all.flatMap(({ tickets }) => tickets));
  }

  isRegistered(keys: ReadonlySet<string>): boolean {
    if (this.#owner === undefined) return keys.size > 0;
    if (this.#isOwner(keys)) return true;
    for (const key of keys) if (this.#members.has(key)) return true;
    return false;
  }

  /** Wraps are for their recipient alone; of the rest a relay with an owner shows only the reader's own events. */
  reader(keys: ReadonlySet<string>): Reader {
    const seesAll = this.#owner === undefined || this.#isOwner(keys);
    return { keys, seesOther: (author) => seesAll || keys.has(author) };
  }

  /** Why the event is refused, in NIP-01's machine-readable words, before its signature is looked at. */
  refusal(event: SignedEvent, bytes: number, keys: ReadonlySet<string>): string | undefined {
    if (keys.size === 0) return 'auth-required: publish after authenticating';
    if (bytes > MAX_WRAP_BYTES) return `invalid: more than ${MAX_WRAP_BYTES} bytes`;
    const now = Math.floor(this.#clock.now() / 1000);
    if (event.created_at > now + FUTURE_SECONDS)
      return `invalid: created_at is in the future: here it is ${isoTime(now * 1000)}`;
    if (expiryOf(event) <= now) return 'invalid: expired';
    if (event.kind === AUTHENTICATION) return 'invalid: authentication is not an event to publish';
    if (isWrap(event.kind) && !isForOneKey(event)) return 'invalid: a wrap is for one key';
    if (event.kind === DELETION && !keys.has(event.pubkey)) return 'restricted: delete with your own key';
    if (this.#owner === undefined || this.#isOwner(keys)) return undefined;
    if (isSuccession(event)) return this.#successionRefusal(event, bytes, keys, this.#owner);
    if (!this.isRegistered(keys)) return this.#joinerRefusal(event, bytes, keys);
    return isWrap(event.kind) || event.kind === DELETION
      ? undefined
      : 'restricted: only gift wraps and deletions are taken here';
  }

  /**
   * What a stranger writes to itself, to see that it can read, is passed on; what else it writes stays off the disk. So
   * does what a member writes to a key that is nobody's yet, or any more: only the owner knows who is about to come.
   */
  keeping(event: SignedEvent, keys: ReadonlySet<string>): Keeping {
    if (isEphemeral(event.kind)) return 'none';
    if (this.#owner !== undefined && isSuccession(event)) return 'durable';
    if (this.#tickets.has(event.pubkey)) return 'durable';
    if (this.isRegistered(keys)) return this.#isForSomebody(event, keys) ? 'durable' : 'brief';
    return isToItself(event) ? 'none' : 'brief';
  }

  /** The member whose room in a mailbox an event takes; the owner, and keys that nobody listed, have no bound of this kind. */
  writer(keys: ReadonlySet<string>): string | undefined {
    if (this.#owner === undefined || this.#isOwner(keys)) return undefined;
    for (const key of keys) if (this.#members.has(key)) return key;
    return undefined;
  }

  #isForSomebody(event: SignedEvent, keys: ReadonlySet<string>): boolean {
    const recipient = recipientOf(event);
    if (recipient === undefined || this.#owner === undefined) return true;
    return this.#isOwner(keys) || keys.has(recipient) || this.isRegistered(new Set([recipient]));
  }

  #joinerRefusal(event: SignedEvent, bytes: number, keys: ReadonlySet<string>): string | undefined {
    if (isToItself(event) && keys.has(event.pubkey)) {
      if (bytes > OWN_WORD_BYTES) return `restricted: more than ${OWN_WORD_BYTES} bytes`;
      const now = this.#clock.monotonic();
      const isFree = take(this.#bucketOf(`itself ${event.pubkey}`, now), JOINER, now);
      return isFree ? undefined : 'rate-limited: one message a second';
    }
    if (event.kind !== WRAP_KIND || !this.#owner?.isOrWas(recipientOf(event))) {
      return 'restricted: keys that are not registered may only write to the Host';
    }
    if (bytes > JOINER.bytes) return `restricted: more than ${JOINER.bytes} bytes`;
    const now = this.#clock.monotonic();
    if (this.#tickets.has(event.pubkey)) {
      const isFree = take(this.#bucketOf(`ticket ${event.pubkey}`, now, TICKET.burst), TICKET, now);
      return isFree ? undefined : 'rate-limited: one message a minute by one invite';
    }
    for (const key of keys) {
      if (!take(this.#bucketOf(key, now), JOINER, now)) return 'rate-limited: one message a second';
    }
    return take(this.#all, ALL_JOINERS, now) ? undefined : 'rate-limited: too many strangers at once';
  }

  /** As dear as what a stranger writes; what leads to nobody who signs here is refused. */
  #successionRefusal(
    event: SignedEvent,
    bytes: number,
    keys: ReadonlySet<string>,
    owner: Owner,
  ): string | undefined {
    const now = this.#clock.monotonic();
    if (bytes > JOINER.bytes || !keys.has(event.pubkey)) return 'restricted: not yours to say';
    if (!take(this.#bucketOf(event.pubkey, now), JOINER, now)) return 'rate-limited: one message a second';
    if (!take(this.#all, ALL_JOINERS, now)) return 'rate-limited: too many strangers at once';
    return owner.successionIn(event) ? undefined : 'restricted: no key of this Host leads to yours';
  }

  #bucketOf(key: string, now: number, burst = JOINER.burst): Bucket {
    const held = this.#buckets.get(key);
    if (held !== undefined) return held;
    if (this.#buckets.size >= REMEMBERED_JOINERS) {
      for (const oldest of this.#buckets.keys()) {
        this.#buckets.delete(oldest);
        break;
      }
    }
    const bucket = { tokens: burst, at: now };
    this.#buckets.set(key, bucket);
    return bucket;
  }
}

function take(bucket: Bucket, limit: { perSecond: number; burst: number }, now: number): boolean {
  const refilled = bucket.tokens + ((now - bucket.at) / 1000) * limit.perSecond;
  bucket.tokens = Math.min(limit.burst, refilled);
  bucket.at = now;
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}
