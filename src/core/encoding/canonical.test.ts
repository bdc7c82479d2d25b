import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { suiteNoble } from '../../adapters/crypto/suite-noble.ts';
import { canonicalize, digestOf } from './canonical.ts';

describe('RFC 8785', () => {
  test('the example of §3.2.2 to §3.2.4', () => {
    const value = {
      numbers: [Number('333333333.33333329'), 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: '\u20ac$\u000f\nA\'B"\\\\"/',
      literals: [null, true, false],
    };
    expect(canonicalize(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  test('keys sort by UTF-16 unit (§3.2.3)', () => {
    const keys = ['\u20ac', '\r', '\ufb33', '1', '\ud83d\ude00', '\u0080', '\u00f6'];
    const sorted = ['\r', '1', '\u0080', '\u00f6', '\u20ac', '\ud83d\ude00', '\ufb33'];
    const value = Object.fromEntries(keys.map((key) => [key, 0]));
    expect(Object.keys(JSON.parse(canonicalize(value)) as object).sort()).toEqual(Object.keys(value).sort());
    expect(canonicalize(value)).toBe(`{${sorted.map((key) => `${JSON.stringify(key)}:0`).join(',')}}`);
  });

  test('is a fixed point and does not depend on the order of keys', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const text = canonicalize(value);
        expect(canonicalize(JSON.parse(text))).toBe(text);
        expect(canonicalize(Object.fromEntries(Object.entries(value).reverse()))).toBe(text);
      }),
    );
  });

  test.each([[undefined], [Number.NaN], [{ a: Infinity }], ['\ud800'], [{ '\udc00': 1 }]])(
    'refuses %o',
    (value) => {
      expect(() => canonicalize(value)).toThrow('no canonical JSON form');
    },
  );

  test('digest is sha256 of the UTF-8 bytes', () => {
    const expected = createHash('sha256').update('{"a":"é","b":1}').digest('hex');
    expect(digestOf(suiteNoble, { b: 1, a: 'é' })).toBe(expected);
  });
});
