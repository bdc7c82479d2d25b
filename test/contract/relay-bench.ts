/** A relay session under test, with its relay: sockets and a scripted relay, and memory. Closed after each test. */
import { afterEach } from 'vitest';
import { relayClient } from '../../src/adapters/relay-client/session.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { systemRandom } from '../../src/adapters/system/random.ts';
import type { SignedEvent } from '../../src/core/nostr/event.ts';
import type {
  Clock,
  ConnectRelays,
  RelayIdentity,
  RelayOptions,
  RelaySession,
} from '../../src/ports/index.ts';
import { createDice } from '../sim/dice.ts';
import { createMemoryRelay } from '../sim/memory-relay.ts';
import { connectInMemory } from '../sim/memory-relay-session.ts';
import { type OtherRelay, otherRelay, REFUSAL } from '../support/other-relay.ts';
import { isOwnWord } from '../support/relay-kit.ts';
import { scriptedRelay } from '../support/scripted-relay.ts';

export type RelayBench = {
  url: string;
  connect: ConnectRelays;
  /** Keeps an event as if somebody else had published it while nobody was connected. */
  store(event: SignedEvent): Promise<void>;
  stored(): string[];
  /** From now on every event is refused with these words. */
  refuse(): void;
  /** From now on it takes everything and gives nothing back. */
  hide(): void;
  down(): Promise<void>;
  up(): Promise<void>;
};
export { REFUSAL };

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

export const relayOverSockets = async (clock: Clock = systemClock): Promise<RelayBench> => {
  let isRefusing = false;
  let isHiding = false;
  const habits: Parameters<typeof scriptedRelay>[0] = {
    deliver: (send, event) => void (isHiding || send(event)),
    answer: (found) => (isHiding ? [] : found),
    onFrame: ([name, event], socket) => {
      if (!isRefusing || name !== 'EVENT') return false;
      socket.send(JSON.stringify(['OK', (event as SignedEvent).id, false, REFUSAL]));
      return true;
    },
  };
  let relay = await scriptedRelay(habits);
  const kept = relay.stored;
  open.push({ close: () => relay.close() });
  return {
    url: relay.url,
    connect: relayClient(clock, systemRandom),
    store: async (event) => void relay.stored.push(event),
    stored: () => relay.stored.filter((event) => !isOwnWord(event)).map(({ id }) => id),
    refuse: () => {
      isRefusing = true;
    },
    hide: () => {
      isHiding = true;
    },
    down: () => relay.close(),
    up: async () => {
      relay = await scriptedRelay(habits, relay.port);
      relay.stored.push(...kept);
    },
  };
};

/** The hooks of the scripted relay, as somebody between the client and a relay that nobody here wrote. */
export const relayOfOthers = async (clock: Clock = systemClock): Promise<RelayBench> => {
  const stored: SignedEvent[] = [];
  const habits = { isRefusing: false, isHiding: false };
  let relay: OtherRelay = await otherRelay({ stored, habits });
  open.push({ close: () => relay.close() });
  return {
    url: relay.url,
    connect: relayClient(clock, systemRandom),
    store: async (event) => void stored.push(event),
    stored: () => stored.filter((event) => !isOwnWord(event)).map(({ id }) => id),
    refuse: () => {
      habits.isRefusing = true;
    },
    hide: () => {
      habits.isHiding = true;
    },
    down: () => relay.close(),
    up: async () => {
      relay = await otherRelay({ stored, habits, port: relay.port });
    },
  };
};

export const relayInMemory = async (clock: Clock = systemClock): Promise<RelayBench> => {
  const url = 'ws://relay.test';
  const dice = createDice('relay contract');
  const relay = createMemoryRelay({ url, clock, dice });
  return {
    url,
    connect: connectInMemory({ relays: [relay], clock, dice }),
    store: async (event) => void (await relay.publish(event)),
    stored: () => relay.wraps.map(({ id }) => id),
    refuse: () => relay.setState('refusing'),
    hide: () => relay.setState('hiding'),
    down: async () => relay.setState('down'),
    up: async () => relay.setState('up'),
  };
};

export type Listening = { session: RelaySession; heard: string[] };
/** A session with the relay of the bench, and the ids of the wraps that it was given, in order. */
export const listen = (
  { url, connect }: RelayBench,
  identities: readonly RelayIdentity[],
  over: Partial<RelayOptions> = {},
): Listening => {
  const heard: string[] = [];
  const session = connect({
    urls: [url, url],
    identities,
    lastSync: () => null,
    onWrap: (text) => void heard.push((JSON.parse(text) as SignedEvent).id),
    ...over,
  });
  open.push(session);
  return { session, heard };
};
