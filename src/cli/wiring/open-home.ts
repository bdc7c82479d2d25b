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
import { founderOf } from '../../core/authority/succession.ts';
import { MAX_BLOB_OF } from '../../core/bounds.ts';
import { ConversationKeys } from '../../core/crypto/conversation-keys.ts';
import { fromHex, toHex } from '../../core/encoding/bytes.ts';
import { npub } from '../../core/encoding/id.ts';
import { exitCodeOf } from '../../core/errors.ts';
import { readMark, readSegmentSeal, writeMark, writeSegmentSeal } from '../../core/ledger/mark.ts';
import { foldLine } from '../../core/projection/fold.ts';
import type { HistoryBounds } from '../../core/projection/history/over.ts';
import { signerIn } from '../../core/projection/reducers/authority.ts';
import { ROWS, SCHEMA_VERSION, type Tables } from '../../core/projection/rows.ts';
import type { LedgerMode } from '../../core/vocabulary.ts';
import type { KeyStore, Ledger, Projection } from '../../ports/index.ts';
import { hostKeys, noSigner, selfOf } from '../../services/messaging/authority.ts';
import type { Home, Identity } from '../../services/messaging/home.ts';
import { Leases } from '../../services/messaging/leases.ts';
import { pinChain } from '../../services/messaging/pinned-chain.ts';
import type { HostConfig, JoinedConfig } from '../../services/setup/config.ts';
import { foldProgress } from './fold-progress.ts';
import { historyOf } from './history.ts';
import type { KeyOptions } from './key-stores.ts';
import { type HeldKeys, keyStore, ownKeys } from './key-stores.ts';
import { saveAtIntervals } from './save-projection.ts';

/** How long a command waits for its turn at a shared ledger: each turn is short, but many may stand in line. */
const TURN_MS = 30_000;

/** `held`: the keys of its own, as the store has them. */
export type OpenedHome = {
  home: Home;
  keys: KeyStore;
  held: () => Promise<HeldKeys>;
  projection: Projection;
  close(): Promise<void>;
};

type OpenOptions = KeyOptions & {
  mode: LedgerMode;
  owner: string;
  /** Of a Host that lost the key which signs for it: the one that is to come. Left out, it is an error. */
  heir?: (tables: Tables, keys: KeyStore, held: HeldKeys) => Promise<Uint8Array>;
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
  const held = await ownKeys(keys, config.kind);
  await options.unlocked?.();
  const marks = marksOf(held);
  const { projection, ledger } = await openState(directory, options, marks.signer);
  const lost = () => options.heir?.(projection.tables, keys, held) ?? null;
  const own = await ownIdentity(config, held, projection.tables, lost).catch(async (error: unknown) => {
    await ledger.close();
    projection.close();
    throw error;
  });
  const check = options.mode === 'exclusive' ? checkAgain(directory, options) : null;
  marks.signAs(own.self);
  const home: Home = {
    kind: config.kind,
    graph: config.graph,
    host: config.kind === 'host' ? own.self.pubkey : config.host,
    recovery: config.recovery,
    ...own,
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
  if (config.kind !== 'host') await pinChain(home, config.chain ?? []);
  const saving = ledger.unwritable ? null : saveAtIntervals(projection, options.mode, options.log);
  return {
    home,
    keys,
    held: () => ownKeys(keys, config.kind),
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
  marks: MarkSigner,
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
      marks,
      isBrief: options.mode === 'shared',
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

/** Of a Host the key that signs shows in its ledger; of anybody else it is the only one. */
const ownIdentity = async (
  config: HostConfig | JoinedConfig,
  held: HeldKeys,
  tables: Tables,
  lost: () => Promise<Uint8Array> | null,
) => {
  const [[pubkey, secretKey] = []] = held;
  if (config.kind !== 'host') {
    const only = { signs: pubkey!, secretKey: secretKey!, root: secretKey!, retired: new Map() };
    return selfOf({ role: config.kind, name: config.name, pubkey: pubkey! }, only);
  }
  const named = { role: config.kind, name: 'host', pubkey: founderOf(config.graph) };
  const keys = hostKeys(tables, config.graph, held);
  if (keys) return selfOf(named, keys);
  const heir = await lost();
  if (!heir) throw noSigner(npub(signerIn(tables, config.graph)));
  const signs = toHex(suiteWasm.publicKey(heir));
  return selfOf(named, { signs, secretKey: heir, root: heir, retired: new Map() });
};

/** What any key of this home marked is read; the one that signs for it marks anew. */
const marksOf = (held: HeldKeys): { signer: MarkSigner; signAs(self: Identity): void } => {
  const isOwn = (by: string): boolean => held.has(by);
  // Until the ledger that says which one it is was read
  let secretKey = [...held.values()].at(-1)!;
  const signer = () => ({
    secretKey,
    createdAt: Math.floor(systemClock.now() / 1000),
    aux: systemRandom.bytes(32),
  });
  return {
    signer: {
      sign: (mark) => writeMark(suiteWasm, mark, signer()),
      read: (text) => readMark(suiteWasm, isOwn, text),
      signSeal: (seal) => writeSegmentSeal(suiteWasm, seal, signer()),
      readSeal: (text) => readSegmentSeal(suiteWasm, isOwn, text),
    },
    signAs(self) {
      secretKey = self.secretKey;
    },
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
    isInParts: mode === 'shared',
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
