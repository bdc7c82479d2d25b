/** The whole of a Host in one encrypted file, taken beside the process that serves it; and a Host made of such a file. */

import { mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import * as Args from '@oclif/core/args';
import { readBackup, writeBackup } from '../../adapters/backup/file.ts';
import { hostEntries, type PutHome, putEntries } from '../../adapters/backup/host-home.ts';
import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import { verifyLedger } from '../../adapters/ledger/verify.ts';
import { systemClock } from '../../adapters/system/clock.ts';
import { syncDirectory, systemFiles } from '../../adapters/system/files.ts';
import { keepNoPlace } from '../../adapters/system/home-place.ts';
import { acquireLock } from '../../adapters/system/lock.ts';
import { requireFreePath } from '../../adapters/system/placed-file.ts';
import { systemRandom } from '../../adapters/system/random.ts';
import { founderOf } from '../../core/authority/succession.ts';
import { toHex } from '../../core/encoding/bytes.ts';
import { npub } from '../../core/encoding/id.ts';
import { EntangleError } from '../../core/errors.ts';
import type { KeyStoreKind } from '../../core/vocabulary.ts';
import { type HostConfig, hostConfig } from '../../services/setup/config.ts';
import { backupPassphraseFile, hostName, passphraseFile } from '../kit/flags.ts';
import { counted, pairs } from '../kit/render.ts';
import type { HomePaths as Paths } from '../kit/settings.ts';
import { backupPassphrase, requireOneFromStdin } from '../wiring/backup-passphrase.ts';
import { foldProgress } from '../wiring/fold-progress.ts';
import { requireConfig, writeConfig } from '../wiring/home-config.ts';
import { isHostKey, keyStore, ownKeys } from '../wiring/key-stores.ts';
import { NO_HOST } from '../wiring/missing-home.ts';
import { takeOverOf } from '../wiring/take-over.ts';

export const hostBackupFlags = {
  host: hostName,
  'passphrase-file': passphraseFile,
  'backup-passphrase-file': backupPassphraseFile,
};
export const hostBackupArg = (description: string) => Args.string({ description, required: true });

type Given = {
  'passphrase-file': string | undefined;
  'backup-passphrase-file': string | undefined;
  'no-input': boolean;
};
type Progress = (text: string) => void;
const MIB = 1_048_576;
const TELL_MS = 5_000;

/** Says now and then how far it has come. */
const mebibytes = (what: string, progress: Progress): ((bytes: number) => void) => {
  let told = systemClock.monotonic();
  return (bytes) => {
    if (systemClock.monotonic() - told < TELL_MS) return;
    told = systemClock.monotonic();
    progress(`${what}: ${Math.round(bytes / MIB)} MiB so far`);
  };
};

const keyOptions = (given: Given) => ({
  passphraseFile: given['passphrase-file'],
  input: !given['no-input'],
});

export type HostBackup = { file: string; host: string; graph: string; bytes: number };

export const backUpHost = async (
  paths: Paths,
  given: string,
  flags: Given,
  progress: Progress,
): Promise<HostBackup> => {
  requireOneFromStdin([flags['passphrase-file'], flags['backup-passphrase-file']]);
  const config = await requireConfig(paths.host, hostConfig, NO_HOST);
  const path = resolve(given);
  await requireFreePath(path);
  const keys = keyStore(config.keys, paths.host, keyOptions(flags));
  await ownKeys(keys, 'host');
  const host = npub(founderOf(config.graph));
  const words = backupPassphrase(flags);
  const passphrase = await words('create');
  const told = mebibytes('writing', progress);
  let read = 0;
  async function* entries() {
    for await (const entry of hostEntries(paths.host, keys)) {
      yield entry;
      read += entry.size;
      told(read);
    }
  }
  const bytes = await writeBackup({ path, passphrase, random: systemRandom.bytes }, entries());
  // What nobody can read is no backup
  for await (const { bytes: some } of readBackup(path, async () => passphrase)) for await (const _ of some);
  return { file: path, host, graph: config.graph, bytes };
};

export type RestoredHost = {
  host: string;
  graph: string;
  directory: string;
  lines: number;
  blobs: number;
  /** Lines to type next, in this order. */
  next: string[];
};

export const restoreHost = async (
  paths: Paths,
  given: string,
  flags: Given & { keys: KeyStoreKind },
  progress: Progress,
): Promise<RestoredHost> => {
  requireOneFromStdin([flags['passphrase-file'], flags['backup-passphrase-file']]);
  await requireNoHome(paths.host);
  const words = backupPassphrase(flags);
  const draft = `${paths.host}.restoring`;
  await systemFiles.directory(draft);
  // Outside of what is put into place: another one that restores here is told, and what a killed one left is cleared
  const lock = await acquireLock(`${draft}.lock`, 'entangle host restore');
  try {
    for (const name of await readdir(draft)) await rm(join(draft, name), { recursive: true });
    const put = await putEntries(
      draft,
      readBackup(resolve(given), () => words('read')),
      mebibytes('reading', progress),
    );
    const config = await requireConfig(draft, hostConfig, 'use another backup');
    if (![...put.keys.keys()].some(isHostKey))
      throw new EntangleError('invalid', 'the backup holds no key of a Host');
    progress('verifying every line of the ledger');
    const verified = foldProgress((_level, text) => progress(text), systemClock);
    const { n } = await verifyLedger(join(draft, 'ledger'), suiteWasm, { verified });
    await putIntoPlace(paths.host, draft, put, config, flags);
    return {
      ...{
        host: npub(founderOf(config.graph)),
        graph: config.graph,
        directory: paths.host,
        lines: n,
        blobs: put.blobs,
      },
      next: [takeOverOf(paths.host)],
    };
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  } finally {
    await rm(`${draft}.lock`, { force: true });
    await lock.release();
  }
};

/** Nothing is written over: not even over what no Host is in. */
const requireNoHome = async (directory: string): Promise<void> => {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  if (names.length > 0)
    throw new EntangleError('conflict', `${directory} is not empty`, {
      hint: 'use another --home: a restore is made where nothing is',
    });
};

/** Keys where this machine keeps them, the config that says so, and then all of it at once under its name. */
const putIntoPlace = async (
  directory: string,
  draft: string,
  { keys }: PutHome,
  config: HostConfig,
  flags: Given & { keys: KeyStoreKind },
): Promise<void> => {
  // A keyring knows the keys of a home by its directory; files move with it
  const store = keyStore(flags.keys, flags.keys === 'keyring' ? directory : draft, keyOptions(flags));
  const made: string[] = [];
  try {
    const there = await store.list();
    for (const [name, key] of keys) {
      // Left in a keyring by a restore that was killed: gone on with, and another key is in the way
      if (there.includes(name) && toHex(await store.read(name)) === toHex(key)) continue;
      await store.create(name, key);
      made.push(name);
    }
    await writeConfig(draft, hostConfig, { ...config, keys: flags.keys });
    await keepNoPlace(draft);
    await rmdir(directory).catch(unlessMissing);
    await mkdir(dirname(directory), { recursive: true, mode: 0o700 });
    await rename(draft, directory);
    await syncDirectory(dirname(directory));
  } catch (error) {
    for (const name of made) await store.remove(name);
    throw error;
  }
};

function unlessMissing(cause: NodeJS.ErrnoException): undefined {
  if (cause.code === 'ENOENT') return undefined;
  throw cause;
}

export const backedUpText = ({ file, host, graph, bytes }: HostBackup): string =>
  [
    pairs([
      ['backup', file],
      ['host', host],
      ['graph', graph],
      ['size', `${Math.max(1, Math.round(bytes / MIB))} MiB`],
    ]),
    'It was read back. Whoever has it and its passphrase is this Host, secrets and all: keep them apart, and away from this machine.',
    'It goes no further than this moment: what is decided later, also whom you revoke, a restore of it does not know.',
  ].join('\n');

export const restoredText = ({ host, graph, directory, lines, blobs, next }: RestoredHost): string =>
  [
    pairs([
      ['host', host],
      ['graph', graph],
      ['home', directory],
      ['ledger', `${counted(lines, 'line')}: chain, ids and signatures are right`],
      ['blobs', String(blobs)],
    ]),
    'It knows nothing of what was decided since its backup: look at trust, operators and the graph, and revoke again whom you revoked.',
    'Where its log got another key since, give it another once more: `entangle host audit rotate-key`.',
    'The Host that it comes from stops when this one takes over; stop it before, if you can.',
    `Next:\n${next.map((line) => `  ${line}`).join('\n')}`,
  ].join('\n');
