import { describe, expect, test } from 'vitest';
import { utf8 } from '../encoding/bytes.ts';
import { textAsBytes } from './byte-lines.ts';
import { isText, lossyText, oddBytes } from './text.ts';

describe('a sequence of bytes is UTF-8', () => {
  test.each([
    ['\x7f', '\u007f'],
    ['\xc2\x80', '\u0080'],
    ['\xdf\xbf', '\u07ff'],
    ['\xe0\xa0\x80', '\u0800'],
    ['\xed\x9f\xbf', '\ud7ff'],
    ['\xee\x80\x80', '\ue000'],
    ['\xef\xbf\xbf', '\uffff'],
    ['\xf0\x90\x80\x80', '\u{10000}'],
    ['\xf1\x80\x80\x80', '\u{40000}'],
    ['\xf4\x8f\xbf\xbf', '\u{10ffff}'],
    // A mark at the beginning is shown as any other character
    ['\xef\xbb\xbfx', '\ufeffx'],
  ])('%j', (bytes, text) => {
    expect(oddBytes(textAsBytes(bytes)).invalid).toBe(0);
    expect(lossyText(textAsBytes(bytes))).toBe(text);
  });

  test.each([
    ['without a beginning', '\x80'],
    ['overlong, of two', '\xc1\xbf'],
    ['overlong, of three', '\xe0\x9f\xbf'],
    ['overlong, of four', '\xf0\x8f\xbf\xbf'],
    ['the first half of a pair', '\xed\xa0\x80'],
    ['the second half of a pair', '\xed\xbf\xbf'],
    ['beyond U+10FFFF', '\xf4\x90\x80\x80'],
    ['of a first byte that is none', '\xf5\x80\x80\x80'],
    ['cut off', '\xe2\x82'],
  ])('and none that is %s: each of its bytes is shown as one', (_what, bytes) => {
    expect(oddBytes(textAsBytes(bytes)).invalid).toBe(bytes.length);
    const shown = [...bytes].map((byte) => String.fromCharCode(0xdc00 + byte.charCodeAt(0)));
    expect(lossyText(textAsBytes(`a${bytes}\xc3\xa9`))).toBe(`a${shown.join('')}é`);
  });
});

test('control characters are those that no text file needs; an escape is one, and makes no text binary', () => {
  const all = Array.from({ length: 0x81 }, (_, code) => String.fromCharCode(code));
  const counted = all.filter((sign) => oddBytes(utf8(sign)).control === 1);
  const hidden = all.filter((sign) => !isText(utf8(sign)));
  const codes = (signs: string[]) => signs.map((sign) => sign.charCodeAt(0));
  const between = (first: number, last: number) =>
    Array.from({ length: last - first + 1 }, (_, i) => first + i);
  expect(codes(counted)).toEqual([...between(0, 8), ...between(0x0e, 0x1f), 0x7f]);
  expect(codes(hidden)).toEqual([...between(0, 8), ...between(0x0e, 0x1a), ...between(0x1c, 0x1f), 0x7f]);
});

test('one odd byte in ten leaves a text', () => {
  expect(isText(utf8('nine text\0'))).toBe(true);
  expect(isText(utf8('of nine \0'))).toBe(false);
  expect(isText(utf8('two in nineteen \0\0\0'))).toBe(false);
  expect(isText(utf8(''))).toBe(true);
});
