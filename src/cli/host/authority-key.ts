/** The key of a Host goes out as an encrypted backup, is compared with it, and comes back into a key store that lost it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as Flags from '@oclif/core/flags';
import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import { systemFiles } from '../../adapters/system/files.ts';
import { acquireLock } from '../../adapters/system/lock.ts';
import { systemRandom } from '../../adapters/system/random.ts';
import { founderOf } from '../../core/authority/succession.ts';
import { npub } from '../../core/encoding/id.ts';
import { EntangleError } from '../../core/errors.ts';
import { signerIn } from '../../core/projection/reducers/authority.ts';
import type { KeyStoreKind } from '../../core/vocabulary.ts';
import { type HostConfig, hostConfig } from '../../services/setup/config.ts';
import { exportKey, type KeyHome, putBackKey, verifyBackup } from '../../services/setup/key-backup.ts';
import { backupPassphraseFile, hostName, passphraseFile } from '../kit/flags.ts';
import { pairs } from '../kit/render.ts';
import type { HomePaths as Paths } from '../kit/settings.ts';
import { requireOneFromStdin } from '../wiring/backup-passphrase.ts';
import { foldedTables } from '../wiring/folded-tables.ts';
import { requireConfig } from '../wiring/home-config.ts';
import { backupAt, backupNamed } from '../wiring/key-backup-place.ts';
import { keyStore, laterKeyName } from '../wiring/key-stores.ts';

const passphrases = { 'passphrase-file': passphraseFile, 'backup-passphrase-file': backupPassphraseFile };

export const authorityExportFlags = {
  host: hostName,
  ...passphrases,
  verify: Flags.boolean({
    description: 'prove that a backup opens and is of the key of this Host; changes nothing',
    env: 'ENTANGLE_KEY_VERIFY',
  }),
};
export const authorityImportFlags = {
  host: hostName,
  ...passphrases,
  replace: Flags.boolean({
    description: 'replace a key of this Host that lies in the key store and does not open',
    env: 'ENTANGLE_KEY_REPLACE',
  }),
};

/** `wasWritten`: false where a backup that was there before was proved. `text`: the backup itself where it goes to stdout. */
export type KeptAuthority = {
  host: string;
  graph: string;
  file: string;
  wasWritten: boolean;
  text: string | null;
};
/** `wasPut`: false where the key was there already, and nothing was changed. */
export type PutAuthority = { host: string; graph: string; keys: KeyStoreKind; wasPut: boolean };

type Given = {
  'passphrase-file': string | undefined;
  'backup-passphrase-file': string | undefined;
  'no-input': boolean;
};

const configOf = (paths: Paths): Promise<HostConfig> =>
  requireConfig(
    paths.host,
    hostConfig,
    'name the home of the Host with --home; where it is lost, `entangle host restore FILE` makes one of a backup',
  );

/** Which key signs shows in the ledger; the first one, while there is none. */
const signerOfHome = async (paths: Paths, { graph }: HostConfig): Promise<string> =>
  existsSync(join(paths.host, 'ledger', '000001.ndjson'))
    ? signerIn(await foldedTables(paths.host), graph)
    : founderOf(graph);

const keyHomeOf = (paths: Paths, config: HostConfig, signer: string, flags: Given): KeyHome => ({
  keys: keyStore(config.keys, paths.host, {
    passphraseFile: flags['passphrase-file'],
    input: !flags['no-input'],
  }),
  suite: suiteWasm,
  name: signer === founderOf(config.graph) ? 'host' : laterKeyName(signer),
  exportWith: 'entangle host authority export FILE',
});

export const keepAuthority = async (
  paths: Paths,
  file: string,
  flags: Given & { verify: boolean },
): Promise<KeptAuthority> => {
  const { verify, 'passphrase-file': own, 'backup-passphrase-file': words } = flags;
  requireOneFromStdin([verify ? file : undefined, own, words]);
  const config = await configOf(paths);
  let text: string | null = null;
  const backup = backupAt(file, flags, (made) => {
    text = made.trimEnd();
  });
  const signer = await signerOfHome(paths, config);
  const host = await (verify ? verifyBackup : exportKey)(keyHomeOf(paths, config, signer, flags), backup);
  return { host, graph: config.graph, file: backupNamed(file), wasWritten: !verify, text };
};

export const putBackAuthority = async (
  paths: Paths,
  file: string,
  flags: Given & { replace: boolean },
): Promise<PutAuthority> => {
  requireOneFromStdin([file, flags['passphrase-file'], flags['backup-passphrase-file']]);
  const config = await configOf(paths);
  const ledger = join(paths.host, 'ledger');
  await systemFiles.directory(ledger);
  // What serves has this lock for as long as it does
  const lock = await acquireLock(join(ledger, 'lock'), 'entangle host authority import').catch(whileServed);
  try {
    const signer = await signerOfHome(paths, config);
    const given = { npub: npub(signer), aux: systemRandom.bytes(32), replace: flags.replace };
    const wasPut = await putBackKey(keyHomeOf(paths, config, signer, flags), backupAt(file, flags), given);
    return { host: given.npub, graph: config.graph, keys: config.keys, wasPut };
  } finally {
    await lock.release();
  }
};

const whileServed = (cause: unknown): never => {
  if (!(cause instanceof EntangleError) || cause.code !== 'conflict') throw cause;
  throw new EntangleError('conflict', `this home is in use: ${cause.message}`, {
    hint: 'stop it first: no key is put beside a Host that runs',
    cause,
  });
};

export const keptAuthorityText = ({ host, graph, file, wasWritten }: KeptAuthority): string =>
  [
    pairs([
      ['host', host],
      ['graph', graph],
      ['backup', file],
    ]),
    wasWritten
      ? 'It was read back. Whoever has it and its passphrase is this Host: keep them apart, and away from this machine.'
      : 'It opens, and is of the key of this Host.',
  ].join('\n');

export const putAuthorityText = ({ host, graph, keys, wasPut }: PutAuthority): string =>
  [
    pairs([
      ['host', host],
      ['graph', graph],
      ['keys', keys],
    ]),
    wasPut
      ? 'The key store gave it back, and it signs as this Host. Next: entangle host serve'
      : 'The key of this Host is there already, and signs: nothing was changed.',
  ].join('\n');
