/** A key in a file of its own, as the key stores write theirs: bare, or under a passphrase (NIP-49). */

import { isScalar } from '../../core/crypto/checks.ts';
import type { RandomBytes } from '../../core/crypto/suite.ts';
import { fromHex, isHex, toHex, utf8 } from '../../core/encoding/bytes.ts';
import { EntangleError } from '../../core/errors.ts';
import { placeFile, requireFreePath } from '../system/placed-file.ts';
import { decryptKey, encryptKey, requireNcryptsec } from './encrypted.ts';
import { readPrivateFile } from './path.ts';

/** Longer than either. */
const MAX_BYTES = 256;

const noKey = (path: string): EntangleError =>
  new EntangleError('invalid', `${path} holds no key`, {
    hint: 'give a file that `entangle host operator keygen` made: 64 hexadecimal characters, or ncryptsec1…',
  });

/** The passphrase is asked for where there is one. */
export const readKeyFile = async (path: string, passphrase: () => Promise<string>): Promise<Uint8Array> => {
  const text = await readPrivateFile(path, path, MAX_BYTES).catch((error: unknown) => {
    if (error instanceof EntangleError && error.code !== 'not_found') throw error;
    throw new EntangleError('not_found', `there is no key at ${path}`, {
      hint: 'make one with `entangle host operator keygen FILE`',
      cause: error,
    });
  });
  const written = text.trim();
  if (written.startsWith('ncryptsec1')) return decryptKey(requireNcryptsec(written), await passphrase());
  if (!isHex(written, 32)) throw noKey(path);
  const secretKey = fromHex(written);
  if (!isScalar(secretKey)) throw noKey(path);
  return secretKey;
};

/** Never over another file; bare where there is no passphrase. */
export const createKeyFile = async (
  path: string,
  secretKey: Uint8Array,
  under: { passphrase: () => Promise<string>; random: RandomBytes } | null,
): Promise<void> => {
  await requireFreePath(path);
  const text =
    under === null ? toHex(secretKey) : await encryptKey(secretKey, await under.passphrase(), under.random);
  await placeFile(utf8(`${text}\n`), path);
};
