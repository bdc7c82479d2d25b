/** The key store that a home was set up with; never another one instead. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { encryptedKeyStore } from '../../adapters/keys/encrypted.ts';
import { fileKeyStore } from '../../adapters/keys/file.ts';
import { keyringKeyStore } from '../../adapters/keys/keyring.ts';
import { terminalPrompt } from '../../adapters/system/prompt.ts';
import { systemRandom } from '../../adapters/system/random.ts';
import { EntangleError } from '../../core/errors.ts';
import type { KeyStoreKind } from '../../core/vocabulary.ts';
import type { KeyStore } from '../../ports/index.ts';

export type KeyOptions = { passphraseFile?: string | undefined; input: boolean };

export const keyStore = (kind: KeyStoreKind, directory: string, options: KeyOptions): KeyStore => {
  const keys = join(directory, 'keys');
  if (kind === 'file') return fileKeyStore(keys);
  if (kind === 'keyring') return keyringKeyStore({ service: `entangle:${directory}` });
  let asked: Promise<string> | undefined;
  return encryptedKeyStore({
    directory: keys,
    random: systemRandom.bytes,
    passphrase: (name) => {
      asked ??= passphraseOf(name, options);
      return asked;
    },
  });
};

const passphraseOf = async (name: string, options: KeyOptions): Promise<string> => {
  if (options.passphraseFile) return readFileSync(options.passphraseFile, 'utf8').replace(/\r?\n$/, '');
  if (!options.input)
    throw new EntangleError('usage', `key "${name}" needs a passphrase`, {
      hint: 'use --passphrase-file',
    });
  return terminalPrompt({ input: process.stdin, output: process.stderr, noInput: false }).secret(
    `Passphrase for key "${name}"`,
  );
};
