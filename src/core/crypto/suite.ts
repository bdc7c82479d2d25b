import type { SshCurve } from './ssh-key.ts';

/**
 * The cryptography that entangle needs, as one synchronous interface with two implementations
 * (`adapters/crypto/suite-wasm.ts` fast, `adapters/crypto/suite-noble.ts` plain), compared by differential tests.
 * Every method refuses malformed input (wrong length, point not on the curve, zero or oversized scalar) by throwing.
 */
export interface Suite {
  readonly name: string;
  /** BIP-340 x-only public key of a 32-byte secret key. */
  publicKey(secretKey: Uint8Array): Uint8Array;
  /** BIP-340 signature (64 bytes) of a 32-byte hash. `aux` is 32 random bytes. */
  sign(hash: Uint8Array, secretKey: Uint8Array, aux: Uint8Array): Uint8Array;
  /** True only for a valid BIP-340 signature; never throws for bad bytes: they are `false`. */
  verify(signature: Uint8Array, hash: Uint8Array, publicKey: Uint8Array): boolean;
  /** Unhashed x coordinate of secretKey · lift_x(publicKey). `blind` is 32 random bytes, splitting the scalar. */
  ecdh(secretKey: Uint8Array, publicKey: Uint8Array, blind: Uint8Array): Uint8Array;
  sha256(message: Uint8Array): Uint8Array;
  sha512(message: Uint8Array): Uint8Array;
  /** As SSH keys sign: Ed25519 (RFC 8032), ECDSA of a SHA-256 as r and s of 32 bytes. False for bad bytes; never throws. */
  verifyOnCurve(curve: SshCurve, signature: Uint8Array, message: Uint8Array, point: Uint8Array): boolean;
  hmac(key: Uint8Array, ...message: Uint8Array[]): Uint8Array;
  /** RFC 8439 ChaCha20, counter 0, 12-byte nonce. */
  chacha20(key: Uint8Array, nonce: Uint8Array, bytes: Uint8Array): Uint8Array;
}

/** Fills n bytes with cryptographic randomness; tests pass a deterministic one. */
export type RandomBytes = (n: number) => Uint8Array;
