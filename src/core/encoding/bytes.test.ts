import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  compare,
  compareTexts,
  concat,
  equal,
  fromBase64,
  fromHex,
  fromUtf8,
  isHex,
  toBase64,
  toHex,
  utf8,
  utf8Length,
} from './bytes.ts';

const bytes = fc.uint8Array({ maxLength: 300 });

describe('hex', () => {
  test('agrees with Buffer and reads back', () => {
    fc.assert(
      fc.property(bytes, (value) => {
        expect(toHex(value)).toBe(Buffer.from(value).toString('hex'));
        expect(fromHex(toHex(value))).toEqual(value);
        expect(isHex(toHex(value), value.length)).toBe(true);
      }),
    );
  });

  test.each(['0', 'AB', '0g', ' 0', '0x', 'é0'])('refuses %j', (text) => {
    expect(() => fromHex(text)).toThrow('malformed hex');
    expect(isHex(text, 1)).toBe(false);
  });
});

describe('base64', () => {
  test('agrees with Buffer and reads back', () => {
    fc.assert(
      fc.property(bytes, (value) => {
        expect(toBase64(value)).toBe(Buffer.from(value).toString('base64'));
        expect(fromBase64(toBase64(value))).toEqual(value);
      }),
    );
  });

  test('accepts a text only when it is the one that the bytes give', () => {
    const symbol = fc.constantFrom(...'ABZaz09+/=-_ \n\u00e9\u0141');
    fc.assert(
      fc.property(fc.string({ unit: symbol, maxLength: 12 }), (text) => {
        const canonical = Buffer.from(text, 'base64').toString('base64') === text;
        if (canonical) expect(toBase64(fromBase64(text))).toBe(text);
        else expect(() => fromBase64(text)).toThrow('malformed base64');
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    'AA',
    'AAA',
    'A===',
    '====',
    'AB==',
    'AAB=',
    'AA==AAAA',
    'AA=A',
    'AAA\n',
    'AAAA\n',
    ' AAAA',
    '-_-_',
  ])('refuses %j', (text) => {
    expect(() => fromBase64(text)).toThrow('malformed base64');
  });
});

describe('utf8', () => {
  test('agrees with Buffer, counts and reads back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(Buffer.from(utf8(text)).equals(Buffer.from(text))).toBe(true);
        expect(utf8Length(text)).toBe(Buffer.byteLength(text));
        expect(fromUtf8(utf8(text))).toBe(text);
      }),
    );
    expect(['\x7f', '\x80', '\u07ff', '\u0800', '\uffff'].map(utf8Length)).toEqual([1, 2, 2, 3, 3]);
  });

  test('refuses what the other form cannot carry', () => {
    expect(() => utf8('a\ud800')).toThrow('lone surrogate');
    expect(() => fromUtf8(Uint8Array.of(0xed, 0xa0, 0x80))).toThrow('malformed UTF-8');
    expect(() => fromUtf8(Uint8Array.of(0xc0, 0x80))).toThrow('malformed UTF-8');
    expect(fromUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61))).toBe('\ufeffa');
  });
});

test('concat, compare and equal agree with Buffer', () => {
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      expect(concat(a, b)).toEqual(new Uint8Array(Buffer.concat([a, b])));
      expect(Math.sign(compare(a, b))).toBe(Buffer.compare(a, b));
      expect(equal(a, b)).toBe(Buffer.compare(a, b) === 0);
    }),
  );
  expect(equal(Uint8Array.of(1), Uint8Array.of(1))).toBe(true);
});

test('texts stand in the order of their bytes', () => {
  const some = fc.string({
    unit: fc.constantFrom('a', '~', '\u00e9', '\ud7ff', '\ue000', '\uffff', '\u{10000}'),
    maxLength: 3,
  });
  fc.assert(
    fc.property(some, some, (one, other) => {
      expect(Math.sign(compareTexts(one, other))).toBe(Buffer.compare(Buffer.from(one), Buffer.from(other)));
    }),
    { numRuns: 2_000 },
  );
});
