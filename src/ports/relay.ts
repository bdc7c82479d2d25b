/** Relays, as hostile servers. */
import type { EventTemplate, SignedEvent } from '../core/nostr/event.ts';
import type { RelayState } from '../core/vocabulary.ts';

/** A key that reads its wraps from relays: authenticates (NIP-42) where a relay asks. */
export type RelayIdentity = { pubkey: string; sign(template: EventTemplate): SignedEvent };

export type RelayOptions = {
  urls: readonly string[];
  identities: readonly RelayIdentity[];
  /** Unix seconds when this key's wraps were last read to the end at this relay; null: never, so all are read. */
  lastSync: (url: string, pubkey: string) => number | null;
  /** Everything stored for these keys was given to `onWrap`; the live subscription began at that Unix second. */
  onSync?: (url: string, pubkeys: readonly string[], startedAt: number) => void;
  /**
   * The event's own JSON text as received, nothing checked but the size, in the order of the relay. The socket is not read
   * while this is pending.
   */
  onWrap: (text: string, url: string) => void | Promise<void>;
  /** So many are given before the first of them is taken, where one is not judged by what the last left on a disk; else one. */
  atOnce?: number;
  onState?: (status: RelayStatus) => void;
};

export type RelayStatus = {
  url: string;
  state: RelayState;
  detail?: string;
};

/** stored: the relay said OK true (or duplicate); refused: OK false, with its words; unknown: no answer in time or no connection. */
export type PublishOutcome = { url: string; result: 'stored' | 'refused' | 'unknown'; detail?: string };

export interface RelaySession {
  setIdentities(identities: readonly RelayIdentity[]): void;
  /** To these of its relays only, where they are named. */
  publish(event: SignedEvent, urls?: readonly string[]): Promise<PublishOutcome[]>;
  /**
   * True when at least one relay was paged back completely; false when none gave anything of what it stores for so long, or
   * after `mostMs`, else ten times that, whatever they give: a long mailbox is no silence, and an endless one ends.
   */
  synced(silenceMs: number, mostMs?: number): Promise<boolean>;
  /** Whether a relay gave anything that it stores. */
  hasGiven(): boolean;
  /**
   * This key has durably read these wraps: relays that delete for recipients may. Resolves when those that are connected
   * have answered; the others keep them until they are read again, or for as long as they keep any.
   */
  discard(pubkey: string, ids: readonly string[]): Promise<void>;
  status(): RelayStatus[];
  close(): Promise<void>;
}

export type ConnectRelays = (options: RelayOptions) => RelaySession;
