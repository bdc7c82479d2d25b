/** A key in a NIP-49 text of its own, as other Nostr programs read and write one. */
import type { RandomBytes } from '../../core/crypto/suite.ts';
import { toHex, utf8 } from '../../core/encoding/bytes.ts';
import { EntangleError } from '../../core/errors.ts';
import type { KeyBackup } from '../../ports/index.ts';
import { placeFile, requireFreePath } from '../system/placed-file.ts';
import { decryptKey, encryptKey, MAX_LOG_N, type PassphrasePurpose, requireNcryptsec } from './encrypted.ts';

/** Where the text of one is put, and read again. */
export type BackupPlace = {
  name: string;
  requireFree(): Promise<void>;
  put(text: string): Promise<void>;
  text(): Promise<string>;
};

/** A file for its owner alone, that is never written over another. */
export const backupFile = (path: string, text: () => Promise<string>): BackupPlace => ({
  name: path,
  requireFree: () => requireFreePath(path),
  put: async (made) => void (await placeFile(utf8(made), path)),
  text,
});

export type KeyBackupOptions = {
  place: BackupPlace;
  /** Asked once for each file that is made or read. */
  passphrase: (purpose: PassphrasePurpose) => Promise<string>;
  random: RandomBytes;
  logN?: number;
};

export const keyBackupAt = (options: KeyBackupOptions): KeyBackup => {
  const { place, passphrase, random } = options;
  // It lies about for years where nobody looks: guessing costs as much as this program pays itself
  const { logN = MAX_LOG_N } = options;
  const open = async (words: () => Promise<string>): Promise<Uint8Array> =>
    // Judged first: nobody is asked for the passphrase of what cannot be opened
    decryptKey(requireNcryptsec(await place.text()), await words());
  return {
    requireFree: () => place.requireFree(),
    async create(secretKey) {
      await place.requireFree();
      const words = await passphrase('create');
      await place.put(`${await encryptKey(secretKey, words, random, logN)}\n`);
      if (toHex(await open(async () => words)) !== toHex(secretKey))
        throw new EntangleError('unavailable', `${place.name} did not keep the key`);
    },
    read: () => open(() => passphrase('read')),
  };
};
