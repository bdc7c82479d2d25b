/** NIP-44 version 2 over a `Suite`: encrypt-then-MAC with a key of the pair and a nonce of the message. */
import { concat, fromBase64, fromUtf8, toBase64, utf8, utf8Length } from '../encoding/bytes.ts';
import { requireLength } from './checks.ts';
import type { Suite } from './suite.ts';

export type Nip44Reason =
  | 'unsupported_version'
  | 'bad_size'
  | 'bad_encoding'
  | 'bad_mac'
  | 'bad_padding'
  | 'bad_text';

export class Nip44Error extends Error {
  readonly reason: Nip44Reason;

  constructor(reason: Nip44Reason) {
    super(`NIP-44 refused: ${reason}`);
    this.name = 'Nip44Error';
    this.reason = reason;
  }
}

const VERSION = 2;
const MIN_PLAINTEXT = 1;
const MAX_PLAINTEXT = 65_535;
// NIP-44 "Decryption": sizes of the base64 text and of its bytes, checked before any cryptography.
const MIN_PAYLOAD = 132;
const MAX_PAYLOAD = 87_472;
const MIN_BYTES = 99;
const MAX_BYTES = 65_603;
const SALT = utf8('nip44-v2');

/** RFC 5869 §2.2: the salt is the HMAC key. */
export const hkdfExtract = (suite: Suite, salt: Uint8Array, ikm: Uint8Array): Uint8Array =>
  suite.hmac(salt, ikm);

/** RFC 5869 §2.3. */
export function hkdfExpand(suite: Suite, prk: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(length);
  let block: Uint8Array = new Uint8Array(0);
  for (let at = 0, n = 1; at < length; at += block.length, n++) {
    block = suite.hmac(prk, block, info, Uint8Array.of(n));
    out.set(block.subarray(0, length - at), at);
  }
  return out;
}

/** The same for both directions of a pair. `blind` is 32 random bytes for the scalar multiplication. */
export const conversationKey = (
  suite: Suite,
  secretKey: Uint8Array,
  publicKey: Uint8Array,
  blind: Uint8Array,
): Uint8Array => hkdfExtract(suite, SALT, suite.ecdh(secretKey, publicKey, blind));

export type MessageKeys = { chachaKey: Uint8Array; chachaNonce: Uint8Array; hmacKey: Uint8Array };

export function messageKeys(suite: Suite, key: Uint8Array, nonce: Uint8Array): MessageKeys {
  requireLength('conversation key', key, 32);
  requireLength('nonce', nonce, 32);
  const keys = hkdfExpand(suite, key, nonce, 76);
  return { chachaKey: keys.slice(0, 32), chachaNonce: keys.slice(32, 44), hmacKey: keys.slice(44, 76) };
}

/** Length that a plaintext of so many bytes is padded to, without the two bytes of its length. */
export function paddedLength(length: number): number {
  if (!Number.isSafeInteger(length) || length < MIN_PLAINTEXT || length > MAX_PLAINTEXT) {
    throw new Nip44Error('bad_size');
  }
  if (length <= 32) return 32;
  const nextPower = 2 ** (32 - Math.clz32(length - 1));
  const chunk = nextPower <= 256 ? 32 : nextPower / 8;
  return chunk * (Math.floor((length - 1) / chunk) + 1);
}

/** Payload text. `nonce` is 32 random bytes, never used twice. */
export function encrypt(suite: Suite, key: Uint8Array, plaintext: string, nonce: Uint8Array): string {
  // Counted before it is encoded: an oversized text costs no memory.
  const length = plaintext.length > MAX_PLAINTEXT ? plaintext.length : utf8Length(plaintext);
  const padded = new Uint8Array(2 + paddedLength(length));
  padded[0] = length >> 8;
  padded[1] = length & 0xff;
  padded.set(utf8(plaintext), 2);
  const { chachaKey, chachaNonce, hmacKey } = messageKeys(suite, key, nonce);
  const ciphertext = suite.chacha20(chachaKey, chachaNonce, padded);
  const mac = suite.hmac(hmacKey, nonce, ciphertext);
  return toBase64(concat(Uint8Array.of(VERSION), nonce, ciphertext, mac));
}

/** Plaintext of a payload. Throws `Nip44Error` with the first thing that is wrong. */
export function decrypt(suite: Suite, key: Uint8Array, payload: string): string {
  const { nonce, ciphertext, mac } = decodePayload(payload);
  const { chachaKey, chachaNonce, hmacKey } = messageKeys(suite, key, nonce);
  if (!sameMac(suite.hmac(hmacKey, nonce, ciphertext), mac)) throw new Nip44Error('bad_mac');
  return unpad(suite.chacha20(chachaKey, chachaNonce, ciphertext));
}

function decodePayload(payload: string): { nonce: Uint8Array; ciphertext: Uint8Array; mac: Uint8Array } {
  // NIP-44: a leading '#' marks a future encoding that is not base64.
  // NIP-04 wrote its initialization vector behind the text.
  if (payload.startsWith('#') || payload.includes('?iv=')) throw new Nip44Error('unsupported_version');
  if (payload.length < MIN_PAYLOAD || payload.length > MAX_PAYLOAD) throw new Nip44Error('bad_size');
  let bytes: Uint8Array;
  try {
    bytes = fromBase64(payload);
  } catch {
    throw new Nip44Error('bad_encoding');
  }
  if (bytes[0] !== VERSION) throw new Nip44Error('unsupported_version');
  if (bytes.length < MIN_BYTES || bytes.length > MAX_BYTES) throw new Nip44Error('bad_size');
  return { nonce: bytes.subarray(1, 33), ciphertext: bytes.subarray(33, -32), mac: bytes.subarray(-32) };
}

function unpad(padded: Uint8Array): string {
  const length = (padded[0]! << 8) | padded[1]!;
  if (length < MIN_PLAINTEXT || padded.length !== 2 + paddedLength(length))
    throw new Nip44Error('bad_padding');
  // Stricter than the standard, which leaves the filling unread: one plaintext, one padding.
  for (let i = 2 + length; i < padded.length; i++) if (padded[i] !== 0) throw new Nip44Error('bad_padding');
  try {
    return fromUtf8(padded.subarray(2, 2 + length));
  } catch {
    throw new Nip44Error('bad_text');
  }
}

/** Looks at every byte whatever it finds: time must not tell how much of a forged MAC was right. */
function sameMac(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < 32; i++) difference |= a[i]! ^ b[i]!;
  return difference === 0;
}
