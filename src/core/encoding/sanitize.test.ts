import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { times } from '../../../test/support/counts.ts';
import { codesOf, FORBIDDEN, isForbidden } from '../../../test/support/hostile-texts.ts';
import { safeJson, sanitize } from './sanitize.ts';

const hostile = fc.string({
  unit: fc.oneof(
    fc
      .constantFrom(...FORBIDDEN)
      .chain(([from, to]) => fc.integer({ min: from, max: to }))
      .map((c) => String.fromCodePoint(c)),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    fc.constantFrom('a', '\\', 'x', 'u{', '}', '1', 'B', 'é', '漢', '👍'),
    fc.string({
      unit: fc.constantFrom('\u0301', '\u0e47', '\u20dd', '\u{1e8d0}'),
      minLength: 1,
      maxLength: 20,
    }),
  ),
});

/** Written out apart from the code under test. */
const CROWD = /\p{Mark}{9}/u;

describe('safe JSON', () => {
  test('says each character that is unsafe on a terminal in JSON’s own escapes', () => {
    const text = 'a\u001b[31m\u009b\u202e\u{e0041}\u007f\n\\x1b"é漢👍\udcff';
    expect(safeJson({ text })).toBe(
      '{"text":"a\\u001b[31m\\u009b\\u202e\\udb40\\udc41\\u007f\\n\\\\x1b\\"é漢👍\\udcff"}',
    );
    expect(safeJson([{ text }], 2).split('\n')).toHaveLength(5);
  });

  test('property: a parser has the value back, and nothing forbidden is printed', () => {
    fc.assert(
      fc.property(fc.dictionary(hostile, fc.array(hostile)), fc.constantFrom(0, 2), (value, indent) => {
        const json = safeJson(value, indent);
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(codesOf(json.replaceAll('\n', '')).filter((code) => isForbidden(code))).toEqual([]);
        expect(json).not.toMatch(CROWD);
      }),
      { numRuns: times(300, 5_000) },
    );
  });
});

/** The text that is shown so. */
const read = (shown: string): string =>
  shown.replace(/\\x([0-9a-f]{2})|\\u\{([0-9a-f]+)\}/g, (_, byte, code) =>
    String.fromCodePoint(Number.parseInt(byte ?? code, 16)),
  );

describe('sanitize', () => {
  test.each([
    ['plain text, é 漢 👍', 'plain text, é 漢 👍'],
    ['\u001b[31mred', '\\x1b[31mred'],
    ['\u001b]52;c;eA==\u0007', '\\x1b]52;c;eA==\\x07'],
    ['\u009b2J', '\\x9b2J'],
    ['ok\r\u0008\u007fx', 'ok\\x0d\\x08\\x7fx'],
    ['a\u202eb', 'a\\u{202e}b'],
    ['a\u{e0041}b', 'a\\u{e0041}b'],
    ['a\ud800b', 'a\\u{d800}b'],
    ['one\ntwo\tx', 'one\\x0atwo\\x09x'],
    ['one\u2028two', 'one\\u{2028}two'],
    ['a\u00a0b\u2800c\ufe0f', 'a\\xa0b\\u{2800}c\\u{fe0f}'],
    // What only reads as an escape
    ['a\\u{202e}b', 'a\\x5cu{202e}b'],
    ['a\\x1b\\X1B', 'a\\x5cx1b\\x5cX1B'],
    ['\\x5cx1b', '\\x5cx5cx1b'],
    ['C:\\users \\u202e \\x1', 'C:\\users \\u202e \\x1'],
    // Marks on one letter: as many as Tibetan has, and no more
    ['ཧྐྵྨླྺྼྻྂ', 'ཧྐྵྨླྺྼྻྂ'],
    [`e${'\u0301'.repeat(10)}e\u0301`, `e${'\u0301'.repeat(8)}\\u{301}\\u{301}e\u0301`],
    // An iota is a letter, though one mark becomes one in capitals
    ['ι'.repeat(12), 'ι'.repeat(12)],
  ])('%j is shown as %s', (text, shown) => {
    expect(sanitize(text)).toBe(shown);
  });

  test('what was shown already keeps its escapes, and still lets nothing through', () => {
    expect(sanitize('\\x1b \\u{202e} \u001b', undefined, { shown: true })).toBe('\\x1b \\u{202e} \\x1b');
    expect(sanitize(`\\x1b\u202e${'a'.repeat(99)}`, 64, { shown: true })).toMatch(/^\\x1b\\u\{202e\}a+…/);
  });

  test('newline and tab stay in multi-line text, carriage return does not', () => {
    expect(sanitize('a\r\n\tb', undefined, { multiline: true })).toBe('a\\x0d\n\tb');
  });

  test('every forbidden character, one by one', () => {
    for (const [from, to] of FORBIDDEN) {
      for (let code = from; code <= to; code++) {
        expect(codesOf(sanitize(`a${String.fromCodePoint(code)}b`)).some(isForbidden)).toBe(false);
      }
    }
  });

  test('property: nothing forbidden comes out, each text has its own, the limit holds', () => {
    const max = fc.oneof(fc.constant(undefined), fc.integer({ min: 0, max: 80 }));
    fc.assert(
      fc.property(hostile, max, fc.boolean(), (text, limit, multiline) => {
        const shown = sanitize(text, limit, { multiline });
        expect(codesOf(shown).filter((c) => isForbidden(c) && !(multiline && (c === 9 || c === 10)))).toEqual(
          [],
        );
        expect(read(sanitize(text, undefined, { multiline }))).toBe(text);
        expect(shown).not.toMatch(CROWD);
        if (limit !== undefined) expect(shown.length).toBeLessThanOrEqual(Math.max(limit, 32));
      }),
      { numRuns: times(2_000, 100_000) },
    );
  });

  test('what is as long as the limit is whole, with its escapes counted', () => {
    for (const [text, shown] of [
      ['x'.repeat(40), 'x'.repeat(40)],
      [`\x1b${'x'.repeat(36)}`, `\\x1b${'x'.repeat(36)}`],
    ] as const)
      expect([sanitize(text, 40), sanitize(`${text}x`, 40).length <= 40]).toEqual([shown, true]);
    expect(sanitize(`${'x'.repeat(24)}${'\uffff'.repeat(16)}`, 32)).toMatch(/^x+…\(\+18 cut\)$/);
  });
  test('says how many characters were cut and never cuts an escape or a pair in half', () => {
    expect(sanitize('x'.repeat(100), 40)).toBe(`${'x'.repeat(29)}…(+71 cut)`);
    const shown = sanitize('👍'.repeat(50), 40);
    const [, kept = '', cut] = /^(.*)…\(\+(\d+) cut\)$/u.exec(shown) ?? [];
    expect([...kept].every((c) => c === '👍')).toBe(true);
    expect([...kept].length + Number(cut)).toBe(50);
    expect(sanitize('\\x1b'.repeat(20), 40)).toMatch(/^(\\x5cx1b)+(\\x5c)?(x(1b?)?)?…\(\+\d+ cut\)$/);
    expect(sanitize('\u202e'.repeat(10), 40)).toMatch(/^(\\u\{202e\})+…\(\+\d cut\)$/);
  });

  test('ten megabytes cost little', () => {
    const start = performance.now();
    for (const one of ['\u001b', '\u0301'])
      expect(sanitize(one.repeat(10_000_000), 1_000).length).toBeLessThanOrEqual(1_000);
    expect(performance.now() - start).toBeLessThan(3_000);
  });
});

test('no character takes the one after it into its cell', () => {
  const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
  const joins: string[] = [];
  // A line each, since nothing joins over the end of a line: to begin with a text anew costs most of it
  for (let from = 0x21; from <= 0x10ffff; from += 0x800) {
    const codes = Array.from({ length: Math.min(0x800, 0x110000 - from) }, (_, i) => from + i);
    const text = codes.map((code) => `${String.fromCodePoint(code)}|\n`).join('');
    const lines = sanitize(text, undefined, { multiline: true });
    const shown = graphemes.segment(lines);
    let at = -1;
    for (const code of codes) {
      at = lines.indexOf('\n', at + 1);
      if (shown.containing(at - 1)?.segment !== '|') joins.push(code.toString(16));
    }
    expect(at).toBe(lines.length - 1);
  }
  expect(joins).toEqual([]);
});
