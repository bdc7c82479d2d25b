import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { times } from '../../../test/support/counts.ts';
import { parseStrict, StrictJsonError, type StrictJsonLimits } from './strict-json.ts';

function reasonOf(text: string, limits?: StrictJsonLimits): string {
  try {
    parseStrict(text, limits);
    return 'accepted';
  } catch (error) {
    if (!(error instanceof StrictJsonError)) throw error;
    return error.reason;
  }
}

describe('strict JSON', () => {
  test.each([
    ['{"a":1,"a":2}', 'duplicate_key'],
    ['{"a":1,"\\u0061":2}', 'duplicate_key'],
    ['[{"b":{"a":[{}],"a":2}}]', 'duplicate_key'],
    ['{"__proto__":1}', 'forbidden_key'],
    ['{"\\u005f_proto__":1}', 'forbidden_key'],
    ['{"a":{"constructor":{}}}', 'forbidden_key'],
    ['[{"prototype" : 0}]', 'forbidden_key'],
    ['"\ud800"', 'lone_surrogate'],
    ['"\udc00x"', 'lone_surrogate'],
    ['"\\ud800"', 'lone_surrogate'],
    ['"\\ud800\\ud800"', 'lone_surrogate'],
    ['"\\uDC00\\uD800"', 'lone_surrogate'],
    ['"\\udc00\\udc00"', 'lone_surrogate'],
    ['"\\ud83dx"', 'lone_surrogate'],
    ['"\\ud800\\ue000"', 'lone_surrogate'],
    ['"\\ud800\\udbff"', 'lone_surrogate'],
    ['{"\\udfff":1}', 'lone_surrogate'],
    ['1e400', 'bad_number'],
    ['1E400', 'bad_number'],
    ['[1e+400]', 'bad_number'],
    ['[-1e999]', 'bad_number'],
    ['-0', 'bad_number'],
    ['{"a":-0.0}', 'bad_number'],
    ['-1e-400', 'bad_number'],
    ['9'.repeat(400), 'bad_number'],
    ['', 'syntax'],
    ['{} x', 'syntax'],
    ['{}{}', 'syntax'],
    ['[1,]', 'syntax'],
    ["{'a':1}", 'syntax'],
    ['{"a":1', 'syntax'],
    ['"abc', 'syntax'],
    ['"\\u00', 'syntax'],
    ['{"\\x":1}', 'syntax'],
    ['01', 'syntax'],
    ['+1', 'syntax'],
    ['NaN', 'syntax'],
    ['\ufeff{}', 'syntax'],
    ['"a\nb"', 'syntax'],
    ['[1]//', 'syntax'],
    [']', 'syntax'],
  ])('refuses %j: %s', (text, reason) => {
    expect(reasonOf(text)).toBe(reason);
  });

  test.each([
    '{"a":"a","b":["a","a"],"c":{"a":1}}',
    '"\\ud83d\\ude00\ud83d\ude00"',
    '"\\ud800\\udc00\\udbff\\udfff\\ud7ff\\ue000"',
    '[-1,0,1e3,-1.5E-2,1e-400,0.1e309]',
    ' null ',
  ])('accepts %s', (text) => {
    expect(parseStrict(text)).toEqual(JSON.parse(text));
  });

  test('nesting: 32 deep passes, 33 does not', () => {
    expect(reasonOf('['.repeat(32) + ']'.repeat(32))).toBe('accepted');
    expect(reasonOf('['.repeat(33) + ']'.repeat(33))).toBe('too_deep');
    expect(reasonOf('[[]]', { maxDepth: 1 })).toBe('too_deep');
    expect(reasonOf(`[${'[],'.repeat(100)}[]]`, { maxDepth: 2 })).toBe('accepted');
    expect(reasonOf('"[[[[[[[["', { maxDepth: 1 })).toBe('accepted');
  });

  test('five million nested arrays are refused before they are parsed', () => {
    const text = '['.repeat(5_000_000);
    const start = performance.now();
    expect(reasonOf(text)).toBe('too_deep');
    expect(performance.now() - start).toBeLessThan(500);
  });

  test('members are counted, of objects and lists alike, before anything is made of them', () => {
    const text = '{"a":[1,2],"b":{"c":"[,{"}}';
    expect(reasonOf(text, { maxMembers: 5 })).toBe('accepted');
    expect(reasonOf(text, { maxMembers: 4 })).toBe('too_many');
    const spent = { members: 0 };
    expect(reasonOf(text, { maxMembers: 5, spent })).toBe('accepted');
    expect(reasonOf(text, { maxMembers: 5, spent })).toBe('accepted');
    expect(spent.members).toBe(10);
    expect(reasonOf(`[${'{},'.repeat(1_000_000)}`, { maxMembers: 100, spent })).toBe('too_many');
    expect(spent.members).toBe(111);
  });

  test('half a character is replaced where that is wanted, in no key', () => {
    const limits = { replacesHalves: true };
    const text = '["a\\ud83d","\\ud83d\\ude00","\\\\ud83d",{"b":"\\ude00"}]';
    expect(parseStrict(text, limits)).toEqual(['a\ufffd', '\ud83d\ude00', '\\ud83d', { b: '\ufffd' }]);
    expect(reasonOf('{"\\ud83d":1}', limits)).toBe('lone_surrogate');
    expect(reasonOf('"\ud83d"', limits)).toBe('lone_surrogate');
  });

  test('size counts UTF-8 bytes', () => {
    expect(reasonOf('"éé"', { maxBytes: 6 })).toBe('accepted');
    expect(reasonOf('"éé"', { maxBytes: 5 })).toBe('too_large');
    expect(reasonOf('"aaaaaaaaaa"', { maxBytes: 11 })).toBe('too_large');
    expect(reasonOf('"aaaaaaaaaa"', { maxBytes: 12 })).toBe('accepted');
  });

  test('the error tells where', () => {
    expect(() => parseStrict('[1,-0]')).toThrow(expect.objectContaining({ offset: 3, reason: 'bad_number' }));
    expect(() => parseStrict('{"a":1,"a":1}')).toThrow(expect.objectContaining({ offset: 7 }));
    expect(() => parseStrict('"abc\udc00"')).toThrow(expect.objectContaining({ offset: 4 }));
    expect(() => parseStrict(`[${' '.repeat(9)}1 x]`)).toThrow(expect.objectContaining({ offset: 12 }));
    expect(() => parseStrict('["a", x]')).toThrow(expect.objectContaining({ offset: 8 }));
  });

  test('agrees with JSON.parse on what JSON.stringify writes', () => {
    const key = fc.string().filter((k) => !['__proto__', 'constructor', 'prototype'].includes(k));
    const value = fc.letrec((tie) => ({
      node: fc.oneof(
        { depthSize: 'small' },
        fc.string({ unit: 'binary' }),
        fc.boolean(),
        fc.constant(null),
        fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0),
        fc.array(tie('node'), { maxLength: 5 }),
        fc.dictionary(key, tie('node'), { maxKeys: 5 }),
      ),
    })).node;
    fc.assert(
      fc.property(value, fc.constantFrom(undefined, 2), (v, indent) => {
        const text = JSON.stringify(v, null, indent);
        expect(JSON.stringify(parseStrict(text))).toBe(JSON.stringify(v));
      }),
    );
  });

  test('never accepts what JSON.parse refuses, and throws nothing else', () => {
    const noise = fc.string({ unit: fc.constantFrom(...'{}[]",:\\u0019ad.-eE tn\ud800\udc00') });
    fc.assert(
      fc.property(noise, (text) => {
        let parsed: unknown;
        try {
          parsed = JSON.parse(text);
        } catch {
          expect(reasonOf(text)).not.toBe('accepted');
          return;
        }
        if (reasonOf(text) === 'accepted') expect(parseStrict(text)).toEqual(parsed);
      }),
      { numRuns: times(5_000, 200_000) },
    );
  });
});
