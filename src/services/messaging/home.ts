/** What a serving process or a command holds of one home: its identities, its ledger, its read models. */
import type { ConversationKeys } from '../../core/crypto/conversation-keys.ts';
import type { Suite } from '../../core/crypto/suite.ts';
import type { Verification } from '../../core/ledger/verification.ts';
import { pinnedEpoch } from '../../core/projection/reducers/authority.ts';
import type { Tables } from '../../core/projection/rows.ts';
import type { Epoch } from '../../core/protocol/message.ts';
import type { HomeKind, LogLevel, Role } from '../../core/vocabulary.ts';
import type { Blobs, Clock, ConnectRelays, Ledger, Random } from '../../ports/index.ts';
import type { Leases } from './leases.ts';

export type Identity = {
  role: Role;
  /** Name in the graph, of the runner, or "host". */
  name: string;
  pubkey: string;
  secretKey: Uint8Array;
  /** The public key of that, where another key has taken the place of the one that it is named by. */
  signs?: string;
};

/** A key that signs no more: until when mail to it is read, in Unix seconds. */
export type Retired = { secretKey: Uint8Array; until: number };

export type Home = {
  kind: HomeKind;
  /** `<genesis Host pubkey>/<name>`. */
  graph: string;
  /** The key by which the Host is named: its first one, pinned from the invite. */
  host: string;
  /** sha256 (hex) of the recovery public key, pinned with it. */
  recovery: string;
  /** Of a Host: the keys that signed for it before, and what its secrets are derived from; elsewhere none, and the own key. */
  retired: ReadonlyMap<string, Retired>;
  root: Uint8Array;
  self: Identity;
  /** All identities by public key: self, and at a runner its node runtimes. */
  identities: Map<string, Identity>;
  /** Random name of this home's streams, 32 hex characters. */
  stream: string;
  relays: readonly string[];
  /** The key of the invite that this home came by: it signs the wraps of its hello. */
  ticket: Uint8Array | null;
  suite: Suite;
  clock: Clock;
  random: Random;
  ledger: Ledger;
  /** What the newest check of the ledger in the background found; null before the first. */
  checked: () => Verification | null;
  tables: Tables;
  blobs: Blobs;
  pairs: ConversationKeys;
  connect: ConnectRelays;
  /** The Host's own epoch while it serves; elsewhere what the projection pinned. */
  epoch: Epoch | null;
  leases: Leases;
  /** Progress and warnings for people, already sanitized by the caller's terminal. */
  log: (level: LogLevel, text: string) => void;
};

export const NO_EPOCH: Epoch = { n: 0, boot: '0'.repeat(32) };

/** The epoch that this home's messages carry: its own, or the highest seen. */
export const epochOf = (home: Home): Epoch => {
  if (home.epoch) return home.epoch;
  const row = pinnedEpoch(home.tables);
  return row ? { n: row.n, boot: row.boot } : NO_EPOCH;
};

/** Newest graph revision this identity knows of; 0 before the first. */
export const revisionOf = (home: Home, me: string): number => {
  if (home.kind === 'host') {
    const newest = home.tables.list('revisions', {}, { order: 'n', descending: true, limit: 1 })[0];
    return newest?.n ?? 0;
  }
  return home.tables.get('routes', me)?.revision ?? 0;
};

export const nowSeconds = (home: Pick<Home, 'clock'>): number => Math.floor(home.clock.now() / 1000);
