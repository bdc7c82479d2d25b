/** Opens homes: config, key, lock, projection, ledger, blobs, in that order; closes them the other way round. */
import { join } from 'node:path';
import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import {
  type BackgroundCheck,
  verifyAfterFault,
  verifyInBackground,
} from '../../adapters/ledger/background.ts';
import { openBlobs } from '../../adapters/ledger/blobs.ts';
import { openLedger } from '../../adapters/ledger/ledger.ts';
import type { MarkSigner } from '../../adapters/ledger/mark.ts';
import { relayClient } from '../../adapters/relay-client/session.ts';
import { openProjection, PROJECTION_FILE } from '../../adapters/sqlite/projection.ts';
import { systemClock } from '../../adapters/system/clock.ts';
import { systemFiles } from '../../adapters/system/files.ts';
import { acquireLock } from '../../adapters/system/lock.ts';
import { systemRandom } from '../../adapters/system/random.ts';
import { MAX_BLOB_OF } from '../../core/bounds.ts';
import { ConversationKeys } from '../../core/crypto/conversation-keys.ts';
import { fromHex, toHex } from '../../core/encoding/bytes.ts';
import { exitCodeOf } from '../../core/errors.ts';
import { readMark, readSegmentSeal, writeMark, writeSegmentSeal } from '../../core/ledger/mark.ts';
import { foldLine } from '../../core/projection/fold.ts';
import type { HistoryBounds } from '../../core/projection/history/over.ts';
import { ROWS, SCHEMA_VERSION } from '../../core/projection/rows.ts';
import type { LedgerMode } from '../../core/vocabulary.ts';
import type { KeyStore, Ledger, Projection } from '../../ports/index.ts';
import type { Home } from '../../services/messaging/home.ts';
import { Leases } from '../../services/messaging/leases.ts';
import type { HostConfig, JoinedConfig } from '../../services/setup/config.ts';
import { foldProgress } from './fold-progress.ts';
import { historyOf } from './history.ts';
import type { KeyOptions } from './key-stores.ts';
import { keyStore, readOwnKey } from './key-stores.ts';
import { saveAtIntervals } from './save-projection.ts';

/** How long a command waits for its turn at a shared ledger: each turn is short, but many may stand in line. */
const TURN_MS = 30_000;

export type OpenedHome = { home: Home; keys: KeyStore; projection: Projection; close(): Promise<void> };

type OpenOptions = KeyOptions & {
  mode: LedgerMode;
  owner: string;
  log: Home['log'];
  unlocked?: (() => Promise<void>) | undefined;
  /** When who serves begins to verify all of the ledger again. */
  checkMs?: number;
  /** When what is over leaves the working set. */
  history?: HistoryBounds;
};

/** Opens a home for serving (exclusive) or for a command beside others (shared). */
export const openHome = async (
  directory: string,
  config: HostConfig | JoinedConfig,
  options: OpenOptions,
): Promise<OpenedHome> => {
  await systemFiles.directory(directory);
  const keys = keyStore(config.keys, directory, options);
  const secretKey = await readOwnKey(keys, config.kind);
  await options.unlocked?.();
  const pubkey = toHex(suiteWasm.publicKey(secretKey));
  const { projection, ledger } = await openState(directory, options, { pubkey, secretKey });
  const check = options.mode === 'exclusive' ? checkAgain(directory, options) : null;
  const self = { role: config.kind, name: config.kind === 'host' ? 'host' : config.name, pubkey, secretKey };
  const home: Home = {
    kind: config.kind,
    graph: config.graph,
    host: config.kind === 'host' ? pubkey : config.host,
    self,
    identities: new Map([[pubkey, self]]),
    stream: config.stream,
    relays: config.relays,
    ticket: config.kind !== 'host' && config.ticket !== null ? fromHex(config.ticket) : null,
    suite: suiteWasm,
    clock: systemClock,
    random: systemRandom,
    ledger,
    checked: () => check?.last() ?? null,
    tables: projection.tables,
    blobs: await openBlobs(join(directory, 'blobs'), MAX_BLOB_OF[config.kind]),
    pairs: new ConversationKeys(),
    connect: relayClient(systemClock, systemRandom, process.env),
    epoch: null,
    leases: new Leases(systemClock),
    log: options.log,
  };
  const saving = ledger.unwritable ? null : saveAtIntervals(projection, options.mode, options.log);
  return {
    home,
    keys,
    projection,
    async close() {
      await check?.stop();
      await saving?.stop();
      await ledger.close();
      projection.close();
    },
  };
};

const checkAgain = (directory: string, { log, checkMs }: OpenOptions): BackgroundCheck =>
  verifyInBackground({
    ...{ directory: join(directory, 'ledger'), suite: suiteWasm, clock: systemClock },
    ...(checkMs === undefined ? {} : { firstMs: checkMs }),
    found: ({ fault }) => {
      if (fault === null) return;
      log('error', `the record of the past is damaged, and the next start will stop at it: ${fault}`);
    },
  });

/**
 * The ledger and what is folded of it. A projection of other lines (a ledger that was restored, or lines that a crash
 * kept from becoming durable) is thrown away and folded anew.
 */
const openState = async (
  directory: string,
  options: OpenOptions,
  key: HomeKey,
): Promise<{ projection: Projection; ledger: Ledger }> => {
  let projection = await openReadModels(directory, options);
  let { folded } = projection;
  const { chain } = projection.tables.get('head', 'ledger') ?? {};
  let isOfLedger = folded === 0;
  let tellProgress: ((line: number) => void) | null = foldProgress(options.log, systemClock);
  if (options.mode === 'exclusive')
    await verifyAfterFault(join(directory, 'ledger'), suiteWasm, {
      tell: (why) => options.log('warning', why),
      verified: tellProgress,
    });
  const opening = (): Promise<Ledger> =>
    openLedger({
      directory: join(directory, 'ledger'),
      mode: options.mode,
      lockTimeoutMs: TURN_MS,
      from: 0,
      // The last of them too: whether its chain is the one that was folded
      known: folded - 1,
      marks: marksOf(key),
      onMark: (why) => options.log('warning', why),
      follow: (line) => {
        tellProgress?.(line.n);
        if (line.n === folded) isOfLedger = line.chain === chain;
        if (line.n > folded && isOfLedger)
          projection.fold(line.n, () => foldLine(projection.tables, line, suiteWasm.sha256));
      },
      clock: systemClock,
      sha256: suiteWasm.sha256,
      owner: options.owner,
      acquireLock,
      onFatal: (error) => {
        options.log('error', `the ledger cannot be written: ${error.message}`);
        process.exit(exitCodeOf(error));
      },
      onCut: ({ path, offset }) =>
        options.log('warning', `removed an incomplete last line of ${path} at byte ${offset}`),
    });
  const ledger = await projection.inBulk(opening);
  if (!isOfLedger) {
    projection.close();
    projection = await openReadModels(
      directory,
      options,
      'it was folded from other lines than the ledger has',
    );
    await projection.inBulk(async () => {
      for await (const line of ledger.read(1)) {
        tellProgress?.(line.n);
        projection.fold(line.n, () => foldLine(projection.tables, line, suiteWasm.sha256));
      }
    });
    folded = 0;
    isOfLedger = true;
  }
  tellProgress = null;
  return { projection, ledger };
};

type HomeKey = { pubkey: string; secretKey: Uint8Array };

const marksOf = ({ pubkey, secretKey }: HomeKey): MarkSigner => {
  const signer = () => ({
    secretKey,
    createdAt: Math.floor(systemClock.now() / 1000),
    aux: systemRandom.bytes(32),
  });
  return {
    sign: (mark) => writeMark(suiteWasm, mark, signer()),
    read: (text) => readMark(suiteWasm, pubkey, text),
    signSeal: (seal) => writeSegmentSeal(suiteWasm, seal, signer()),
    readSeal: (text) => readSegmentSeal(suiteWasm, (by) => by === pubkey, text),
  };
};

const openReadModels = async (
  directory: string,
  { log, mode, history }: OpenOptions,
  discard?: string,
): Promise<Projection> => {
  const projection = await openProjection({
    file: join(directory, PROJECTION_FILE),
    schema: ROWS,
    schemaVersion: SCHEMA_VERSION,
    sha256: suiteWasm.sha256,
    ...(discard === undefined ? {} : { discard }),
    history: {
      ...historyOf(directory, history),
      isAlone: mode === 'exclusive',
      onDamage: (error) => {
        log('error', error.message);
        process.exit(exitCodeOf(error));
      },
    },
  });
  if (projection.discarded !== null)
    log('warning', `rebuilding the projection from the ledger: ${projection.discarded}`);
  return projection;
};
