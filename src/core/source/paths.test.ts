import { expect, test } from 'vitest';
import { checkPath, comparePaths } from './paths.ts';

test('paths are sorted by their UTF-8 bytes, as git sorts', () => {
  expect(['\u{10000}', '\uffe0', 'a'].sort(comparePaths)).toEqual(['a', '\uffe0', '\u{10000}']);
});

test.each([
  '/a',
  '../a',
  'a/../b',
  'a//b',
  './a',
  'a/',
  '',
  '.git/config',
  'a/.GIT/hooks/x',
  'a/.git',
  'git~1/x',
  'git~12',
  '.git /x',
  '.g\u200cit/x',
  '.git::$INDEX_ALLOCATION/x',
  'a\0b',
  'a\nb',
  'a\\b',
  'a\ufffdb',
  'a\ud800',
  'a'.repeat(256),
  `${'ü/'.repeat(1365)}bb`,
])('checkPath refuses %j', (path) => {
  expect(() => checkPath(path)).toThrow(/path/);
});

test('a long path is told by its beginning, and whole beside the words', () => {
  const path = `/${'a'.repeat(5_000)}`;
  expect(() => checkPath(path)).toThrow(
    expect.objectContaining({
      message: `the changed path "${path.slice(0, 200)}" cannot be used: it is too long`,
      details: [{ path }],
    }),
  );
});

test.each([
  '.github/x',
  '.gitignore',
  'a.git',
  'digit~1',
  'a..b/...',
  'a'.repeat(255),
  `${'ü/'.repeat(1365)}b`,
])('checkPath takes %j', (path) => {
  expect(checkPath(path)).toBe(path);
});
