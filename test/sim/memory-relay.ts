/**
 * A relay in memory, as bad as it is told to be. It keeps gift wraps, gives them to whom they are for and loses,
 * repeats, delays or withholds them as its faults say; it can be down, silent or refuse everything.
 */
import type { SignedEvent } from '../../src/core/nostr/event.ts';
import type { Clock, PublishOutcome } from '../../src/ports/index.ts';
import type { Dice } from './dice.ts';

export type RelayFaults = {
  /** Parts of 1: the frame is lost on its way, and nobody is told. */
  drop: number;
  /** It says OK and keeps nothing. */
  withhold: number;
  duplicate: number;
  /** Given so much later that others overtake it. */
  delay: number;
  delayMs: number;
  /** An old wrap of the same recipient is given again. */
  replay: number;
};
export const NO_FAULTS: RelayFaults = {
  drop: 0,
  withhold: 0,
  duplicate: 0,
  delay: 0,
  delayMs: 2_000,
  replay: 0,
};
export type Filter = { keys: Set<string>; since: number };
/** One open connection: what it subscribed to, and where what it is given goes. */
export type Subscriber = {
  filter: Filter;
  receive(text: string): void;
  /** The relay closed the connection. */
  closed(): void;
};
/** hiding: it takes everything and gives nothing of it. */
export type RelayState = 'up' | 'down' | 'silent' | 'refusing' | 'hiding';
export type MemoryRelay = {
  readonly url: string;
  readonly state: RelayState;
  readonly stats: { published: number; stored: number; delivered: number };
  faults: RelayFaults;
  setState(state: RelayState): void;
  /** Null while it is down. */
  connect(subscriber: Subscriber): (() => void) | null;
  /** Texts of stored wraps for the filter, oldest first. */
  stored(filter: Filter): string[];
  /** Deletes wraps for their recipient. */
  discard(pubkey: string, ids: readonly string[]): void;
  publish(event: SignedEvent): Promise<Omit<PublishOutcome, 'url'>>;
  /** Every wrap that it keeps, as a curious operator of it sees them. */
  readonly wraps: readonly SignedEvent[];
};

const STORED_KIND = 1059;
const OK_MS = 5_000;
export const recipientOf = (event: SignedEvent): string =>
  event.tags.find(([name]) => name === 'p')?.[1] ?? '';

export const createMemoryRelay = (options: { url: string; clock: Clock; dice: Dice }): MemoryRelay => {
  const { url, clock, dice } = options;
  /** In the order in which they came; as texts alone, which is what takes the room of a long simulation. */
  const texts: string[] = [];
  const byRecipient = new Map<string, { id: string; createdAt: number; text: string }[]>();
  const ids = new Set<string>();
  const discarded = new Set<string>();
  const subscribers = new Set<Subscriber>();
  const stats = { published: 0, stored: 0, delivered: 0 };
  const latency = () => dice.between(1, 20);
  const later = (ms: number, work: () => void): void => void clock.sleep(ms).then(work);
  const keep = (event: SignedEvent, text: string): void => {
    if (event.kind !== STORED_KIND || ids.has(event.id)) return;
    ids.add(event.id);
    texts.push(text);
    stats.stored++;
    const to = recipientOf(event);
    const kept = byRecipient.get(to) ?? [];
    byRecipient.set(to, kept);
    kept.push({ id: event.id, createdAt: event.created_at, text });
  };
  const give = (to: string, text: string, since: number): void => {
    for (const one of subscribers) {
      if (!one.filter.keys.has(to) || one.filter.since > since) continue;
      const late = dice.chance(relay.faults.delay) ? dice.between(1, relay.faults.delayMs) : 0;
      later(latency() + late, () => {
        if (!subscribers.has(one)) return;
        stats.delivered++;
        one.receive(text);
      });
    }
  };
  const distribute = (event: SignedEvent, text: string): void => {
    if (relay.state === 'hiding') return;
    const to = recipientOf(event);
    give(to, text, event.created_at);
    if (dice.chance(relay.faults.duplicate)) give(to, text, event.created_at);
    const old = byRecipient.get(to);
    if (old && dice.chance(relay.faults.replay)) give(to, dice.pick(old).text, Number.MAX_SAFE_INTEGER);
  };
  const relay: MemoryRelay & { state: RelayState } = {
    url,
    state: 'up',
    stats,
    faults: NO_FAULTS,
    get wraps() {
      return texts.map((text) => JSON.parse(text));
    },
    setState(state) {
      relay.state = state;
      // As after a restart: whoever stays finds it as it is now.
      for (const one of [...subscribers]) {
        subscribers.delete(one);
        one.closed();
      }
    },
    connect(subscriber) {
      if (relay.state === 'down') return null;
      subscribers.add(subscriber);
      return () => subscribers.delete(subscriber);
    },
    stored: ({ keys, since }) =>
      (relay.state === 'hiding' ? [] : [...keys])
        .flatMap((key) => byRecipient.get(key) ?? [])
        .filter(({ id, createdAt }) => createdAt >= since && !discarded.has(id))
        .map(({ text }) => text),
    discard(pubkey, read) {
      const own = new Set(byRecipient.get(pubkey)?.map(({ id }) => id));
      for (const id of read) if (own.has(id)) discarded.add(id);
    },
    async publish(event) {
      await clock.sleep(latency());
      stats.published++;
      if (relay.state === 'refusing') return { result: 'refused', detail: 'blocked: not here' };
      if (relay.state === 'down' || relay.state === 'silent' || dice.chance(relay.faults.drop)) {
        await clock.sleep(OK_MS);
        return { result: 'unknown', detail: 'no answer' };
      }
      const text = JSON.stringify(event);
      if (dice.chance(relay.faults.withhold)) return { result: 'stored' };
      keep(event, text);
      distribute(event, text);
      await clock.sleep(latency());
      return { result: 'stored' };
    },
  };
  return relay;
};
