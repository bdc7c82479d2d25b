/** A change of many files: group by group, each under a head that names what is in it, and nothing of it left out. */
import { expect, test } from 'vitest';
import { groupedOf, manyFiles } from '../../../test/support/large-change.ts';
import { MOST_LISTED } from '../../core/source/change-groups.ts';
import { isGroupHead } from './change-words.ts';

test('a change of few files has no groups, and stands in the order of its paths', () => {
  const { groups, files, diff } = groupedOf(manyFiles(MOST_LISTED - 3));
  expect([groups, files.length]).toEqual([[], MOST_LISTED]);
  expect(diff.split('\n').filter(isGroupHead)).toEqual([]);
  expect(diff.startsWith('--- a/a/f1.ts\n')).toBe(true);
});

test('a change of many has groups by directory, each with what it adds, removes and does not show', () => {
  const { groups, files, diff } = groupedOf(manyFiles(120));
  const none = { binary: 0, tooLong: 0, isDeep: true };
  expect(groups).toEqual([
    { ...none, directory: 'a/', files: 60, added: 60, removed: 60 },
    { ...none, directory: 'b/c/', files: 60, added: 60, removed: 60 },
    { ...none, directory: 'pictures/', files: 3, added: 0, removed: 0, binary: 3 },
  ]);
  expect(diff.split('\n').filter(isGroupHead)).toEqual([
    '=== group 1 of 3: a/  60 files, +60 -60 ===',
    '=== group 2 of 3: b/c/  60 files, +60 -60 ===',
    '=== group 3 of 3: pictures/  3 files, +0 -0, 3 binary ===',
  ]);
  expect(files).toHaveLength(123);
});

test('the head of a group names each of its files, and below it each is shown', () => {
  const { groups, files, diff } = groupedOf(manyFiles(120));
  const sections = diff.split(/^(?==== group )/m);
  expect(sections).toHaveLength(groups.length);
  let at = 0;
  for (const [n, section] of sections.entries()) {
    const own = files.slice(at, at + groups[n]!.files).map(({ path }) => path);
    at += own.length;
    const [head = ''] = section.split('\n\n');
    expect(
      head
        .split('\n')
        .slice(1)
        .map((row) => row.split('  ')[1]),
    ).toEqual(own);
    expect([...section.matchAll(/^\+\+\+ b\/(.*)$/gm)].map(([, path]) => path)).toEqual(own);
  }
});

test('a group of too many files says which part of it is shown', () => {
  const { diff } = groupedOf(manyFiles(700));
  expect(diff.split('\n').filter(isGroupHead)).toEqual([
    '=== group 1 of 5: a/ (part 1 of 2)  300 files, +300 -300 ===',
    '=== group 2 of 5: a/ (part 2 of 2)  50 files, +50 -50 ===',
    '=== group 3 of 5: b/c/ (part 1 of 2)  300 files, +300 -300 ===',
    '=== group 4 of 5: b/c/ (part 2 of 2)  50 files, +50 -50 ===',
    '=== group 5 of 5: pictures/  3 files, +0 -0, 3 binary ===',
  ]);
});

test('a file that moved says so in the head of its group, wherever it went', () => {
  const files = manyFiles(120);
  const [one, two] = [files[0]!, files[100]!];
  const moved = files.map((file) => {
    if (file === one) return { ...file, new: null };
    return file === two ? { ...file, old: null, new: one.old } : file;
  });
  const { diff } = groupedOf(moved.map((file) => ({ ...file, as: 'binary', hunks: [] })));
  expect(diff).toContain(`D binary  ${one.path} (moved to ${JSON.stringify(two.path)})`);
  expect(diff).toContain(`A binary  ${two.path} (moved from ${JSON.stringify(one.path)})`);
});

test('no line of a file is taken for the head of a group', () => {
  const lines = groupedOf(manyFiles(120)).diff.split('\n');
  const forged = ['+', '-', ' ', '\\'].map((sign) => `${sign}=== group 1 of 1: x/  1 file, +0 -0 ===`);
  expect(forged.filter(isGroupHead)).toEqual([]);
  expect(lines.filter((line) => line.includes('=== group')).every(isGroupHead)).toBe(true);
});
