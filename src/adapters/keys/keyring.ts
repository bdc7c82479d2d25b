/** Key store in the keyring of the operating system: Secret Service, Keychain or Credential Manager, through keytar. */

import { createRequire } from 'node:module';
import { isScalar } from '../../core/crypto/checks.ts';
import { fromHex, isHex, toHex } from '../../core/encoding/bytes.ts';
import { cutText } from '../../core/encoding/cut.ts';
import { once } from '../../core/encoding/once.ts';
import { EntangleError } from '../../core/errors.ts';
import type { KeyStore } from '../../ports/index.ts';
import { loadAddon } from '../system/addon.ts';
import { existingKey, missingKey, requireKeyName, requireSecretKey } from './path.ts';

type Keytar = Pick<
  typeof import('keytar'),
  'getPassword' | 'setPassword' | 'deletePassword' | 'findCredentials'
>;

/** Long enough for a person to unlock the keyring in its own window. */
const PATIENCE = 60_000;
const OTHERS = 'choose another key store: "encrypted" (a file with a passphrase) or "file" (a 0600 file)';

/** What keytar says where the library that it calls is not installed, and what its library says without a service. */
const LIBSECRET = /keytar native addon|libsecret/;
const NO_SERVICE = /D-?Bus|org\.freedesktop\.secrets/i;
const NO_LIBSECRET = 'the keyring of this system cannot be used: libsecret is not installed';
const NO_ANSWER = 'the keyring of this system cannot be used: no Secret Service answers';
const SECRET_SERVICE = `install libsecret-1-0 and run a Secret Service (GNOME Keyring, KWallet, KeePassXC), or ${OTHERS}`;

const unavailable = (message: string, cause?: unknown, hint = OTHERS): EntangleError =>
  new EntangleError('unavailable', message, { hint, ...(cause === undefined ? {} : { cause }) });

export type KeyringOptions = {
  /** Sets the keys of one home apart from those of others, for example "entangle:/home/ann/.entangle". */
  service: string;
  patienceMs?: number;
  /** Tests pass another one. */
  load?: () => Promise<Keytar>;
};

/** Loaded only by who chose this store: without libsecret it throws. */
const loaded = once((): Keytar => loadAddon(() => createRequire(import.meta.url)('keytar')));
const loadKeytar = async (): Promise<Keytar> => loaded();

/** A locked keyring answers null to the plain question; the search unlocks it and finds what was hidden. */
async function find(keytar: Keytar, service: string, name: string): Promise<string | undefined> {
  const plain = await keytar.getPassword(service, name);
  if (plain !== null) return plain;
  return (await keytar.findCredentials(service)).find((entry) => entry.account === name)?.password;
}

/** One entry a key: account is the name, password the key in hex. No silent fallback to another store. */
export function keyringKeyStore(options: KeyringOptions): KeyStore {
  const { service, patienceMs = PATIENCE, load = loadKeytar } = options;

  const call = async <T>(work: (keytar: Keytar) => Promise<T>): Promise<T> => {
    const waiting = new AbortController();
    const patience = new Promise<never>((_, reject) => {
      const timer = setTimeout(() => reject(unavailable('the keyring did not answer in time')), patienceMs);
      waiting.signal.addEventListener('abort', () => clearTimeout(timer));
    });
    try {
      return await Promise.race([load().then(work), patience]);
    } catch (cause) {
      if (cause instanceof EntangleError) throw cause;
      const said = cause instanceof Error ? cause.message : '';
      if (LIBSECRET.test(said)) throw unavailable(NO_LIBSECRET, cause, SECRET_SERVICE);
      if (NO_SERVICE.test(said)) throw unavailable(NO_ANSWER, cause, SECRET_SERVICE);
      const words = cutText(said, 200);
      throw unavailable(`the keyring of this system cannot be used: ${words}`, cause);
    } finally {
      waiting.abort();
    }
  };

  const read = async (name: string): Promise<Uint8Array> => {
    requireKeyName(name);
    const hex = await call((keytar) => find(keytar, service, name));
    if (hex === undefined) throw missingKey(name);
    const secretKey = isHex(hex, 32) ? fromHex(hex) : undefined;
    if (secretKey === undefined || !isScalar(secretKey)) {
      throw new EntangleError('invalid', `keyring entry of "${name}" is damaged`);
    }
    return secretKey;
  };

  return {
    kind: 'keyring',
    async create(name, secretKey) {
      requireKeyName(name);
      requireSecretKey(secretKey);
      const hex = toHex(secretKey);
      await call(async (keytar) => {
        if ((await find(keytar, service, name)) !== undefined) throw existingKey(name);
        await keytar.setPassword(service, name, hex);
        // A locked keyring takes the write and answers null.
        if ((await keytar.getPassword(service, name)) !== hex)
          throw unavailable('the keyring did not keep the key: is it locked?');
      });
    },
    read,
    async remove(name) {
      requireKeyName(name);
      if (!(await call((keytar) => keytar.deletePassword(service, name)))) throw missingKey(name);
    },
    async list() {
      const entries = await call((keytar) => keytar.findCredentials(service));
      return entries.map((entry) => entry.account).sort();
    },
  };
}
