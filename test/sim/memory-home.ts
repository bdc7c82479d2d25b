/** A home without disk: the real types over a ledger of lines in memory, read models in the maps that production folds into, blobs in a map. */
import { requireBlobName, requireBlobSize } from '../../src/adapters/ledger/blobs.ts';
import { MAX_BLOB_BYTES, MAX_BLOB_OF } from '../../src/core/bounds.ts';
import { ConversationKeys } from '../../src/core/crypto/conversation-keys.ts';
import type { RandomBytes, Suite } from '../../src/core/crypto/suite.ts';
import { toHex } from '../../src/core/encoding/bytes.ts';
import type { Line } from '../../src/core/ledger/line.ts';
import { foldLine } from '../../src/core/projection/fold.ts';
import type { HistoryBounds } from '../../src/core/projection/history/over.ts';
import type { RowOf, Tables } from '../../src/core/projection/rows.ts';
import type { Blobs, Clock, ConnectRelays } from '../../src/ports/index.ts';
import { heldKeys, hostKeys, selfOf } from '../../src/services/messaging/authority.ts';
import type { Home } from '../../src/services/messaging/home.ts';
import { Leases } from '../../src/services/messaging/leases.ts';
import { idealSuite } from '../support/ideal-suite.ts';
import { tieredTables } from '../support/tiered-tables.ts';
import { memoryLedger, type SimulatedSync } from './memory-ledger.ts';
import type { ProcessLife } from './process-life.ts';

export { seededRandom } from './dice.ts';
export const RELAY_URL = 'ws://relay.test';

/** Throws on use: for a home whose test puts nothing on the wire. */
export const noRelay: ConnectRelays = () => {
  throw new Error('this home has no relay');
};

export type MemoryHomeOptions = {
  kind: Home['kind'];
  name: string;
  /** The Host's public key and the graph id; left out for a Host, which makes its own. */
  host?: string;
  graph?: string;
  /** sha256 (hex) of the recovery public key. */
  recovery?: string;
  clock: Clock;
  random: RandomBytes;
  connect?: ConnectRelays;
  relays?: readonly string[];
  suite?: Suite;
  /** What survives a crash: lines on disk, blobs, the key. A home over the disk of another is that home, restarted. */
  disk?: MemoryDisk;
  log?: Home['log'];
  /** With a life, what was appended and is not durable yet is lost with it, as `sync` says. */
  life?: ProcessLife;
  sync?: SimulatedSync;
  /** When what is over leaves the working set; left out, it stays. */
  history?: HistoryBounds;
};
export type MemoryDisk = {
  lines: Line[];
  blobs: Map<string, Uint8Array>;
  secretKey: Uint8Array;
  /** Of a Host: keys that came to sign for it after its first one, or were to. */
  laterKeys: Uint8Array[];
  stream: string;
  /** The projection file: what of it the ledger does not say. Null: there is none, or it was damaged. */
  saved: {
    n: number;
    chain: string;
    syncs: RowOf<'syncs'>[];
    seen: RowOf<'seen'>[];
    refused: RowOf<'refused'>[];
  } | null;
};
export type MemoryHome = Home & {
  disk: MemoryDisk;
  /** Writes the projection file as it is now, lines that are not durable yet included. */
  save(): void;
};

export const memoryDisk = (random: RandomBytes, secretKey = random(32)): MemoryDisk => ({
  lines: [],
  blobs: new Map(),
  secretKey,
  laterKeys: [],
  stream: toHex(random(16)),
  saved: null,
});

export const createMemoryHome = (options: MemoryHomeOptions): MemoryHome => {
  const { kind, name, clock, random, connect = noRelay, suite = idealSuite } = options;
  const disk = options.disk ?? memoryDisk(random);
  const pubkey = toHex(suite.publicKey(disk.secretKey));
  const { tables, leave } = tieredTables(options.history);
  const fold = (line: Line): void => {
    foldLine(tables, line, suite.sha256);
    leave(line.n);
  };
  load(tables, fold, disk);
  const graph = options.graph ?? `${pubkey}/acme`;
  const only = { signs: pubkey, secretKey: disk.secretKey, root: disk.secretKey, retired: new Map() };
  const held = heldKeys(suite, [disk.secretKey, ...disk.laterKeys]);
  const keys = kind === 'host' && disk.laterKeys.length > 0 ? hostKeys(tables, graph, held) : only;
  if (!keys) throw new Error('the key that signs is not on this disk');
  const ledger = memoryLedger({
    lines: disk.lines,
    clock,
    sha256: suite.sha256,
    follow: fold,
    ...(options.life && { life: options.life }),
    ...(options.sync && { sync: options.sync }),
  });
  return {
    disk,
    kind,
    graph,
    host: options.host ?? pubkey,
    recovery: options.recovery ?? '00'.repeat(32),
    ...selfOf({ role: kind, name, pubkey }, keys),
    stream: disk.stream,
    relays: options.relays ?? [RELAY_URL],
    ticket: null,
    suite,
    clock,
    random: { bytes: random },
    tables,
    pairs: new ConversationKeys(),
    connect,
    epoch: null,
    leases: new Leases(clock),
    log: options.log ?? (() => {}),
    ledger,
    checked: () => null,
    blobs: memoryBlobs(disk.blobs, suite, clock.now, MAX_BLOB_OF[kind]),
    save() {
      const { n, chain } = ledger.head;
      const [syncs, seen, refused] = [tables.list('syncs'), tables.list('seen'), tables.list('refused')];
      disk.saved = { n, chain, syncs, seen, refused };
    },
  };
};

/** The lines folded. What only the projection file says is kept where that file is of these lines. */
const load = (tables: Tables, fold: (line: Line) => void, { lines, saved }: MemoryDisk): void => {
  for (const line of lines) fold(line);
  if (saved && (saved.n === 0 || lines[saved.n - 1]?.chain === saved.chain)) {
    for (const row of saved.syncs) tables.put('syncs', row);
    for (const row of saved.seen) tables.put('seen', row);
    for (const row of saved.refused) tables.put('refused', row);
  }
};

export const memoryBlobs = (
  blobs: Map<string, Uint8Array>,
  suite: Suite,
  now = () => 0,
  most = MAX_BLOB_BYTES,
): Blobs => {
  const put = new Map<string, number>();
  let written = 0;
  const named = (sha256: string): Uint8Array | undefined => {
    requireBlobName(sha256);
    return blobs.get(sha256);
  };
  return {
    async put(bytes) {
      requireBlobSize(bytes, most);
      const sha256 = toHex(suite.sha256(bytes));
      // Anew, so that it stands behind all that was put before
      blobs.delete(sha256);
      blobs.set(sha256, bytes.slice());
      put.set(sha256, now());
      written += bytes.length;
      return sha256;
    },
    get: async (sha256) => named(sha256)?.slice(),
    has: async (sha256) => named(sha256) !== undefined,
    sweep: async () =>
      [...blobs].map(([sha256, bytes]) => ({ sha256, size: bytes.length, at: put.get(sha256) ?? 0 })),
    remove: async (sha256) => void (named(sha256) && blobs.delete(sha256)),
    get written() {
      return written;
    },
  };
};
