import { expect, test } from 'vitest';
import { MAX_ATTACHED } from '../bounds.ts';
import { blobCount } from '../encoding/blobs.ts';
import { attachedTrouble } from './attached.ts';

const file = (name: string, size = 1) => ({ name, size, blobs: Array<string>(blobCount(size)).fill('') });
const troubleOf = (...names: string[]) => attachedTrouble(names.map((name) => file(name)));

test.each(['a.txt', 'sketch 2 (final).png', '設計.md', 'über.txt', 'a:b', '設'.repeat(85), 'x'.repeat(100)])(
  'a file may be called %j',
  (name) => {
    expect(troubleOf(name)).toBeNull();
  },
);

test.each([
  ['nothing', ''],
  ['the directory', '.'],
  ['the one above', '..'],
  ['a path', 'a/b'],
  ['a path elsewhere', 'a\\b'],
  ['what programs keep to themselves', '.git'],
  ['an option', '-rf'],
  ['a home', '~root'],
  ['a blank', ' a'],
  ['a name with a blank behind it', 'a '],
  ['a name with a dot behind it', 'a.'],
  ['two lines', 'a\nb'],
  ['an escape', 'a\u001b[2J'],
  ['what turns it around', 'a\u202etxt.exe'],
  ['what shows nothing', 'a\u200bb'],
  ['half a character', 'a\ud800'],
  ['more characters than its message has', 'x'.repeat(101)],
  ['more bytes than a file system takes', '設'.repeat(86)],
])('a file is not called %s', (_what, name) => {
  expect(troubleOf(name)).toContain('cannot be called');
});

test.each([
  ['the same', 'a', 'a'],
  ['the same but for capitals', 'a.TXT', 'A.txt'],
  ['the same but for how an accent is written', 'caf\u00e9', 'cafe\u0301'],
])('two files are not called %s', (_what, one, other) => {
  expect(troubleOf(one, other)).toContain('two attached files are called');
  expect(troubleOf(one, `${other}2`)).toBeNull();
});

test('so many files, and so many bytes together', () => {
  const names = Array.from({ length: MAX_ATTACHED.files }, (_, n) => `${n}`);
  expect(troubleOf(...names)).toBeNull();
  expect(troubleOf(...names, 'more')).toBe('at most 8 files can go with a task');
  expect(attachedTrouble([file('a', MAX_ATTACHED.bytes)])).toBeNull();
  expect(attachedTrouble([file('a', MAX_ATTACHED.bytes), file('b')])).toBe(
    'attached files may have at most 4194304 bytes together, these have 4194305',
  );
});

test('so many quotation marks in all names', () => {
  const names = Array.from({ length: 5 }, (_, n) => `${n}`.padStart(99, '"'));
  expect(troubleOf(...names, '"'.repeat(10))).toBeNull();
  expect(troubleOf(...names, '"'.repeat(11))).toBe(
    'the names of attached files may have at most 500 quotation marks together, these have 501',
  );
});

test('each with the blobs that its size has', () => {
  expect(attachedTrouble([{ name: 'a', size: 1, blobs: [] }])).toContain('cut into its blobs');
  expect(attachedTrouble([{ name: 'a', size: 0, blobs: ['x'] }])).toContain('cut into its blobs');
});
