import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EntangleError } from '../errors.ts';
import { UUID } from '../grammars.ts';
import { fits } from './grammar.ts';
import { npub, parsePubkey, shortId, uuidv7 } from './id.ts';

const random = fc.uint8Array({ minLength: 10, maxLength: 16 });
const time = fc.integer({ min: 0, max: 2 ** 48 - 1 });

describe('uuidv7', () => {
  test('the example of RFC 9562 A.6', () => {
    const bytes = Uint8Array.from([0x0c, 0xc3, 0x18, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f]);
    expect(uuidv7(0x017f22e279b0, bytes)).toBe('017f22e2-79b0-7cc3-98c4-dc0c0c07398f');
  });

  test('is a UUID and sorts by time', () => {
    fc.assert(
      fc.property(time, time, random, random, (a, b, x, y) => {
        expect(fits(UUID, uuidv7(a, x))).toBe(true);
        if (a < b) expect(uuidv7(a, x) < uuidv7(b, y)).toBe(true);
      }),
    );
  });

  test('refuses a time or randomness that does not fit', () => {
    expect(() => uuidv7(-1, new Uint8Array(10))).toThrow('out of range');
    expect(() => uuidv7(2 ** 48, new Uint8Array(10))).toThrow('out of range');
    expect(() => uuidv7(1.5, new Uint8Array(10))).toThrow('out of range');
    expect(() => uuidv7(1, new Uint8Array(9))).toThrow('10 random bytes');
    expect(fits(UUID, uuidv7(0, new Uint8Array(10)))).toBe(true);
  });
});

describe('public keys as people write them', () => {
  const hex = '3bf0c63fcb93463407af97a5e5ee64fa883d107ef9e558472c4eb9aaaefa459d';
  const text = 'npub180cvv07tjdrrgpa0j7j7tmnyl2yr6yr7l8j4s3evf6u64th6gkwsyjh6w6';

  test('NIP-19 pair, both ways', () => {
    expect(npub(hex)).toBe(text);
    expect(parsePubkey(text)).toBe(hex);
    expect(() => npub(hex.slice(1))).toThrow('not a public key in hex');
    expect(parsePubkey(hex)).toBe(hex);
  });

  test.each([
    ['empty', ''],
    ['upper-case hex', hex.toUpperCase()],
    ['short hex', hex.slice(1)],
    ['wrong checksum', text.replace(/6$/, '7')],
    ['upper-case npub', text.toUpperCase()],
    ['trailing newline', `${text}\n`],
    ['another prefix', 'note1fntxtkcy9pjwucqwa9mddn7v03wwwsu9j330jj350nvhpky2tuaspk6nqc'],
  ])('refuses %s with a hint', (_, bad) => {
    expect(() => parsePubkey(bad)).toThrow(EntangleError);
    expect(() => parsePubkey(bad)).toThrow(
      expect.objectContaining({ code: 'invalid', hint: expect.stringMatching(/npub1/) }),
    );
  });

  test('a secret key is named as one and not repeated', () => {
    const nsec = 'nsec1vl029mgpspedva04g90vltkh6fvh240zqtv9k0t9af8935ke9laqsnlfe5';
    expect(() => parsePubkey(nsec)).toThrow('that is a secret key');
    expect(() => parsePubkey(nsec)).not.toThrow(new RegExp(nsec.slice(5)));
  });
});

test('short ids: the random end of a UUID, the start of a hash', () => {
  expect(shortId('017f22e2-79b0-7cc3-98c4-dc0c0c07398f')).toBe('0c07398f');
  expect(shortId('3bf0c63fcb93')).toBe('3bf0c63f');
});
