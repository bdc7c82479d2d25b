/** A person's node over a home that may not be written: it shows what is known there, and says nothing to anybody. */
import type { OldContents } from '../../ports/index.ts';
import type { Exchange } from '../messaging/exchange.ts';
import type { Home } from '../messaging/home.ts';
import { composeEntries } from '../messaging/send.ts';
import { ChangeTotals } from './change-totals.ts';
import { Traces } from './traces.ts';
import { type User, untilFound } from './user.ts';

const POLL_MS = 500;

/** What is received must be kept and what is said must be durable first, so no relay is met. */
const unconnected = (home: Home): Exchange => ({
  /** The ledger refuses with what forbids writing, unless all of it was said before. */
  async send(drafts) {
    await home.ledger.append(() => composeEntries(home, typeof drafts === 'function' ? drafts() : drafts));
  },
  sendEphemeral: async () => {},
  renewEpoch: async () => {},
  synced: async () => false,
  hasGiven: () => false,
  relays: () => [],
  rejected: () => [],
  publish: async () => false,
  identitiesChanged: () => {},
  // Another process of this home may have given it to one
  isRelayed: () => null,
  flush: async () => 0,
  close: async () => {},
});

export const readUser = ({ home, contents }: { home: Home; contents: OldContents }): User => {
  const exchange = unconnected(home);
  return {
    home,
    contents,
    sshKeys: [],
    exchange,
    traces: new Traces(),
    totals: new ChangeTotals(home, exchange),
    until: untilFound(home, async (ms, signal) => {
      await home.clock.sleep(Math.min(ms, POLL_MS), signal);
      // Another process may serve the same home where it can be written.
      await home.ledger.catchUp();
    }),
    close: async () => {},
  };
};
