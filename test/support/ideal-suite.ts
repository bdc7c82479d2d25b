/**
 * Cryptography as its definition has it, for histories that are about everything else: whoever has no secret key can
 * neither sign nor read, and nobody breaks anything. It costs a hash an operation and protects nothing real: a public
 * key is its secret key under a mask that only this file knows.
 */
import { suiteWasm } from '../../src/adapters/crypto/suite-wasm.ts';
import { isScalar, requireLength, requireScalar } from '../../src/core/crypto/checks.ts';
import type { RandomBytes, Suite } from '../../src/core/crypto/suite.ts';
import { compare, concat } from '../../src/core/encoding/bytes.ts';

const { sha256, sha512, hmac, verifyOnCurve } = suiteWasm;
const MASK = sha256(new TextEncoder().encode('the mask of the ideal suite'));
// The order of the curve begins with 32 ones: under a mask that begins with a zero a scalar stays one.
MASK[0]! &= 0x7f;

const masked = (key: Uint8Array): Uint8Array => key.map((byte, i) => byte ^ MASK[i]!);
const signature = (hash: Uint8Array, secretKey: Uint8Array): Uint8Array => {
  const half = sha256(concat(secretKey, hash));
  return concat(half, half);
};

export const idealSuite: Suite = {
  name: 'ideal',
  publicKey(secretKey) {
    requireScalar('secret key', secretKey);
    return masked(secretKey);
  },
  sign(hash, secretKey, aux) {
    requireLength('hash', hash, 32);
    requireScalar('secret key', secretKey);
    requireLength('aux', aux, 32);
    return signature(hash, secretKey);
  },
  verify: (given, hash, publicKey) =>
    given.length === 64 &&
    hash.length === 32 &&
    publicKey.length === 32 &&
    compare(given, signature(hash, masked(publicKey))) === 0,
  ecdh(secretKey, publicKey, blind) {
    requireScalar('secret key', secretKey);
    requireLength('public key', publicKey, 32);
    if (!isScalar(blind)) requireScalar('blind', blind);
    const [one, other] = [masked(secretKey), publicKey];
    // Of one's own secret and the other's public key: what both sides come to, and nobody else.
    return sha256(compare(one, other) < 0 ? concat(one, other, MASK) : concat(other, one, MASK));
  },
  sha256,
  sha512,
  verifyOnCurve,
  hmac,
  /** No secrecy is simulated: what only the recipient may read is opened by the key that the MAC checks. */
  chacha20: (_key, _nonce, bytes) => bytes.slice(),
};

/** A secret key whose public key is a point of the curve: a graph file takes no other. */
export const keyOfPoint = (suite: Suite, random: RandomBytes): Uint8Array => {
  for (;;) {
    const secretKey = random(32);
    try {
      suiteWasm.ecdh(secretKey, suite.publicKey(secretKey), random(32));
      return secretKey;
    } catch {
      // The next one may be.
    }
  }
};
