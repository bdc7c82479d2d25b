/** The key store that a home was set up with; never another one instead. */

import { join } from 'node:path';
import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import { encryptedKeyStore } from '../../adapters/keys/encrypted.ts';
import { fileKeyStore } from '../../adapters/keys/file.ts';
import { keyringKeyStore } from '../../adapters/keys/keyring.ts';
import { rememberedPassphrase } from '../../adapters/keys/passphrase-agent.ts';
import { systemRandom } from '../../adapters/system/random.ts';
import { EntangleError } from '../../core/errors.ts';
import type { HomeKind, KeyStoreKind } from '../../core/vocabulary.ts';
import type { KeyStore } from '../../ports/index.ts';
import { heldKeys } from '../../services/messaging/authority.ts';
import { newPassphrase, type PassphraseWanted, passphraseOf } from './passphrase.ts';

/** `input`: whether somebody can be asked. */
export type KeyOptions = { passphraseFile?: string | undefined; input: boolean };

export const keyStore = (
  kind: KeyStoreKind,
  directory: string,
  { passphraseFile, input }: KeyOptions,
): KeyStore => {
  const keys = join(directory, 'keys');
  if (kind === 'file') return fileKeyStore(keys);
  if (kind === 'keyring') return keyringKeyStore({ service: `entangle:${directory}` });
  // The keys of one home have one passphrase, and a process asks for it once
  let asked: Promise<string> | undefined;
  return encryptedKeyStore({
    directory: keys,
    random: systemRandom.bytes,
    passphrase: (name, purpose) => {
      const wanted = {
        ...{ what: `key "${name}"`, unmade: 'no key was made', file: passphraseFile, input },
        ...{ flag: '--passphrase-file', variable: 'ENTANGLE_PASSPHRASE_FILE' },
      };
      asked ??= purpose === 'create' ? newPassphrase(wanted) : knownPassphrase(directory, wanted);
      return asked;
    },
  });
};

/** One that a file has comes before one that is remembered; nobody is asked where there is either. */
const knownPassphrase = async (directory: string, wanted: PassphraseWanted): Promise<string> =>
  (wanted.file ? null : await rememberedPassphrase(directory)) ?? passphraseOf(wanted);

/** What is said where the key of a home is gone: that of a Host has a way back. */
export const lostKey = (error: EntangleError, kind: HomeKind): EntangleError =>
  kind === 'host' && error.code === 'not_found'
    ? new EntangleError('not_found', error.message, {
        hint: 'put it back from its backup: `entangle host authority import FILE`',
        cause: error,
      })
    : error;

export const readOwnKey = (keys: KeyStore, kind: HomeKind): Promise<Uint8Array> =>
  keys.read(kind).catch((error: unknown) => {
    throw error instanceof EntangleError ? lostKey(error, kind) : error;
  });

/** Secret keys of a home's own, by public key, the one that it began with first. */
export type HeldKeys = ReadonlyMap<string, Uint8Array>;

/** Those that came to sign for a Host after its first one. */
const LATER = /^host-[0-9a-f]{16}$/;
export const isHostKey = (name: string): boolean => name === 'host' || LATER.test(name);
export const laterKeyName = (pubkey: string): string => `host-${pubkey.slice(0, 16)}`;

/** Of a Host also those that came later; its first one may be gone, once another signs. */
export const ownKeys = async (keys: KeyStore, kind: HomeKind): Promise<HeldKeys> => {
  const names = kind === 'host' ? (await keys.list()).filter((name) => LATER.test(name)) : [];
  const later: Uint8Array[] = [];
  for (const name of names) later.push(await keys.read(name));
  const first = await readOwnKey(keys, kind).catch((error: unknown) => {
    const isGone = error instanceof EntangleError && error.code === 'not_found' && later.length > 0;
    if (isGone) return null;
    throw error;
  });
  return heldKeys(suiteWasm, first === null ? later : [first, ...later]);
};
