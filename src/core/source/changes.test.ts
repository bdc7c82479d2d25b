import { sha256 } from '@noble/hashes/sha2.js';
import { expect, test } from 'vitest';
import { toHex, utf8 } from '../encoding/bytes.ts';
import { type Change, type ChangedFile, changeList, changeOf, changesDigest } from './changes.ts';

const side = (text: string | null, mode: string) => (text === null ? null : { mode, bytes: utf8(text) });
const file = (
  path: string,
  old: string | null,
  now: string | null,
  modes = ['100644', '100644'],
): ChangedFile => ({
  path,
  old: side(old, modes[0]!),
  new: side(now, modes[1]!),
});
const change = (...args: Parameters<typeof file>): Change => changeOf(file(...args), sha256);

test('an entry has mode, digest and size of each side, and null where there is no file', () => {
  expect(change('a', null, 'x')).toEqual({
    path: 'a',
    old: null,
    new: { mode: '100644', sha256: toHex(sha256(utf8('x'))), size: 1 },
  });
});
test('the list is in the order of git', () => {
  const list = changeList([change('\u{10000}', null, ''), change('\uffe0', null, ''), change('a', '', null)]);
  expect(list.map(({ path }) => path)).toEqual(['a', '\uffe0', '\u{10000}']);
});
test.each<[string, Change[], RegExp]>([
  ['a path listed twice', [change('a', null, 'x'), change('a', null, 'y')], /twice/],
  ['an unknown mode', [change('a', null, 'x', ['', '040000'])], /mode/],
  ['an unknown old mode', [change('a', 'x', null, ['100664', ''])], /mode/],
  ['a path that was nowhere', [{ path: 'a', old: null, new: null }], /nowhere/],
  ['a path that leads out', [change('../a', null, 'x')], /path/],
])('%s is refused', (_what, list, words) => {
  expect(() => changeList(list)).toThrow(words);
});
test('the digest does not depend on the order given, but on everything else, the old mode among it', () => {
  const [a, b] = [change('a', 'w', 'x'), change('b', 'x', null)];
  const digest = (...list: Change[]) => changesDigest(list, sha256);
  expect(digest(a, b)).toBe(digest(b, a));
  const others = [
    change('a', 'v', 'x'),
    change('a', 'w', 'y'),
    change('a', 'w', 'x', ['100755', '100644']),
    change('a', 'w', 'x', ['100644', '100755']),
    change('c', 'w', 'x'),
  ];
  expect(new Set([a, ...others].map((one) => digest(one, b))).size).toBe(6);
});
