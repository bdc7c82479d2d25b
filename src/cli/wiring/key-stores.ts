/** The key store that a home was set up with; never another one instead. */

import { join } from 'node:path';
import { encryptedKeyStore } from '../../adapters/keys/encrypted.ts';
import { fileKeyStore } from '../../adapters/keys/file.ts';
import { keyringKeyStore } from '../../adapters/keys/keyring.ts';
import { terminalPrompt } from '../../adapters/system/prompt.ts';
import { systemRandom } from '../../adapters/system/random.ts';
import { EntangleError } from '../../core/errors.ts';
import type { KeyStoreKind } from '../../core/vocabulary.ts';
import type { KeyStore } from '../../ports/index.ts';
import { readText } from '../kit/text-file.ts';

/** `input`: whether somebody can be asked. */
export type KeyOptions = { passphraseFile?: string | undefined; input: boolean };

export const keyStore = (kind: KeyStoreKind, directory: string, options: KeyOptions): KeyStore => {
  const keys = join(directory, 'keys');
  if (kind === 'file') return fileKeyStore(keys);
  if (kind === 'keyring') return keyringKeyStore({ service: `entangle:${directory}` });
  // The keys of one home have one passphrase, and a process asks for it once
  let asked: Promise<string> | undefined;
  return encryptedKeyStore({
    directory: keys,
    random: systemRandom.bytes,
    passphrase: (name, purpose) => {
      asked ??= purpose === 'create' ? newPassphrase(name, options) : passphraseOf(name, options);
      return asked;
    },
  });
};

const passphraseOf = async (name: string, options: KeyOptions): Promise<string> => {
  if (options.passphraseFile) return (await readText(options.passphraseFile)).replace(/\r?\n$/, '');
  if (!options.input)
    throw new EntangleError('usage', `key "${name}" needs a passphrase`, {
      hint: 'use --passphrase-file FILE or ENTANGLE_PASSPHRASE_FILE',
    });
  return asking(`Passphrase for key "${name}"`);
};

const asking = (question: string): Promise<string> =>
  terminalPrompt({ input: process.stdin, output: process.stderr, noInput: false }).secret(question);

/** A key that is made now is lost by one slip, and guessed under a short passphrase: asked twice, of a certain length. */
const newPassphrase = async (name: string, options: KeyOptions): Promise<string> => {
  const words = requireLong(await passphraseOf(name, options));
  if (options.passphraseFile) return words;
  if ((await asking('The same again')) === words) return words;
  throw new EntangleError('usage', 'the two passphrases differ; no key was made', { hint: 'try again' });
};

const LEAST_PASSPHRASE = 12;

const requireLong = (words: string): string => {
  if ([...words].length >= LEAST_PASSPHRASE) return words;
  throw new EntangleError('usage', `a passphrase has at least ${LEAST_PASSPHRASE} characters`, {
    hint: 'use several words',
  });
};
