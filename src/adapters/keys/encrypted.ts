/** Key store of NIP-49 files: each key encrypted under a passphrase. */
import { scrypt } from 'node:crypto';
import { lstat } from 'node:fs/promises';
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { encodeBytes } from 'nostr-tools/nip19';
import { isScalar } from '../../core/crypto/checks.ts';
import type { RandomBytes } from '../../core/crypto/suite.ts';
import { concat, isWellFormed, toHex, utf8 } from '../../core/encoding/bytes.ts';
import { EntangleError } from '../../core/errors.ts';
import type { KeyStore } from '../../ports/index.ts';
import {
  createPrivateFile,
  existingKey,
  keyPath,
  listKeyNames,
  readPrivateFile,
  removePrivateFile,
  requireSecretKey,
} from './path.ts';

const EXTENSION = '.ncryptsec';
/** NIP-49: version, log_n, salt 16, nonce 24, security byte, key with tag 48. */
const VERSION = 2;
const BYTES = 91;
const SHAPE = /^ncryptsec1([02-9ac-hj-np-z]{152})$/;
const CHARSET = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const CHECKSUM = 6;
const LENGTH = 163;
/** NIP-49: "client does not track" how the key was handled before. */
const SECURITY = 2;
/** 64 to 256 MiB. The file names its own cost: above this it could stop the process (20 takes 1 GiB and 5 s). */
const MIN_LOG_N = 16;
export const MAX_LOG_N = 18;

/** One text for everything that can be wrong, so that it does not tell which. */
const refused = (): EntangleError =>
  new EntangleError('invalid', 'wrong passphrase, or a damaged or unsupported encrypted key');

/**
 * scrypt in libuv's thread pool, the event loop stays free. That is why the library's `nip49` is not called: its
 * scrypt is synchronous JavaScript, five times slower, and a worker thread would need a script file of its own.
 */
function derive(passphrase: string, salt: Uint8Array, logN: number): Promise<Uint8Array> {
  const options = { N: 2 ** logN, r: 8, p: 1, maxmem: 2 ** (logN + 10) + 2 ** 20 };
  return new Promise((resolve, reject) => {
    // NIP-49: the passphrase in Unicode NFKC.
    scrypt(utf8(passphrase.normalize('NFKC')), salt, 32, options, (error, key) => {
      if (error) reject(error);
      else resolve(new Uint8Array(key));
    });
  });
}

/** `ncryptsec1…` of a secret key (NIP-49). Refuses an empty passphrase. */
export async function encryptKey(
  secretKey: Uint8Array,
  passphrase: string,
  random: RandomBytes,
  logN = MIN_LOG_N,
): Promise<string> {
  requireSecretKey(secretKey);
  if (passphrase === '' || !isWellFormed(passphrase))
    throw new EntangleError('invalid', 'passphrase is empty or malformed');
  if (!(logN >= MIN_LOG_N && logN <= MAX_LOG_N))
    throw new EntangleError('invalid', 'log_n must be 16, 17 or 18');
  const salt = random(16);
  const nonce = random(24);
  const security = Uint8Array.of(SECURITY);
  const sealed = xchacha20poly1305(await derive(passphrase, salt, logN), nonce, security).encrypt(secretKey);
  return encodeBytes('ncryptsec', concat(Uint8Array.of(VERSION, logN), salt, nonce, security, sealed));
}

/** Secret key of an `ncryptsec1…`. Throws the same `invalid` whatever is wrong; cost is bounded before any work. */
export async function decryptKey(ncryptsec: string, passphrase: string): Promise<Uint8Array> {
  const bytes = decodeNcryptsec(ncryptsec);
  const logN = bytes?.[1] ?? 0;
  if (bytes?.[0] !== VERSION || logN < MIN_LOG_N || logN > MAX_LOG_N || !isWellFormed(passphrase))
    throw refused();
  const key = await derive(passphrase, bytes.subarray(2, 18), logN);
  let secretKey: Uint8Array;
  try {
    secretKey = xchacha20poly1305(key, bytes.subarray(18, 42), bytes.subarray(42, 43)).decrypt(
      bytes.subarray(43),
    );
  } catch {
    throw refused();
  }
  if (!isScalar(secretKey)) throw refused();
  return secretKey;
}

/**
 * The encrypted key that a text consists of, before anybody is asked for its passphrase: all that is judged here stands in
 * it openly.
 */
export function requireNcryptsec(text: string): string {
  const ncryptsec = text.trim();
  if (/^nsec1|^[0-9a-f]{64}$/i.test(ncryptsec))
    throw new EntangleError('invalid', 'this is a bare secret key, and no encrypted one', {
      hint: 'make a backup under a passphrase where that key is: `entangle user key export FILE`, or of a Host `entangle host authority export FILE`',
    });
  const bytes = decodeNcryptsec(ncryptsec);
  if (bytes?.[0] !== VERSION)
    throw new EntangleError('invalid', 'this is no encrypted key (NIP-49), or not all of it', {
      hint: 'check that it is the whole file: one line that begins with ncryptsec1',
    });
  const logN = bytes[1]!;
  if (logN < MIN_LOG_N || logN > MAX_LOG_N)
    throw new EntangleError(
      'invalid',
      `this key is encrypted with log_n ${logN}; ${MIN_LOG_N} to ${MAX_LOG_N} is accepted, which takes at most 256 MiB of memory`,
      { hint: 'make it again in that range with the program that wrote it' },
    );
  return ncryptsec;
}

/** Bytes of the bech32 text, undefined unless encoding them gives the same text: that proves checksum and padding. */
function decodeNcryptsec(text: string): Uint8Array | undefined {
  const symbols = SHAPE.exec(text)?.[1]?.slice(0, -CHECKSUM);
  if (symbols === undefined) return undefined;
  const bytes = new Uint8Array(BYTES);
  let buffer = 0;
  let bits = 0;
  let at = 0;
  for (const symbol of symbols) {
    buffer = ((buffer << 5) | CHARSET.indexOf(symbol)) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = (buffer >> bits) & 0xff;
    }
  }
  return encodeBytes('ncryptsec', bytes) === text ? bytes : undefined;
}

/** What a passphrase is asked for. */
export type PassphrasePurpose = 'create' | 'read';

export type EncryptedKeyStoreOptions = {
  directory: string;
  /** Asked once for each key that is created or read. */
  passphrase: (name: string, purpose: PassphrasePurpose) => Promise<string>;
  random: RandomBytes;
  logN?: number;
};

/** One `<name>.ncryptsec` a key in the directory, 0600 like a plain one. */
export function encryptedKeyStore(options: EncryptedKeyStoreOptions): KeyStore {
  const { directory, passphrase, random, logN } = options;
  const open = async (name: string, words: () => Promise<string>): Promise<Uint8Array> => {
    const text = await readPrivateFile(keyPath(directory, name, EXTENSION), name, LENGTH);
    return decryptKey(text.replace(/\n$/, ''), await words());
  };
  return {
    kind: 'encrypted',
    async create(name, secretKey) {
      const path = keyPath(directory, name, EXTENSION);
      requireSecretKey(secretKey);
      // Asked before the person is: nobody likes to invent a passphrase for nothing.
      if (await lstat(path).catch(() => undefined)) throw existingKey(name);
      const words = await passphrase(name, 'create');
      await createPrivateFile(path, name, `${await encryptKey(secretKey, words, random, logN)}\n`);
      if (toHex(await open(name, async () => words)) !== toHex(secretKey)) {
        throw new EntangleError('unavailable', 'key file did not keep the key');
      }
    },
    read: (name) => open(name, () => passphrase(name, 'read')),
    async remove(name) {
      await removePrivateFile(keyPath(directory, name, EXTENSION), name);
    },
    list: () => listKeyNames(directory, EXTENSION),
  };
}
