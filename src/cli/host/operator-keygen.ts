/** Makes the key of an operator where it is to be used: the Host is given its public half. */
import { resolve } from 'node:path';
import * as Flags from '@oclif/core/flags';
import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import { createKeyFile } from '../../adapters/keys/key-file.ts';
import { systemRandom } from '../../adapters/system/random.ts';
import { toHex } from '../../core/encoding/bytes.ts';
import { npub } from '../../core/encoding/id.ts';
import { KEY_FILE_KINDS, type KeyFileKind } from '../../core/vocabulary.ts';
import { operatorPassphraseFile } from '../kit/flags.ts';
import { operatorPassphrase } from '../wiring/operator-key.ts';
import { newPassphrase } from '../wiring/passphrase.ts';

export const operatorKeygenFlags = {
  keys: Flags.option({
    description: 'encrypted: under a passphrase; file: bare, for a machine that nobody sits at',
    env: 'ENTANGLE_KEYS',
    options: KEY_FILE_KINDS,
    required: true,
  })(),
  'operator-passphrase-file': operatorPassphraseFile,
};
type Given = { keys: KeyFileKind; 'operator-passphrase-file': string | undefined; 'no-input': boolean };
export type MadeKey = { npub: string; file: string };

export const makeOperatorKey = async (given: string, flags: Given): Promise<MadeKey> => {
  const file = resolve(given);
  const secretKey = systemRandom.bytes(32);
  const passphrase = () => newPassphrase(operatorPassphrase(flags));
  const under = flags.keys === 'file' ? null : { passphrase, random: systemRandom.bytes };
  await createKeyFile(file, secretKey, under);
  return { npub: npub(toHex(suiteWasm.publicKey(secretKey))), file };
};
