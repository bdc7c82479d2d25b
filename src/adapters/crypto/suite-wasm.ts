/**
 * The suite on libsecp256k1 compiled to WASM (tiny-secp256k1) and on `node:crypto`: what production uses.
 * Nothing may throw from inside the WASM: each error leaves its frame on the WASM stack, and some 3,400 public keys
 * off the curve would break the module for good. So everything is checked first, and `isXOnlyPoint` answers by value.
 */
import { createCipheriv, createPublicKey, hash as digest, type KeyObject, verify } from 'node:crypto';
import * as secp256k1 from 'tiny-secp256k1';
import { requireLength, requireScalar } from '../../core/crypto/checks.ts';
import type { SshCurve } from '../../core/crypto/ssh-key.ts';
import type { Suite } from '../../core/crypto/suite.ts';
import { concat } from '../../core/encoding/bytes.ts';
import { EntangleError } from '../../core/errors.ts';

const EVEN = Uint8Array.of(2);
/** Block size of SHA-256 in bytes. */
const BLOCK = 64;

/** A view that is a plain Uint8Array: a Buffer's `slice` would share memory where callers expect a copy. */
const plain = (buffer: Buffer): Uint8Array =>
  new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);

const sha256 = (message: Uint8Array): Uint8Array => plain(digest('sha256', message, 'buffer'));

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
const CURVE_HASH: Readonly<Record<SshCurve, string | null>> = { ed25519: null, p256: 'sha256' };
/** An uncompressed point; throws for one that is on no curve. */
const keyOn: Readonly<Record<SshCurve, (point: Uint8Array) => KeyObject>> = {
  ed25519: (point) =>
    createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x: base64url(point) } }),
  p256: (point) => {
    requireLength('point', point, 65);
    const [x, y] = [base64url(point.subarray(1, 33)), base64url(point.subarray(33))];
    if (point[0] !== 4) throw new EntangleError('invalid', 'the point is not an uncompressed one');
    return createPublicKey({ format: 'jwk', key: { kty: 'EC', crv: 'P-256', x, y } });
  },
};

/** Never null for the inputs that are checked here; a null would mean the point at infinity. */
function point(value: Uint8Array | null): Uint8Array {
  if (value === null) throw new EntangleError('invalid', 'scalar multiplication has no result');
  return value;
}

export const suiteWasm: Suite = {
  name: 'wasm',

  publicKey(secretKey) {
    requireScalar('secret key', secretKey);
    return point(secp256k1.pointFromScalar(secretKey, true)).slice(1);
  },

  sign(hash, secretKey, aux) {
    requireLength('hash', hash, 32);
    requireScalar('secret key', secretKey);
    requireLength('aux', aux, 32);
    return secp256k1.signSchnorr(hash, secretKey, aux);
  },

  verify(signature, hash, publicKey) {
    try {
      requireLength('signature', signature, 64);
      requireLength('hash', hash, 32);
      requireLength('public key', publicKey, 32);
      // BIP-340 lets r reach p; this library stops at n. No signature with r in n..p−1 can be found (2^-128).
      return secp256k1.isXOnlyPoint(publicKey) && secp256k1.verifySchnorr(hash, publicKey, signature);
    } catch {
      return false;
    }
  },

  ecdh(secretKey, publicKey, blind) {
    requireScalar('secret key', secretKey);
    requireLength('public key', publicKey, 32);
    requireScalar('blind', blind);
    if (!secp256k1.isXOnlyPoint(publicKey))
      throw new EntangleError('invalid', 'public key is not on the curve');
    // BIP-340 lift_x: the point with that x and an even y; uncompressed, or each use would take its root again.
    const lifted = secp256k1.pointCompress(concat(EVEN, publicKey), false);
    // The library multiplies in variable time: k = r + (k − r) keeps its timing away from the key.
    const blinded = point(secp256k1.pointMultiply(lifted, blind, false));
    const rest = secp256k1.privateSub(secretKey, blind);
    if (rest === null) return blinded.slice(1, 33);
    return point(
      secp256k1.pointAdd(blinded, point(secp256k1.pointMultiply(lifted, rest, false)), false),
    ).slice(1, 33);
  },

  sha256,

  sha512: (message) => plain(digest('sha512', message, 'buffer')),

  verifyOnCurve(curve, signature, message, point) {
    try {
      const key = keyOn[curve](point);
      return verify(CURVE_HASH[curve], message, { key, dsaEncoding: 'ieee-p1363' }, signature);
    } catch {
      return false;
    }
  },

  hmac(key, ...message) {
    // RFC 2104: H(K xor opad, H(K xor ipad, text)). Two one-shot hashes: `createHmac` takes five times as long.
    const short = key.length > BLOCK ? sha256(key) : key;
    const inner = new Uint8Array(BLOCK).fill(0x36);
    const outer = new Uint8Array(BLOCK).fill(0x5c);
    for (let i = 0; i < short.length; i++) {
      inner[i]! ^= short[i]!;
      outer[i]! ^= short[i]!;
    }
    return sha256(concat(outer, sha256(concat(inner, ...message))));
  },

  chacha20(key, nonce, bytes) {
    requireLength('key', key, 32);
    requireLength('nonce', nonce, 12);
    // OpenSSL's IV is the block counter (32 bits, little-endian) and then the nonce.
    return plain(createCipheriv('chacha20', key, concat(new Uint8Array(4), nonce)).update(bytes));
  },
};
