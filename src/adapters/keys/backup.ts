/** A key in a NIP-49 file of its own, as other Nostr programs read and write one. */
import type { RandomBytes } from '../../core/crypto/suite.ts';
import { toHex, utf8 } from '../../core/encoding/bytes.ts';
import { EntangleError } from '../../core/errors.ts';
import type { KeyBackup } from '../../ports/index.ts';
import { placeFile, requireFreePath } from '../system/placed-file.ts';
import { decryptKey, encryptKey, MAX_LOG_N, type PassphrasePurpose, requireNcryptsec } from './encrypted.ts';

export type KeyBackupOptions = {
  path: string;
  /** The text of that file. */
  text: () => Promise<string>;
  /** Asked once for each file that is made or read. */
  passphrase: (purpose: PassphrasePurpose) => Promise<string>;
  random: RandomBytes;
  logN?: number;
};

export const keyBackupFile = (options: KeyBackupOptions): KeyBackup => {
  const { path, text, passphrase, random } = options;
  // It lies about for years where nobody looks: guessing costs as much as this program pays itself
  const { logN = MAX_LOG_N } = options;
  const open = async (words: () => Promise<string>): Promise<Uint8Array> =>
    // Judged first: nobody is asked for the passphrase of what cannot be opened
    decryptKey(requireNcryptsec(await text()), await words());
  const requireFree = () => requireFreePath(path);
  return {
    requireFree,
    async create(secretKey) {
      await requireFree();
      const words = await passphrase('create');
      await placeFile(utf8(`${await encryptKey(secretKey, words, random, logN)}\n`), path);
      if (toHex(await open(async () => words)) !== toHex(secretKey))
        throw new EntangleError('unavailable', `${path} did not keep the key`);
    },
    read: () => open(() => passphrase('read')),
  };
};
