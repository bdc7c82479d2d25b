/** Where a person says that the backup of a key is: a file, or a pipe. */
import { resolve } from 'node:path';
import * as Args from '@oclif/core/args';
import { type BackupPlace, backupFile, keyBackupAt } from '../../adapters/keys/backup.ts';
import { systemRandom } from '../../adapters/system/random.ts';
import type { KeyBackup } from '../../ports/index.ts';
import { readText } from '../kit/text-file.ts';
import { backupPassphrase, PIPED } from './backup-passphrase.ts';

export const backupArg = (description: string) => Args.string({ description, required: true });

/** What is made is kept for stdout, and what is read comes from stdin. */
const pipedPlace = (made: (text: string) => void): BackupPlace => {
  let kept: string | null = null;
  return {
    name: 'stdout',
    requireFree: async () => undefined,
    async put(text) {
      kept = text;
      made(text);
    },
    text: async () => kept ?? readText(PIPED),
  };
};

export const backupAt = (
  file: string,
  flags: Parameters<typeof backupPassphrase>[0],
  made: (text: string) => void = () => undefined,
): KeyBackup =>
  keyBackupAt({
    place: file === PIPED ? pipedPlace(made) : backupFile(resolve(file), () => readText(file)),
    passphrase: backupPassphrase(flags),
    random: systemRandom.bytes,
  });

/** As it is told: a pipe has no path. */
export const backupNamed = (file: string): string => (file === PIPED ? file : resolve(file));
