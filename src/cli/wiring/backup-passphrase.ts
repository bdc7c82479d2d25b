/** The passphrase of a backup, which is another one than that of a key store. */
import type { PassphrasePurpose } from '../../adapters/keys/encrypted.ts';
import { EntangleError } from '../../core/errors.ts';
import { newPassphrase, passphraseOf } from './passphrase.ts';

/** As other commands read it. */
export const PIPED = '-';

export const backupPassphrase = (flags: {
  'backup-passphrase-file': string | undefined;
  'no-input': boolean;
}): ((purpose: PassphrasePurpose) => Promise<string>) => {
  const wanted = {
    ...{ what: 'the backup', unmade: 'no file was made', input: !flags['no-input'] },
    ...{ file: flags['backup-passphrase-file'], flag: '--backup-passphrase-file' },
    variable: 'ENTANGLE_BACKUP_PASSPHRASE_FILE',
  };
  return (purpose) => (purpose === 'create' ? newPassphrase(wanted) : passphraseOf(wanted));
};

/** What comes first takes all of it, and the next would be empty. */
export const requireOneFromStdin = (given: readonly (string | undefined)[]): void => {
  if (given.filter((one) => one === PIPED).length > 1)
    throw new EntangleError('usage', 'only one of backup and passphrases can come from stdin', {
      hint: 'use a file for the others',
    });
};
