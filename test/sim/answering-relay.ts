/** A session with one relay that answers as it is told, at once or when it is let. */
import type { SignedEvent } from '../../src/core/nostr/event.ts';
import type { ConnectRelays, PublishOutcome, RelayOptions, RelaySession } from '../../src/ports/index.ts';
import { RELAY_URL } from './memory-home.ts';

export type AnsweringRelay = {
  session: RelaySession;
  connect: ConnectRelays;
  published: SignedEvent[];
  /** What the home handed over when it connected. */
  options(): RelayOptions;
  answer(result: PublishOutcome['result'] | ((event: SignedEvent) => Omit<PublishOutcome, 'url'>)): void;
  /** Keeps every answer back until it is released. */
  hold(): () => void;
  /** How many wait for an answer. */
  waiting(): number;
  isClosed(): boolean;
};

export const answeringRelay = (): AnsweringRelay => {
  const published: SignedEvent[] = [];
  let outcome = (_event: SignedEvent): Omit<PublishOutcome, 'url'> => ({ result: 'stored' });
  let gate = Promise.resolve();
  let waiting = 0;
  let isClosed = false;
  let connected: RelayOptions | null = null;
  const session: RelaySession = {
    setIdentities() {},
    async publish(event) {
      published.push(event);
      waiting += 1;
      await gate;
      waiting -= 1;
      return [{ url: RELAY_URL, ...outcome(event) }];
    },
    discard: async () => {},
    synced: async () => true,
    hasGiven: () => false,
    status: () => [{ url: RELAY_URL, state: 'synced' }],
    async close() {
      isClosed = true;
    },
  };
  return {
    session,
    connect: (options) => {
      connected = options;
      return session;
    },
    published,
    options: () => connected!,
    answer: (next) => {
      outcome = typeof next === 'function' ? next : () => ({ result: next });
    },
    hold: () => {
      let release = () => {};
      gate = new Promise((done) => {
        release = done;
      });
      return release;
    },
    waiting: () => waiting,
    isClosed: () => isClosed,
  };
};
