/** The running Host: its home, the active graph, what it has heard of runners since it started. */

import { fromUtf8 } from '../../core/encoding/bytes.ts';
import { EntangleError } from '../../core/errors.ts';
import type { Graph } from '../../core/graph/model.ts';
import { parseCanonical } from '../../core/graph/revision.ts';
import type { Standings } from '../../core/graph/standing.ts';
import type { SignedEvent } from '../../core/nostr/event.ts';
import type { Measure, UsedOnce, VerifyIdentity } from '../../ports/index.ts';
import type { Exchange } from '../messaging/exchange.ts';
import type { Home } from '../messaging/home.ts';
import { epochAbove } from '../messaging/host-conflict.ts';
import { record } from '../messaging/rejections.ts';
import type { ApiCounts } from './api-counts.ts';
import type { News } from './news.ts';
import type { OpenAssignments } from './open-assignments.ts';
import type { Presence } from './presence.ts';
import type { RoutesMadeOf } from './routes-made-of.ts';

export type HostOptions = {
  home: Home;
  /** sha256 of the first admin's token, or null; all else about operators is in the ledger. */
  bootstrap: string | null;
  /** sha256 of the token that the environment gives an admin, or null. */
  environment: string | null;
  relays: readonly string[];
  leaseMs: number;
  /** sha256 (hex) of the recovery public key: newcomers pin it. */
  recovery: string;
  /** Secret key (Ed25519) of its log, by which it states things for others. */
  logKey: Uint8Array;
  verifyIdentity: VerifyIdentity;
  /** Signed requests that were made. */
  signedRequests: UsedOnce;
  measure: Measure;
  /** Takes what changes, for who reads its terminal. */
  tell?: Home['log'] | undefined;
  /** Publishes the members list, where the relay is our own. */
  members: boolean;
  /** The operator's word that this home goes on, and no other that has the key. */
  takeOver: boolean;
};
export type Host = HostOptions & {
  exchange: Exchange;
  graph: Graph | null;
  assignments: OpenAssignments;
  /** The graph that assignments were last brought in step with, and its revision. */
  reconciled: { readonly graph: Graph | null; readonly n: number };
  /** Of the graph that routes were last made of. */
  standings: Standings;
  /** What the routes that were said last were made of. */
  lastTold: RoutesMadeOf;
  /** What is told of completely: `routesBasis` of then. */
  told: string;
  /** What was known when nodes were placed last. */
  placementBasis: string;
  /** Whether a node waits for its runner to acknowledge that it runs it no more. */
  isWaiting: boolean;
  presence: Presence;
  /** The runners’ accepts of live assignments, by assignment: routes carry them as proof of the node keys. */
  accepts: Map<string, SignedEvent>;
  /** Settles when the checkpoint that is being signed is there. */
  checkpointing: Promise<void>;
  /** What was asked of its API since it started. */
  requests: ApiCounts;
  /** Something changed. */
  poke(): void;
  /** Who waits for a change is told here. */
  news: News;
  /** Runs work that reads what runs where and then changes it, one after the other. */
  mutex<T>(work: () => Promise<T>): Promise<T>;
};

export const headOf = (home: Home): { n: number; digest: string; parent: string | null } | null => {
  const row = home.tables.list('revisions', {}, { order: 'n', descending: true, limit: 1 })[0];
  return row ? { n: row.n, digest: row.digest, parent: row.parent } : null;
};

/** The active graph out of its blob; null before the first revision. */
export const loadGraph = async (home: Home): Promise<Graph | null> => {
  const head = headOf(home);
  if (!head) return null;
  const bytes = await home.blobs.get(head.digest);
  if (!bytes)
    throw new EntangleError('invalid', `revision ${head.n} refers to a missing blob`, {
      hint: 'restore the home from a backup',
    });
  return parseCanonical(fromUtf8(bytes));
};

/** Each start claims the next epoch, chained to the claim before; who takes over claims one that is above all others. */
export const claimEpoch = async (home: Home, takeOver = false): Promise<void> => {
  const own = home.tables.get('epoch', 'own');
  const n = takeOver ? epochAbove(home, own?.n ?? 0) : (own?.n ?? 0) + 1;
  const boot = Array.from(home.random.bytes(16), (byte) => byte.toString(16).padStart(2, '0')).join('');
  await record(home, 'epoch.claimed', {
    n,
    boot,
    previous: own?.event ?? null,
    revision: headOf(home)?.n ?? 0,
    ...(takeOver && { takesOver: true as const }),
  });
  home.epoch = { n, boot };
};
