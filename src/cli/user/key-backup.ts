/** A person's key goes out of their home, is compared with its backup, and comes into a new home. */
import * as z from 'zod';
import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import { MAX_GRANT } from '../../core/bounds.ts';
import { formatDuration } from '../../core/encoding/time.ts';
import { KEY_STORE_KINDS, type KeyStoreKind } from '../../core/vocabulary.ts';
import { exportKey, verifyBackup } from '../../services/setup/key-backup.ts';
import { importNewcomer } from '../../services/setup/setup.ts';
import { backupPassphraseFile, passphraseFile, userName } from '../kit/flags.ts';
import { pairs } from '../kit/render.ts';
import type { HomePaths as Paths } from '../kit/settings.ts';
import { requireOneFromStdin } from '../wiring/backup-passphrase.ts';
import { requireConfig } from '../wiring/home-config.ts';
import { backupAt, backupNamed } from '../wiring/key-backup-place.ts';
import { keyStore } from '../wiring/key-stores.ts';
import { setupTools } from '../wiring/setup-tools.ts';

export const keyBackupFlags = {
  user: userName,
  'passphrase-file': passphraseFile,
  'backup-passphrase-file': backupPassphraseFile,
};

/**
 * `wasWritten`: false where a backup that was there before was proved. `text`: the backup itself where it goes to stdout;
 * else null.
 */
export type KeptKey = { user: string; npub: string; file: string; wasWritten: boolean; text: string | null };
export type ImportedKey = { name: string; npub: string; keys: KeyStoreKind };

type Given = {
  user: string;
  'passphrase-file': string | undefined;
  'backup-passphrase-file': string | undefined;
  'no-input': boolean;
};

/** Of a home that has joined, or has not yet. */
const homeWithKey = z.object({ kind: z.literal('user'), keys: z.enum(KEY_STORE_KINDS) });

export const keepKey = async (
  paths: Paths,
  file: string,
  flags: Given & { verify: boolean },
): Promise<KeptKey> => {
  const { verify, 'passphrase-file': own, 'backup-passphrase-file': words } = flags;
  requireOneFromStdin([verify ? file : undefined, own, words]);
  const directory = paths.user(flags.user);
  const config = await requireConfig(
    directory,
    homeWithKey,
    'run it in the repository of your federation, name its home with --home, or create a key: `entangle user init`',
  );
  const options = { passphraseFile: flags['passphrase-file'], input: !flags['no-input'] };
  const home = {
    ...{ keys: keyStore(config.keys, directory, options), suite: suiteWasm, name: 'user' as const },
    exportWith: 'entangle user key export FILE',
  };
  let text: string | null = null;
  const backup = backupAt(file, flags, (made) => {
    text = made.trimEnd();
  });
  const npub = await (verify ? verifyBackup : exportKey)(home, backup);
  return { user: flags.user, npub, file: backupNamed(file), wasWritten: !verify, text };
};

export const importKey = async (
  paths: Paths,
  file: string,
  flags: Given & { keys: KeyStoreKind },
): Promise<ImportedKey> => {
  requireOneFromStdin([file, flags['passphrase-file'], flags['backup-passphrase-file']]);
  const directory = paths.user(flags.user);
  const tools = setupTools(directory, flags.keys, flags['passphrase-file'], !flags['no-input']);
  const wanted = { kind: 'user', name: flags.user, settings: null } as const;
  return { ...(await importNewcomer(tools, wanted, backupAt(file, flags))), keys: flags.keys };
};

export const keptText = ({ user, npub, file, wasWritten }: KeptKey): string =>
  [
    pairs([
      ['user', user],
      ['npub', npub],
      ['backup', file],
    ]),
    wasWritten
      ? 'Whoever has this backup and its passphrase is you: keep it away from this device. Without the passphrase nobody opens it.'
      : 'It opens, and is of the key of this home.',
  ].join('\n');

export const importedText = ({ name, npub, keys }: ImportedKey): string =>
  [
    pairs([
      ['user', name],
      ['npub', npub],
      ['keys', keys],
    ]),
    'The key store gave it back, and it signs. Next: ask an operator for an invite to join again',
    '(entangle host invite user --name YOUR-NAME --rejoin); then: entangle user join INVITE',
    'If its old home still runs, stop it: both would read what comes and answer, and of two decisions only the first counts.',
    `Grants that the old home signed answer repeats until they end, within ${formatDuration(MAX_GRANT.ms)}: they are not listed here, and end sooner only where it revokes them or the policy changes.`,
  ].join('\n');
