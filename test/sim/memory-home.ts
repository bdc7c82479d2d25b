/** A home without disk: the real types over a ledger of lines in memory, read models in plain maps, blobs in a map. */
import { suiteWasm } from '../../src/adapters/suite-wasm.ts';
import { toHex, utf8 } from '../../src/core/bytes.ts';
import { ConversationKeys } from '../../src/core/crypto/conversation-keys.ts';
import type { RandomBytes } from '../../src/core/crypto/suite.ts';
import { type Entry, GENESIS, type Line, nextLine } from '../../src/core/ledger/line.ts';
import { foldLine } from '../../src/core/projection/fold.ts';
import { ROWS } from '../../src/core/projection/rows.ts';
import type { Blobs, Clock, ConnectRelays, Ledger } from '../../src/ports.ts';
import type { Home } from '../../src/services/home.ts';
import { memoryTables } from '../support/memory-tables.ts';

export const RELAY_URL = 'ws://relay.test';

/** The same bytes for the same seed: counter mode over sha256. */
export const seededRandom = (seed: string): RandomBytes => {
  let counter = 0;
  let pool = new Uint8Array(0);
  return (length) => {
    while (pool.length < length) {
      const more = suiteWasm.sha256(utf8(`${seed}/${counter++}`));
      pool = Uint8Array.from([...pool, ...more]);
    }
    const bytes = pool.slice(0, length);
    pool = pool.slice(length);
    return bytes;
  };
};

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
  clock: Clock;
  random: RandomBytes;
  connect?: ConnectRelays;
  /** What survives a crash: lines on disk, blobs, the key. A home over the disk of another is that home, restarted. */
  disk?: MemoryDisk;
  log?: Home['log'];
};
export type MemoryDisk = {
  lines: Line[];
  blobs: Map<string, Uint8Array>;
  secretKey: Uint8Array;
  stream: string;
};

export const memoryDisk = (random: RandomBytes): MemoryDisk => ({
  lines: [],
  blobs: new Map(),
  secretKey: random(32),
  stream: toHex(random(16)),
});

export const createMemoryHome = (options: MemoryHomeOptions): Home & { disk: MemoryDisk } => {
  const { kind, name, clock, random, connect = noRelay } = options;
  const disk = options.disk ?? memoryDisk(random);
  const pubkey = toHex(suiteWasm.publicKey(disk.secretKey));
  const self = { role: kind, name, pubkey, secretKey: disk.secretKey };
  const tables = memoryTables(ROWS);
  for (const line of disk.lines) foldLine(tables, line);
  return {
    disk,
    kind,
    graph: options.graph ?? `${pubkey}/acme`,
    host: options.host ?? pubkey,
    self,
    identities: new Map([[pubkey, self]]),
    stream: disk.stream,
    relays: [RELAY_URL],
    suite: suiteWasm,
    clock,
    random: { bytes: random },
    tables,
    pairs: new ConversationKeys(),
    connect,
    epoch: null,
    leases: new Map(),
    log: options.log ?? (() => {}),
    ledger: memoryLedger(disk, clock, (line) => foldLine(tables, line)),
    blobs: memoryBlobs(disk),
  };
};

/** Lines are chained and checked as on disk, and durable at once. */
const memoryLedger = (disk: MemoryDisk, clock: Clock, follow: (line: Line) => void): Ledger => ({
  get head() {
    return disk.lines.at(-1) ?? GENESIS;
  },
  async append(build: () => Entry[]) {
    return build().map((entry) => {
      const at = new Date(clock.now()).toISOString();
      const line = nextLine(suiteWasm.sha256, disk.lines.at(-1) ?? GENESIS, at, entry);
      disk.lines.push(line);
      follow(line);
      return line;
    });
  },
  async catchUp() {},
  async *read(from: number) {
    yield* disk.lines.slice(from - 1);
  },
  async close() {},
});

const memoryBlobs = (disk: MemoryDisk): Blobs => ({
  async put(bytes) {
    const sha256 = toHex(suiteWasm.sha256(bytes));
    disk.blobs.set(sha256, bytes);
    return sha256;
  },
  get: async (sha256) => disk.blobs.get(sha256),
  has: async (sha256) => disk.blobs.has(sha256),
});
