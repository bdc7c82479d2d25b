/** One client of the relay: its keys, its subscriptions, its frames (NIP-01, NIP-42). */
import type { WebSocket } from 'ws';
import type { SignedEvent } from '../../core/nostr/event.ts';
import { authRefusal } from './auth.ts';
import { readRelayEvent, recipientOf } from './event.ts';
import { type Filter, matches, onlyWraps, readFilters } from './filter.ts';
import type { Policy } from './policy.ts';
import { isAskedFor, type RelayStore } from './store.ts';

export const MAX_SUBSCRIPTIONS = 20;
const MAX_KEYS = 256;
/** Bytes that a slow reader may leave unread before it is dropped. */
const MAX_BUFFERED = 32 * 1024 * 1024;
/** Stored events are read from disk only while less than this is waiting to be sent. */
const READ_AHEAD = 1024 * 1024;
/** Live events that wait for one subscription's stored answer. */
const MAX_BACKLOG = 2_000;
/** Events of one client being written, and its requests being answered; more frames are not read from its socket. */
const MAX_AT_WORK = 64;
/** Frames that are malformed or carry a bad signature. */
const MAX_BAD_FRAMES = 50;

/** What all connections share. */
export type Hub = {
  store: RelayStore;
  policy: Policy;
  verify: (event: SignedEvent) => boolean;
  /** Unix seconds. */
  now: () => number;
  /** Sends to every subscription that asks for it and may see it. */
  broadcast: (event: SignedEvent, text: string) => void;
  /** Somebody leaves much unread: where all together leave too much, whoever leaves most is dropped. */
  relieve: () => void;
  /** A connection has shown that it holds this key. */
  onKey: (key: string) => void;
};
/** `backlog` holds what arrives live, by id, until the stored events and EOSE are out. */
type Subscription = { id: string; filters: Filter[]; backlog: Map<string, string> | undefined };

export class Connection {
  readonly #socket: WebSocket;
  readonly #hub: Hub;
  readonly #challenge: string;
  readonly #authorities: ReadonlySet<string>;
  readonly #keys = new Set<string>();
  readonly #subscriptions = new Map<string, Subscription>();
  #queries: Promise<void> = Promise.resolve();
  #atWork = 0;
  #bad = 0;

  /** `authorities`: the "host:port" names under which this client may have reached the relay. */
  constructor(socket: WebSocket, hub: Hub, challenge: string, authorities: ReadonlySet<string>) {
    this.#socket = socket;
    this.#hub = hub;
    this.#challenge = challenge;
    this.#authorities = authorities;
    this.#send(JSON.stringify(['AUTH', challenge]));
  }

  get isAuthenticated(): boolean {
    return this.#keys.size > 0;
  }
  get keys(): ReadonlySet<string> {
    return this.#keys;
  }
  get isRegistered(): boolean {
    return this.#hub.policy.isRegistered(this.#keys);
  }

  /** Never throws: what is not understood is answered with a NOTICE, and too much of it ends the connection. */
  receive(text: string): void {
    const [name, first, ...rest] = parseFrame(text);
    if (name === 'EVENT') void this.#event(first);
    else if (name === 'AUTH') this.#authenticate(first);
    else if (name === 'CLOSE' && typeof first === 'string') this.#subscriptions.delete(first);
    else if (name === 'REQ' && isSubscriptionId(first)) this.#request(first, rest);
    else if (isSubscriptionId(first)) this.#closed(first, 'unsupported: not known to this relay');
    else this.#badFrame('not a frame that this relay knows');
  }

  /** Sends a new event to the subscriptions that ask for it. */
  deliver(event: SignedEvent, text: string): void {
    const recipient = recipientOf(event);
    const { keys, seesOther } = this.#hub.policy.reader(this.#keys);
    if (recipient === undefined ? !seesOther(event.pubkey) : !keys.has(recipient)) return;
    for (const subscription of this.#subscriptions.values()) {
      if (!subscription.filters.some((filter) => matches(filter, event))) continue;
      if (subscription.backlog === undefined) this.#sendEvent(subscription.id, text);
      else if (subscription.backlog.size < MAX_BACKLOG) subscription.backlog.set(event.id, text);
      else this.#closed(subscription.id, 'error: more new events than this client reads');
    }
  }

  async #event(value: unknown): Promise<void> {
    const event = readRelayEvent(value);
    if (event === undefined) return this.#badFrame('not an event');
    const text = JSON.stringify(event);
    const refusal = this.#hub.policy.refusal(event, Buffer.byteLength(text), this.#keys);
    if (refusal !== undefined) return this.#ok(event.id, false, refusal);
    if (this.#hub.store.knows(event.id)) return this.#ok(event.id, true, 'duplicate: already here');
    if (!this.#isGenuine(event)) return this.#ok(event.id, false, 'invalid: id or signature');
    const keeping = this.#hub.policy.keeping(event, this.#keys);
    const writer = this.#hub.policy.writer(this.#keys);
    if (keeping !== 'durable') {
      if (keeping === 'brief') this.#hub.store.keepBriefly(event, this.#hub.now(), writer);
      else this.#hub.broadcast(event, text);
      return this.#ok(event.id, true, '');
    }
    const recipient = recipientOf(event);
    if (writer && recipient && this.#hub.store.isFilled(writer, recipient))
      return this.#ok(event.id, false, 'restricted: that mailbox holds too much of yours that was not read');
    this.#begin();
    try {
      const outcome = await this.#hub.store.append(event, writer);
      this.#ok(event.id, true, outcome === 'duplicate' ? 'duplicate: already here' : '');
    } catch {
      this.#ok(event.id, false, 'error: could not be stored');
    } finally {
      this.#end();
    }
  }

  #authenticate(value: unknown): void {
    const event = readRelayEvent(value);
    if (event === undefined) {
      this.#badFrame('not an event');
      return;
    }
    const refusal = this.#authRefusal(event);
    if (refusal === undefined) this.#keys.add(event.pubkey);
    this.#ok(event.id, refusal === undefined, refusal ?? '');
    if (refusal === undefined) this.#hub.onKey(event.pubkey);
  }

  #authRefusal(event: SignedEvent): string | undefined {
    const now = this.#hub.now();
    const refusal = authRefusal(event, { challenge: this.#challenge, authorities: this.#authorities, now });
    if (refusal !== undefined) return `invalid: ${refusal}`;
    // It has shown that already: looking at a signature again and again would cost us more than whoever sends it.
    if (this.#keys.has(event.pubkey)) return undefined;
    if (this.#keys.size >= MAX_KEYS) return 'restricted: too many keys on one connection';
    return this.#isGenuine(event) ? undefined : 'invalid: id or signature';
  }

  #readRefusal(id: string, filters: Filter[] | string): string | undefined {
    if (this.#keys.size === 0) return 'auth-required: read after authenticating';
    if (typeof filters === 'string') return `invalid: ${filters}`;
    if (!this.#subscriptions.has(id) && this.#subscriptions.size >= MAX_SUBSCRIPTIONS) {
      return `error: more than ${MAX_SUBSCRIPTIONS} subscriptions`;
    }
    const isForeign = (key: string) => !this.#keys.has(key);
    return filters.some((each) => onlyWraps(each) && [...(each.tags.get('p') ?? [])].some(isForeign))
      ? 'auth-required: wraps are for their recipient, authenticate as it'
      : undefined;
  }

  #request(id: string, values: unknown[]): void {
    const filters = readFilters(values);
    const refusal = this.#readRefusal(id, filters);
    if (refusal !== undefined || typeof filters === 'string') {
      this.#closed(id, refusal ?? '');
      return;
    }
    // Registered before the query: an event is either found by it or waits in the backlog, never neither.
    const backlog = new Map<string, string>();
    const subscription: Subscription = { id, filters, backlog };
    this.#subscriptions.set(id, subscription);
    this.#begin();
    this.#queries = this.#queries
      .then(() => this.#answer(subscription, backlog))
      .catch(() => this.#socket.terminate())
      .finally(() => this.#end());
  }

  /** Looked up when its turn has come: what was replaced or closed until then costs nothing, and no answers pile up. */
  async #answer(subscription: Subscription, backlog: Map<string, string>): Promise<void> {
    const { id, filters } = subscription;
    const isOpen = () => this.#subscriptions.get(id) === subscription;
    if (!isOpen()) return;
    const { store, policy, now } = this.#hub;
    let left = filters.reduce((sum, filter) => sum + filter.limit, 0);
    for (const { row, exact } of store.query(filters, policy.reader(this.#keys), now())) {
      if (left === 0) break;
      if (!isOpen()) return;
      if (backlog.has(row.id)) continue;
      const text = await this.#hub.store.read(row);
      if (text === undefined) continue;
      if (!exact && !isAskedFor(filters, text)) continue;
      left--;
      const sent = this.#sendEvent(id, text);
      if (this.#socket.bufferedAmount > READ_AHEAD) await sent;
    }
    if (!isOpen()) return;
    this.#send(JSON.stringify(['EOSE', id]));
    for (const text of backlog.values()) this.#sendEvent(id, text);
    subscription.backlog = undefined;
  }

  #begin(): void {
    if (++this.#atWork >= MAX_AT_WORK) this.#socket.pause();
  }
  #end(): void {
    if (--this.#atWork < MAX_AT_WORK && this.#socket.isPaused) this.#socket.resume();
  }

  #isGenuine(event: SignedEvent): boolean {
    const isGenuine = this.#hub.verify(event);
    if (!isGenuine) this.#countBad();
    return isGenuine;
  }
  #countBad(): void {
    if (++this.#bad > MAX_BAD_FRAMES) this.#socket.close(1008, 'too many bad frames');
  }

  #sendEvent(id: string, text: string): Promise<void> {
    return this.#send(`["EVENT",${JSON.stringify(id)},${text}]`);
  }
  #ok(id: string, accepted: boolean, message: string): void {
    this.#send(JSON.stringify(['OK', id, accepted, message]));
  }
  #closed(id: string, message: string): void {
    this.#subscriptions.delete(id);
    this.#send(JSON.stringify(['CLOSED', id, message]));
  }
  #badFrame(message: string): void {
    this.#countBad();
    this.#send(JSON.stringify(['NOTICE', `invalid: ${message}`]));
  }

  /** Resolves when the frame was handed to the kernel or the connection is gone. */
  #send(text: string): Promise<void> {
    if (this.#socket.readyState !== this.#socket.OPEN) return Promise.resolve();
    if (this.#socket.bufferedAmount > MAX_BUFFERED) {
      this.#socket.terminate();
      return Promise.resolve();
    }
    if (this.#socket.bufferedAmount > READ_AHEAD) this.#hub.relieve();
    return new Promise((resolve) => this.#socket.send(text, () => resolve()));
  }
}

const isSubscriptionId = (value: unknown): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= 64;

function parseFrame(text: string): unknown[] {
  try {
    const frame: unknown = JSON.parse(text);
    return Array.isArray(frame) ? frame : [];
  } catch {
    return [];
  }
}
