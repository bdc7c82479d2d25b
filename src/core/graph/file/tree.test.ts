import { describe, expect, test } from 'vitest';
import { Lexer } from 'yaml';
import { MAX_GRAPH_BYTES } from '../../bounds.ts';
import { isTooLarge, MAX_NESTING, readTree } from './tree.ts';

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
    ['a tag around all', '!mine {}', 'tag '],
  ])('%s', (_name, text, expected) => {
    expect(found(text)).toEqual([expected]);
  });

  test('a value that is refused is nothing', () => {
    expect(readTree('[.nan, !mine a, &x b, *x]').value).toEqual([null, null, 'b', null]);
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

test('2,000,000 signs are read, not one more', () => {
  const text = (lines: number) => `a\n${'\n'.repeat(lines)}`;
  const signs = (lines: number) => [...new Lexer().lex(text(lines))].length;
  expect(signs(100)).toBe(signs(0) + 100);
  const allowed = text(2_000_000 - signs(0));
  expect(found(allowed)).toEqual([]);
  expect(found(`${allowed}\n`)).toEqual(['too_large ']);
});
