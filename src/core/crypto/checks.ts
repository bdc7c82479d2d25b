/** Input checks that both suites make before any arithmetic, so that both refuse the same things. */
import { compare, fromHex } from '../encoding/bytes.ts';
import { EntangleError } from '../errors.ts';

/** Order n of the secp256k1 group. */
const ORDER = fromHex('fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141');
const ZERO = new Uint8Array(32);

/** Throws `invalid` unless the value is bytes of exactly that length. */
export function requireLength(what: string, value: Uint8Array, length: number): void {
  if (!(value instanceof Uint8Array) || value.length !== length) {
    throw new EntangleError('invalid', `${what} must be ${length} bytes`);
  }
}

/** True for 32 bytes that stand for 1..n−1: what a secret key must be. */
export const isScalar = (value: Uint8Array): boolean =>
  value instanceof Uint8Array && value.length === 32 && compare(value, ZERO) > 0 && compare(value, ORDER) < 0;

/** Throws `invalid` unless the value is a scalar in 1..n−1; never prints it. */
export function requireScalar(what: string, value: Uint8Array): void {
  if (!isScalar(value)) throw new EntangleError('invalid', `${what} must be 32 bytes in 1..n-1`);
}
