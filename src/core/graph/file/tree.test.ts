import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { MAX_GRAPH_BYTES } from '../../bounds.ts';
import { parseYaml, yamlText } from '../../encoding/yaml.ts';
import { isTooLarge, readTree } from './tree.ts';
import { MAX_NESTING } from './walk.ts';

const found = (text: string) => readTree(text).report.problems.map(({ code, path }) => `${code} ${path}`);

test.each([
  ['one byte for each character', 'x'.repeat(MAX_GRAPH_BYTES), false],
  ['a byte more', 'x'.repeat(MAX_GRAPH_BYTES + 1), true],
  ['two bytes for each character', 'é'.repeat(MAX_GRAPH_BYTES / 2), false],
  ['fewer characters, and a byte more', `x${'é'.repeat(MAX_GRAPH_BYTES / 2)}`, true],
])('the bound is counted in bytes: %s', (_name, text, over) => {
  expect(isTooLarge(text)).toBe(over);
});

describe('what is not read', () => {
  test.each([
    ['half a character in a comment', 'a: 1 # \ud800', 'not_text '],
    ['a line that only YAML sees, behind a comment', 'a: 1 # ours\rb: 2', 'syntax '],
    ['a control character in a comment', 'a: 1 # \u001b[2K', 'syntax '],
    ['a control character in a text', 'a: "\u0007"', 'syntax '],
    ['half a character by its number', 'a: "\\ud800"', 'not_text a'],
    ['a key of half a character', '"\\ud800": 1', 'key ?'],
    ['no number', 'a: .nan', 'wrong_value a'],
    ['a number without end', 'a: -.inf', 'wrong_value a'],
    ['a key that is an alias', 'a: &x b\n*x : 1', 'alias ?'],
    ['a key with a tag', '!mine a: 1', 'tag a'],
    ['a key that is a number', '1: 1', 'key ?'],
    ['a key that is nothing', 'null: 1', 'key ?'],
    ['a key that is a list', '? [a]\n: 1', 'key ?'],
    ['a key twice', 'a: 1\n"a": 2', 'duplicate_key a'],
    ['prototype', 'prototype: 1', 'key prototype'],
    ['a key of 1,025 characters', `? ${'k'.repeat(1025)}\n: 1`, 'key '],
    ['a tag around all', '!mine {}', 'tag '],
  ])('%s', (_name, text, expected) => {
    expect(found(text)).toEqual([expected]);
  });

  test('a value that is refused is nothing', () => {
    expect(readTree('[.nan, !mine a, &x b, *x]').value).toEqual([null, null, 'b', null]);
  });
});

test('of what JSON lets stand as it is nothing is refused', () => {
  const text = '\u007f\u009b\u0085\u2028\ufeff\uffff';
  expect(readTree(JSON.stringify({ text })).value).toEqual({ text });
});

test('lines end as on any system', () => {
  expect(readTree('a: 1\r\nb: |\r\n  c\r\n').value).toEqual({ a: 1, b: 'c\n' });
});

describe('what is no YAML is told with what a person more often did', () => {
  test.each([
    [
      'a quotation mark',
      'a: "x\nb: 1',
      2,
      1,
      'deficient indentation; perhaps a quotation mark or bracket above is',
    ],
    ['a bracket', 'a: [x\nb: 1', 2, 1, 'deficient indentation; perhaps a quotation mark or bracket above is'],
    ['the indentation of a bracket', 'a: {\n  b: 1\n}', 3, 1, 'deficient .*, or its end is not indented'],
    ['a colon within', 'a:\n  b 1\n  c: 2', 3, 4, 'mapping entry; perhaps a colon is missing above'],
    ['quotation marks', 'a: b: c', 1, 5, 'mapping entry; perhaps .*, or a value here needs quotation marks'],
    [
      'the space behind a colon',
      'a: 1\nb:2\n',
      3,
      1,
      'implicit key; perhaps a colon is missing, or the space',
    ],
    ['the first colon', 'a 1\nb: 2', 2, 2, 'is expected; perhaps a colon is missing, or the space'],
    [
      'a colon in a list',
      'a:\n  - b: 1\n    c 2',
      3,
      8,
      "':' after .*; perhaps a colon is missing, or the space",
    ],
  ])('%s was left out', (_name, text, line, column, words) => {
    const message = expect.stringMatching(words);
    expect(readTree(text).report.problems).toEqual([
      { severity: 'error', code: 'syntax', path: '', line, column, message },
    ]);
  });

  test('of others the parser’s own words are all', () => {
    expect(readTree('a: {b: 1 c: 2}').report.problems[0]!.message).toBe(
      'missed comma between flow collection entries',
    );
  });
});

test('a key without a value is nothing', () => {
  expect(readTree('{ a, b: {c} }').value).toEqual({ a: null, b: { c: null } });
});

test.each([
  ['lists', '[', ']'],
  ['maps', '{a: ', '}'],
  ['block lists', '- ', ''],
])('%s are read to a depth of 32', (_name, open, close) => {
  const nested = (depth: number) => `${open.repeat(depth)}1${close.repeat(depth)}`;
  expect(found(nested(MAX_NESTING))).toEqual([]);
  expect(found(nested(MAX_NESTING + 1))).toEqual([expect.stringContaining('too_deep ')]);
});

test('a key of 1,024 characters is read', () => {
  expect(found(`${'k'.repeat(1024)}: 1`)).toEqual([]);
});

test('a path has at most 1,024 characters: what is deeper is placed where what is around it is', () => {
  const key = 'k'.repeat(600);
  const { source, report } = readTree(`b:\n  ${key}:\n    ${key}: [1,\n     2]\n`);
  expect(report.problems.map(({ code }) => code)).toEqual([]);
  expect(source.at(`b.${key}.${key}.1`)).toEqual(source.at(`b.${key}`));
  expect(source.at(`b.${key}`)).toEqual({ line: 2, column: 3 });
});

test.each([
  ['lines', '\n', 1],
  ['keys alone', ':,', 4],
  ['lists in lists', `\n${'- '.repeat(20)}`, 41],
])('signs for 2,500,000 events are read, not one more: %s', (_name, sign, events) => {
  const allowed = Math.floor(2_500_000 / events);
  expect(found(sign.repeat(allowed + 1))).toContain('too_large ');
  expect(found(sign.repeat(allowed))).not.toContain('too_large ');
});

describe('property: two readers that nobody wrote together agree', () => {
  const value = fc.letrec((tie) => ({
    text: fc.oneof(
      fc.string(),
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom(
        'null',
        '~',
        '1',
        '0x1f',
        '1e3',
        '.5',
        'yes',
        '- a',
        'a: b',
        '# a',
        'a\n\n b\n',
        ' a',
        '\ta',
      ),
    ),
    leaf: fc.oneof(
      tie('text'),
      fc.integer(),
      fc.double({ noDefaultInfinity: true, noNaN: true }),
      fc.boolean(),
      fc.constant(null),
    ),
    any: fc.oneof(
      { depthSize: 'small' },
      tie('leaf'),
      fc.array(tie('any'), { maxLength: 4 }),
      fc.dictionary(
        fc
          .oneof(fc.stringMatching(/^[a-z_ -]{1,8}$/), fc.string({ minLength: 1 }))
          .filter((key) => !key.includes('proto')),
        tie('any'),
        { maxKeys: 4 },
      ),
    ),
  })).any;
  const styles = [
    {},
    { collectionStyle: 'flow' },
    { defaultStringType: 'QUOTE_DOUBLE', lineWidth: 20 },
    { defaultStringType: 'BLOCK_FOLDED', defaultKeyType: 'PLAIN', indentSeq: false },
  ] as const;
  /** Without prototypes, and `-0` as YAML writes it. */
  const plain = (found: unknown): unknown => JSON.parse(JSON.stringify(found));

  test('what the other wrote, in each of its styles', () => {
    fc.assert(
      fc.property(value, fc.constantFrom(...styles), (given, style) => {
        const text = stringify([given], { ...style, version: '1.2' });
        // The other folds a quoted text between the halves of a character too, and then wrote no text
        fc.pre(text.isWellFormed());
        const { value: found, report } = readTree(text);
        expect(report.problems, text).toEqual([]);
        expect(plain(found), text).toEqual(plain(parse(text)));
        expect(plain(found), text).toEqual(plain([given]));
      }),
      { numRuns: 400 },
    );
  });

  test('what we wrote', () => {
    fc.assert(
      fc.property(value, (given) => {
        const text = yamlText([given]);
        for (const read of [
          parse,
          (one: string) => readTree(one).value,
          (one: string) => parseYaml(one, Error),
        ])
          expect(plain(read(text)), text).toEqual(plain([given]));
      }),
      { numRuns: 400 },
    );
  });
});
