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
  '.git /x',
  '.g\u200cit/x',
  '.git::$INDEX_ALLOCATION/x',
  'a\0b',
  'a\nb',
  'a\\b',
  'a\ufffdb',
  'a\ud800',
  `${'a'.repeat(256)}`,
])('checkPath refuses %j', (path) => {
  expect(() => checkPath(path)).toThrow(/path/);
});
