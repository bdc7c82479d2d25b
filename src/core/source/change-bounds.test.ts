/** What one document shows and takes at most: each bound, and one more. */
import { describe, expect, test } from 'vitest';
import { changedFile } from '../../../test/support/changed-files.ts';
import { MAX_PARTS } from '../bounds.ts';
import { PART_BYTES, readDocument, shownFile, shownFiles } from './change-document.ts';
import type { ChangedFile } from './changes.ts';

const MIB = 1024 * 1024;
/** Sizes are looked at, not contents. */
const digest = () => new Uint8Array(32);
const zeros = (size: number) => new Uint8Array(size);
const rows = (count: number, rest = '') => `${'\n'.repeat(count)}${rest}`;

describe('a file is too long to be compared', () => {
  test.each<[string, string | Uint8Array | null, string | Uint8Array | null, string]>([
    ['new, of 8 MiB', null, zeros(8 * MIB), 'binary'],
    ['new, of more', null, zeros(8 * MIB + 1), 'too_long'],
    ['removed, of more', zeros(8 * MIB + 1), null, 'too_long'],
    ['changed, of as much', zeros(1), zeros(8 * MIB + 1), 'binary'],
    ['changed, of 32 MiB', zeros(1), zeros(32 * MIB), 'binary'],
    ['changed, of more', zeros(1), zeros(32 * MIB + 1), 'too_long'],
    ['that was of more', zeros(32 * MIB + 1), zeros(1), 'too_long'],
    ['with a million lines', zeros(1), rows(1_000_000, 'x'), 'binary'],
    ['with one more', zeros(1), rows(1_000_001), 'too_long'],
    ['that had a million lines', rows(1_000_000, 'x'), zeros(1), 'text_to_binary'],
    ['that had one more', rows(1_000_001), zeros(1), 'too_long'],
  ])('%s', (_what, old, now, as) => {
    expect(shownFile(changedFile('a', old, now), digest)).toMatchObject({ as, hunks: [] });
  });
});

test('files are shown in the order in which they come', async () => {
  async function* files(): AsyncIterable<ChangedFile> {
    yield changedFile('b', 'long\n', 'longer\n');
    yield changedFile('a', null, zeros(100));
    yield changedFile('c', null, 'x');
  }
  const shown = await shownFiles(files(), digest);
  expect(shown.map(({ path, as, hunks }) => `${path} ${as} ${hunks.length}`)).toEqual([
    'b hunks 1',
    'a binary 0',
    'c hunks 1',
  ]);
});

describe('a document', () => {
  test('of more than 32 MiB is not read', () => {
    expect(() => readDocument([zeros(MAX_PARTS * PART_BYTES), zeros(1)])).toThrow(/too many files to show/);
  });
});
