/** The suite in plain JavaScript (@noble): slow, portable, and the reference for `suite-wasm.ts`. */
import { chacha20 } from '@noble/ciphers/chacha.js';
import { ed25519 } from '@noble/curves/ed25519.js';
import { p256 } from '@noble/curves/nist.js';
import { schnorr, secp256k1 } from '@noble/curves/secp256k1.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { requireLength, requireScalar } from '../../core/crypto/checks.ts';
import type { Suite } from '../../core/crypto/suite.ts';
import { concat } from '../../core/encoding/bytes.ts';
import { EntangleError } from '../../core/errors.ts';

const EVEN = Uint8Array.of(2);

export const suiteNoble: Suite = {
  name: 'noble',

  publicKey(secretKey) {
    requireScalar('secret key', secretKey);
    return schnorr.getPublicKey(secretKey);
  },

  sign(hash, secretKey, aux) {
    requireLength('hash', hash, 32);
    requireScalar('secret key', secretKey);
    requireLength('aux', aux, 32);
    return schnorr.sign(hash, secretKey, aux);
  },

  verify(signature, hash, publicKey) {
    try {
      requireLength('signature', signature, 64);
      requireLength('hash', hash, 32);
      requireLength('public key', publicKey, 32);
      return schnorr.verify(signature, hash, publicKey);
    } catch {
      return false;
    }
  },

  ecdh(secretKey, publicKey, blind) {
    requireScalar('secret key', secretKey);
    requireLength('public key', publicKey, 32);
    // Noble's ladder needs no blinding; the check keeps both suites equal.
    requireScalar('blind', blind);
    try {
      // BIP-340 lift_x: the point with that x and an even y.
      return secp256k1.getSharedSecret(secretKey, concat(EVEN, publicKey), true).slice(1);
    } catch (cause) {
      throw new EntangleError('invalid', 'public key is not on the curve', { cause });
    }
  },

  sha256: (message) => sha256(message),

  sha512: (message) => sha512(message),

  verifyOnCurve(curve, signature, message, point) {
    try {
      return curve === 'ed25519'
        ? ed25519.verify(signature, message, point, { zip215: false })
        : point.length === 65 && p256.verify(signature, message, point, { lowS: false });
    } catch {
      return false;
    }
  },

  hmac(key, ...message) {
    const mac = hmac.create(sha256, key);
    for (const part of message) mac.update(part);
    return mac.digest();
  },

  chacha20(key, nonce, bytes) {
    requireLength('key', key, 32);
    requireLength('nonce', nonce, 12);
    return chacha20(key, nonce, bytes);
  },
};
