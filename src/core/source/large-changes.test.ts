/** Contents of megabytes: what is shown of them is bounded, and costs what changed. */

import { beforeAll, describe, expect, test } from 'vitest';
import { changedFile, longRows, noText, numberedRows } from '../../../test/support/changed-files.ts';
import { times } from '../../../test/support/counts.ts';
import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import { MAX_PARTS } from '../bounds.ts';
import { decodingBase64, encodingBase64 } from '../encoding/base64-steps.ts';
import { cutIntoBlobs } from '../encoding/blobs.ts';
import { equal, toBase64, utf8 } from '../encoding/bytes.ts';
import type { Steps } from '../steps.ts';
import {
  isLargeChange,
  isRecomputed,
  PART_BYTES,
  readDocument,
  readingDocument,
  recomputing,
  type ShownFile,
  shownFile,
  shownFiles,
  takingWhole,
  writeDocument,
  writingDocument,
} from './change-document.ts';
import type { ChangedFile } from './changes.ts';
import { describedChange } from './described-change.ts';
import { diffingText } from './diff-text.ts';
import { fewestEdits } from './edits.ts';
import { findingHunks, hunksBetween } from './find-hunks.ts';
import { applyHunks, applyingHunks, readingHunks, takingBoth, writeHunks, writingHunks } from './hunks.ts';

const { sha256 } = suiteWasm;
const BASE = 'ba'.repeat(20);
const MIB = 1024 * 1024;
const shown = (...args: Parameters<typeof changedFile>) => shownFile(changedFile(...args), sha256);
const written = (...args: Parameters<typeof changedFile>) => writeDocument(BASE, [shown(...args)]);

test('a document comes back as it was from parts of a blob’s size, in their order', () => {
  const files = [shown('a', 'old\n', 'new\n'), shown('b', null, longRows(2_300))];
  const parts = cutIntoBlobs(writeDocument(BASE, files));
  expect(parts.map((part) => part.length).slice(0, -1)).toEqual(Array(parts.length - 1).fill(PART_BYTES));
  expect(parts.length).toBeGreaterThan(2);
  expect(readDocument(parts)).toEqual({ base: BASE, files });
  expect(() => readDocument([...parts].reverse())).toThrow(/damaged/);
  expect(() => readDocument(parts.slice(1))).toThrow(/damaged/);
});
const listed = async (...files: ChangedFile[]) => {
  async function* all() {
    yield* files;
  }
  return (await shownFiles(all(), sha256)).map(({ path, as }) => `${path} ${as}`);
};
test('a document grows with what changed, not with what is there', () => {
  const lock = written('lock', numberedRows(400_000), numberedRows(400_000, { 9: 'x' }));
  const picture = written('picture', noText(20 * MIB), noText(20 * MIB + 1));
  expect([lock.length, picture.length].every((size) => size < 1000)).toBe(true);
});
test('a document has the digests alone of what does not fit; one large file takes no other’s place', async () => {
  const sized = (path: string, lines: number) => changedFile(path, null, longRows(lines));
  expect(await listed(sized('a', 9_000), sized('b', 1))).toEqual(['a too_long', 'b hunks']);
  // Together they are too much: the largest goes, whenever it comes
  const [small, middle, large] = [10, 3_300, 5_500];
  expect(await listed(sized('a', large), sized('b', middle), sized('c', small))).toEqual([
    'a too_long',
    'b hunks',
    'c hunks',
  ]);
  expect(await listed(sized('a', small), sized('b', middle), sized('c', large))).toEqual([
    'a hunks',
    'b hunks',
    'c too_long',
  ]);
});
describe('of very many small files', () => {
  const near = (one: ShownFile) => (one.hunks[0]?.lines.length ?? 0) < 10;
  const shownOf = async (...files: ChangedFile[]) => {
    async function* all() {
      yield* files;
    }
    return shownFiles(all(), sha256);
  };
  const rows = numberedRows(3_200);
  const one = (i: number) => changedFile(`f${i + 100}`, rows, numberedRows(3_200, { [i]: 'x' }));
  const most = Math.floor((4 * MIB) / (2 * rows.length));
  const some = (count: number) => Array.from({ length: count }, (_, i) => one(i));
  const tooMany = some(most + 1);
  let more: readonly ShownFile[];
  beforeAll(async () => {
    more = await shownOf(...tooMany);
  });

  test('each is shown whole up to 4 MiB, and then near its changes alone: none is left out', async () => {
    const whole = await shownOf(...tooMany.slice(0, most));
    expect([whole.some(near), isLargeChange(whole)]).toEqual([false, false]);
    expect([more.every(near), isLargeChange(more)]).toEqual([true, true]);
    expect(more.every(({ as }) => as === 'hunks')).toBe(true);
    expect(readDocument([writeDocument(BASE, more)]).files).toEqual(more);
  });
  test('what cannot be read in part is whole there too: new and removed files, and UTF-16', async () => {
    const utf16 = (last: string) => Buffer.from(`\ufeff${rows.slice(0, 9_000)}${last}`, 'utf16le');
    const odd = [
      changedFile('new', null, rows),
      changedFile('old', rows, null),
      changedFile('wide', utf16('x'), utf16('y')),
    ];
    const files = await shownOf(...tooMany, ...odd);
    expect(files.filter((file) => !near(file)).map(({ path }) => path)).toEqual(['new', 'old', 'wide']);
    expect(files.slice(-3).every((file) => isRecomputed(file, null, sha256, true))).toBe(true);
  });
  test('T142 a part of a small file is not recomputed there, and refused where there is room for all of it', () => {
    const [file] = more;
    expect(isRecomputed(file!, null, sha256, true)).toBe(false);
    expect(isRecomputed(file!, utf8(rows), sha256, true)).toBe(true);
    expect(() => isRecomputed(file!, null, sha256, false)).toThrow(/does not give the content/);
    const lie = { ...file!, new: { ...file!.new!, sha256: '00'.repeat(32) } };
    expect(() => isRecomputed(lie, utf8(rows), sha256, true)).toThrow(/does not give the content/);
  });
  test('what is shown by its digest for want of room counts: nobody makes a change small by it', () => {
    const files = more.map(
      (file, at): ShownFile => (at === 0 ? { ...file, as: 'too_long', hunks: [] } : file),
    );
    expect(isLargeChange(files)).toBe(true);
    expect(isLargeChange(files.map((file): ShownFile => ({ ...file, as: 'binary' })))).toBe(false);
  });
});
test('of many files of a megabyte those that fit are shown', async () => {
  const megabyte = `${'long '.repeat(1_400)}\n`.repeat(150);
  // More than twice what fits: what is left out is left out before all are there
  const many = Array.from({ length: Math.max(20, times(30, 100)) }, (_, i) =>
    changedFile(`f${i + 100}`, null, megabyte),
  );
  const shownOnes = (await listed(...many)).filter((one) => one.endsWith(' hunks'));
  expect(shownOnes).toEqual(
    ['f100', 'f101', 'f102', 'f103', 'f104', 'f105', 'f106'].map((path) => `${path} hunks`),
  );
});
test('a file of nothing but line ends is not compared', async () => {
  const empty = new Uint8Array(2_000_000).fill(10);
  expect(await listed(changedFile('a', empty, new Uint8Array(2_000_001).fill(10)))).toEqual(['a too_long']);
});
test('one line of five megabytes costs one hunk of seven lines', () => {
  const [old, now] = [utf8(numberedRows(450_000)), utf8(numberedRows(450_000, { 200000: 'changed' }))];
  const hunks = hunksBetween(old, now, 3);
  expect(old.length).toBeGreaterThan(4_500_000);
  expect(writeHunks(hunks).length).toBeLessThan(200);
  expect(equal(applyHunks(old, hunks), now)).toBe(true);
});

test('a text in UTF-16 that cannot be shown whole is not shown', () => {
  const utf16 = (units: number) => Buffer.from(`\ufeff${'x'.repeat(units - 1)}`, 'utf16le');
  const most = 4 * 1024 * 1024;
  expect(shown('a', utf16(2), utf16(most - 2)).as).toBe('hunks');
  expect(shown('a', utf16(2), utf16(most - 1)).as).toBe('too_long');
  expect(shown('a', 'text', utf16(most - 1))).toMatchObject({ as: 'too_long', hunks: [] });
});
test('hunks of 8 MiB are shown, and no more', async () => {
  const sized = (path: string, mebibytes: number, less: number) =>
    changedFile(path, null, 'x'.repeat(mebibytes * MIB - less));
  // One hunk of one line takes a sign and 64 for its head
  expect(await listed(sized('a', 3, 65), sized('b', 5, 65), changedFile('c', null, noText(100)))).toEqual([
    'a hunks',
    'b hunks',
    'c binary',
  ]);
  expect(await listed(sized('a', 3, 65), sized('b', 5, 64))).toEqual(['a hunks', 'b too_long']);
});
test('a document is written and read up to 32 MiB', () => {
  const most = MAX_PARTS * PART_BYTES;
  const without = writeDocument('', []).length;
  expect(writeDocument('x'.repeat(most - without), [])).toHaveLength(most);
  expect(() => writeDocument('x'.repeat(most - without + 1), [])).toThrow(/too many files to show/);
  expect(() => readDocument([new Uint8Array(most)])).toThrow(/damaged/);
});
test('hunks are read up to 16 MiB', () => {
  const file = {
    path: 'a',
    old: null,
    new: { mode: '100644', sha256: '00'.repeat(32), size: 1 },
    as: 'hunks',
  };
  const read = (size: number) => () =>
    readDocument([utf8(JSON.stringify({ v: 2, base: BASE, files: [{ ...file, hunks: '*'.repeat(size) }] }))]);
  expect(read(16 * MIB)).toThrow(/malformed base64/);
  expect(read(16 * MIB + 4)).toThrow(/what was to be shown is damaged/);
});
test('two long files with nothing in common are one hunk, in bounded time', () => {
  const [hunk, ...more] = hunksBetween(
    utf8(numberedRows(20_000)),
    utf8(numberedRows(20_000).replaceAll('row', 'line')),
    3,
  );
  expect(more).toEqual([]);
  expect(hunk).toMatchObject({ oldLines: 20_000, newLines: 20_000 });
});
describe('T174 twice as long a file takes twice as many steps, none of them longer', () => {
  const NONE = new Uint8Array();
  const rows = (lines: number) => Array.from({ length: lines }, (_, i) => `${i} of ${lines}`);
  const before = (lines: number) => utf8(numberedRows(lines));
  const after = (lines: number) => utf8(numberedRows(lines).replaceAll('row', 'line'));
  const oneSided = (lines: number) => hunksBetween(NONE, after(lines), 3);
  const twoSided = (lines: number) => hunksBetween(before(lines), after(lines), 3);
  const added = (lines: number) => shown('a', null, numberedRows(lines));
  test.each<[string, (lines: number) => Steps<unknown>]>([
    ['found', (lines) => findingHunks(NONE, after(lines), 3)],
    // Where all is another, by the square of its length
    ['searched', (lines) => fewestEdits(rows(6 * Math.sqrt(lines)), rows(5 * Math.sqrt(lines)), 8_000)],
    ['written', (lines) => writingHunks(oneSided(lines))],
    ['read', (lines) => readingHunks(utf8(writeHunks(oneSided(lines))))],
    ['applied', (lines) => applyingHunks(before(lines), twoSided(lines))],
    ['taken for both contents', (lines) => takingBoth(twoSided(lines))],
    ['compared with both digests', (lines) => takingWhole(added(lines), sha256)],
    ['computed again', (lines) => recomputing(added(lines), null, sha256, true)],
    ['put into a document', (lines) => writingDocument(BASE, [added(lines)])],
    ['read from a document', (lines) => readingDocument([writeDocument(BASE, [added(lines)])])],
    ['as a diff', (lines) => diffingText(added(lines), true, sha256)],
    ['to base64', (lines) => encodingBase64(new Uint8Array(40 * lines))],
    ['from base64', (lines) => decodingBase64(toBase64(new Uint8Array(40 * lines)))],
  ])('%s', (_what, work) => {
    const [few, many] = [20_000, 40_000].map((lines) => [...work(lines)].length);
    expect(few).toBeGreaterThan(1);
    expect(many).toBeGreaterThan(1.8 * few! - 4);
    expect(many).toBeLessThan(2.2 * few! + 4);
  });
  test('described, by whoever takes the steps', async () => {
    const files = [changedFile('a', null, numberedRows(30_000)), changedFile('b', 'x\n', 'y\n')];
    async function* all() {
      yield* files;
    }
    let steps = 0;
    const counted = async <T>(work: Steps<T>): Promise<T> => {
      for (;;) {
        const step = work.next();
        if (step.done) return step.value;
        steps += 1;
        await null;
      }
    };
    expect(await describedChange(BASE, all(), sha256, counted)).toEqual(
      await describedChange(BASE, all(), sha256),
    );
    expect(steps).toBeGreaterThan(150);
  });
});
test('T174 many files are read and shown in steps, and so is one large file', () => {
  const many = Array.from({ length: 200 }, (_, i) => shown(`f${i + 100}`, 'old\n', 'new\n'));
  const document = writeDocument(BASE, many);
  expect([...readingDocument([document])].length).toBeGreaterThan(2 * many.length);
  expect([...diffingText(many[0]!, true, sha256)].length).toBeGreaterThan(4);
});
