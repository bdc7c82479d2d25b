/** Key store of plain 0600 files, like SSH keys without a passphrase: only for who asks for it by name. */

import { isScalar } from '../../core/crypto/checks.ts';
import { fromHex, isHex, toHex } from '../../core/encoding/bytes.ts';
import { EntangleError } from '../../core/errors.ts';
import type { KeyStore } from '../../ports/index.ts';
import {
  createPrivateFile,
  keyPath,
  listKeyNames,
  readPrivateFile,
  removePrivateFile,
  requireSecretKey,
} from './path.ts';

const EXTENSION = '.key';
/** 64 hex characters and a newline. */
const LENGTH = 65;

/** One `<name>.key` a key in the directory: lower-case hex and a newline. */
export function fileKeyStore(directory: string): KeyStore {
  const read = async (name: string): Promise<Uint8Array> => {
    const path = keyPath(directory, name, EXTENSION);
    const hex = (await readPrivateFile(path, name, LENGTH)).replace(/\n$/, '');
    const secretKey = isHex(hex, 32) ? fromHex(hex) : undefined;
    if (secretKey === undefined || !isScalar(secretKey)) {
      throw new EntangleError('invalid', `key file is damaged: ${path}`);
    }
    return secretKey;
  };
  return {
    kind: 'file',
    async create(name, secretKey) {
      requireSecretKey(secretKey);
      const hex = toHex(secretKey);
      await createPrivateFile(keyPath(directory, name, EXTENSION), name, `${hex}\n`);
      if (toHex(await read(name)) !== hex)
        throw new EntangleError('unavailable', 'key file did not keep the key');
    },
    read,
    async remove(name) {
      await removePrivateFile(keyPath(directory, name, EXTENSION), name);
    },
    list: () => listKeyNames(directory, EXTENSION),
  };
}
