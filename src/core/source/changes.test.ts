import { sha256 } from '@noble/hashes/sha2.js';
import { describe, expect, test } from 'vitest';
import { fromUtf8, toHex, utf8 } from '../encoding/bytes.ts';
import {
  type ChangedFile,
  changeList,
  changesDigest,
  checkPath,
  decodeBundle,
  encodeBundle,
  renderDiff,
} from './changes.ts';

const file = (path: string, old: string | null, now: string | null, mode = '100644'): ChangedFile => ({
  path,
  mode,
  old: old === null ? null : utf8(old),
  new: now === null ? null : utf8(now),
});

describe('changeList', () => {
  test('is sorted by UTF-8 bytes, as git sorts', () => {
    const paths = changeList(
      [file('\u{10000}', null, ''), file('\uffe0', null, ''), file('a', '', null)],
      sha256,
    );
    expect(paths.map((c) => c.path)).toEqual(['a', '\uffe0', '\u{10000}']);
  });
  test('has digests of contents and null where there is no file', () => {
    expect(changeList([file('a', null, 'x')], sha256)).toEqual([
      { path: 'a', mode: '100644', old: null, new: toHex(sha256(utf8('x'))) },
    ]);
  });
  test('refuses a path listed twice and an unknown mode', () => {
    expect(() => changeList([file('a', null, 'x'), file('a', null, 'y')], sha256)).toThrow(/twice/);
    expect(() => changeList([file('a', null, 'x', '040000')], sha256)).toThrow(/mode/);
  });
  test('the digest does not depend on the order given, but on everything else', () => {
    const [a, b] = [file('a', null, 'x'), file('b', 'x', null)];
    const digest = (...files: ChangedFile[]) => changesDigest(changeList(files, sha256), sha256);
    expect(digest(a, b)).toBe(digest(b, a));
    expect(new Set([digest(a), digest(b), digest(a, b), digest({ ...a, mode: '100755' })]).size).toBe(4);
  });
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

describe('bundle', () => {
  const files = [file('a.txt', 'old\n', 'new\n'), file('b', null, '\0\xff', '100755'), file('c', '', null)];
  test('comes back as it was', () => {
    expect(decodeBundle(encodeBundle(files))).toEqual(files);
  });
  test('is refused when too large', () => {
    expect(() => encodeBundle([file('a', null, 'x'.repeat(1024 * 1024))])).toThrow(/too large to show/);
    expect(() => decodeBundle(new Uint8Array(1024 * 1024 + 1))).toThrow(/too large to show/);
    // fits as bytes, not as base64
    expect(() => encodeBundle([file('a', null, 'x'.repeat(900_000))])).toThrow(/too large to show/);
  });
  test('any other text than the canonical one is refused', () => {
    const text = fromUtf8(encodeBundle([file('a', null, 'x')]));
    for (const other of [
      ` ${text}`,
      text.replace('"v":1', '"v":2'),
      text.replace('"v":1', '"v":1,"v":1'),
      text.replace('"v":1', '"v":1,"w":1'),
      text.replace('"a"', '"../a"'),
      text.replace('100644', '100600'),
      text.replace('eA==', 'eB=='),
      text.replace('"eA=="', '7'),
      'null',
      '',
    ]) {
      expect(() => decodeBundle(utf8(other)), other).toThrow(/bundle|path|mode|base64/);
    }
  });
});

describe('renderDiff', () => {
  test('shows added, removed and changed lines', () => {
    const [diff] = renderDiff([file('a', 'one\ntwo\n', 'one\nthree\n')]);
    expect(diff).toEqual({
      path: 'a',
      added: 1,
      removed: 1,
      binary: false,
      text: '--- a/a\n+++ b/a\nmode 100644\n@@ -1,2 +1,2 @@\n one\n-two\n+three\n',
    });
  });
  test('says what is binary', () => {
    const [diff] = renderDiff([file('a', null, '\0')]);
    expect(diff).toMatchObject({ binary: true, added: 0, text: expect.stringContaining('1 bytes after') });
  });
  test('shows a new file, a removed file and a changed mode alone', () => {
    const [a, b, c] = renderDiff([
      file('a', null, 'x'),
      file('b', 'x\n', null),
      file('c', 'x', 'x', '100755'),
    ]);
    expect(a!.text).toContain('--- /dev/null\n+++ b/a\n');
    expect(a!.text).toContain('+x\n\\ No newline');
    expect(b!).toMatchObject({ added: 0, removed: 1 });
    expect(c!).toMatchObject({ added: 0, removed: 0, text: '--- a/c\n+++ b/c\nmode 100755\n' });
  });
  test('stays bounded for two long files with nothing in common', () => {
    const rows = (name: string) => Array.from({ length: 20_000 }, (_, i) => `${name}${i}\n`).join('');
    const [diff] = renderDiff([file('a', rows('x'), rows('y'))]);
    expect(diff).toMatchObject({ added: 20_000, removed: 20_000, binary: false });
  });
});
