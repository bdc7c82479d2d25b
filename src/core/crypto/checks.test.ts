import { describe, expect, test } from 'vitest';
import { fromHex } from '../encoding/bytes.ts';
import { isScalar, requireLength, requireScalar } from './checks.ts';

/** Secret keys are 1 to n−1 (SEC 1 §3.2.1); the last bytes of the order decide. */
const ORDER = 'fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141';
const invalid = (message: string) => expect.objectContaining({ code: 'invalid', message });

describe('a secret key', () => {
  test.each<[string, unknown, boolean]>([
    ['one', fromHex('01'.padStart(64, '0')), true],
    ['the largest', fromHex(ORDER.replace(/41$/, '40')), true],
    ['nought', new Uint8Array(32), false],
    ['the order of the group', fromHex(ORDER), false],
    ['one more than the order', fromHex(ORDER.replace(/41$/, '42')), false],
    ['all ones', new Uint8Array(32).fill(255), false],
    ['31 bytes', new Uint8Array(31).fill(1), false],
    ['33 bytes', new Uint8Array(33).fill(1), false],
    ['its hex', '01'.repeat(32), false],
    ['a list of numbers', Array(32).fill(1), false],
  ])('%s: %o is one: %s', (_what, value, is) => {
    expect(isScalar(value as Uint8Array)).toBe(is);
    const required = () => requireScalar('the key', value as Uint8Array);
    if (is) expect(required).not.toThrow();
    else expect(required).toThrow(invalid('the key must be 32 bytes in 1..n-1'));
  });
});

test.each<[string, unknown]>([
  ['a byte less', new Uint8Array(31)],
  ['a byte more', new Uint8Array(33)],
  ['a text of as many characters', 'x'.repeat(32)],
])('bytes of a length: %s is refused', (_what, value) => {
  expect(() => requireLength('the nonce', new Uint8Array(32), 32)).not.toThrow();
  expect(() => requireLength('the nonce', value as Uint8Array, 32)).toThrow(
    invalid('the nonce must be 32 bytes'),
  );
});
