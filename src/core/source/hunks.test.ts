import { describe, expect, test } from 'vitest';
import { numberedRows } from '../../../test/support/changed-files.ts';
import { times } from '../../../test/support/counts.ts';
import { utf8 } from '../encoding/bytes.ts';
import { textAsBytes } from './byte-lines.ts';
import { hunksBetween } from './find-hunks.ts';
import { applyHunks, bothContents, readHunks, writeHunks } from './hunks.ts';

const shown = (old: string, now: string, context = 3) =>
  writeHunks(hunksBetween(utf8(old), utf8(now), context));
describe('hunks are those of a unified diff', () => {
  test.each([
    ['a change', 'one\ntwo\n', 'one\nthree\n', '@@ -1,2 +1,2 @@\n one\n-two\n+three\n'],
    ['a new file', '', 'x\n', '@@ -0,0 +1,1 @@\n+x\n'],
    ['a removed file', 'x\n', '', '@@ -1,1 +0,0 @@\n-x\n'],
    [
      'no line feed at the end',
      'x',
      'y',
      '@@ -1,1 +1,1 @@\n-x\n\\ No newline at end of file\n+y\n\\ No newline at end of file\n',
    ],
    ['a line feed at the end', 'x', 'x\n', '@@ -1,1 +1,1 @@\n-x\n\\ No newline at end of file\n+x\n'],
    ['a carriage return', 'x\r\n', 'x\n', '@@ -1,1 +1,1 @@\n-x\r\n+x\n'],
    ['nothing', 'x\n', 'x\n', ''],
    ['a removed line after an added one', '1\n2\n', '0\n1\n', '@@ -1,2 +1,2 @@\n+0\n 1\n-2\n'],
  ])('%s', (_what, old, now, text) => {
    expect(shown(old, now)).toBe(text);
    expect(writeHunks(readHunks(text))).toBe(text);
  });
  test('a change far from the next one has a hunk of its own, and one near shares it', () => {
    expect(shown(numberedRows(20), numberedRows(20, { 2: 'x', 15: 'y' })).match(/^@@.*$/gm)).toEqual([
      '@@ -1,6 +1,6 @@',
      '@@ -13,7 +13,7 @@',
    ]);
    expect(shown(numberedRows(20), numberedRows(20, { 2: 'x', 9: 'y' })).match(/^@@.*$/gm)).toEqual([
      '@@ -1,13 +1,13 @@',
    ]);
    expect(shown(numberedRows(20), numberedRows(20, { 2: 'x', 8: 'y' }), 0).match(/^@@.*$/gm)).toEqual([
      '@@ -3,1 +3,1 @@',
      '@@ -9,1 +9,1 @@',
    ]);
  });
  test('no more edits are looked for than two thousand', () => {
    const signs = (removed: number) =>
      shown(numberedRows(removed + 1), 'row 9\n')
        .match(/^[ +-]/gm)
        ?.filter((sign) => sign !== '-');
    expect(signs(2000)).toEqual([' ']);
    expect(signs(2001)).toEqual(['+']);
  });
});

describe('the old content with the hunks is the new one, to the byte', () => {
  /** Bytes of a few lines, many of them alike, some that are no UTF-8, with and without a line feed at the end. */
  const contents = Array.from({ length: Math.max(20, times(60, 60)) }, (_, n) => {
    const lines = Array.from(
      { length: (n * 7) % 13 },
      (_, i) => ['a', 'b', '\xff\x00', ' ', '\\', ''][(i * n) % 6],
    );
    return textAsBytes(lines.join('\n') + (n % 3 === 0 ? '\n' : ''));
  });
  test.each([0, 1, 3, Number.MAX_SAFE_INTEGER])(
    'with %d lines of context, written and read again',
    (context) => {
      for (const old of contents)
        for (const now of contents) {
          const hunks = readHunks(writeHunks(hunksBetween(old, now, context)));
          expect(applyHunks(old, hunks)).toEqual(now);
          if (context > 3 && hunks.length > 0) expect(bothContents(hunks)).toEqual({ old, new: now });
        }
    },
  );
  test('hunks that do not fit the old content are refused', () => {
    const old = numberedRows(20);
    const hunks = hunksBetween(utf8(old), utf8(numberedRows(20, { 5: 'x', 15: 'y' })), 3);
    const bad = [utf8(numberedRows(20, { 4: 'z' })), utf8(numberedRows(18)), utf8(`first\n${old}`), utf8('')];
    for (const other of bad) expect(() => applyHunks(other, hunks.slice(0))).toThrow(/damaged/);
    const beyond = { oldStart: 999_999_999, oldLines: 0, newStart: 999_999_999, newLines: 0, lines: [] };
    expect(() => applyHunks(utf8(old), [beyond])).toThrow(/damaged/);
    expect(() => applyHunks(utf8(old), [...hunks].reverse())).toThrow(/damaged/);
    expect(() => applyHunks(utf8(old), [{ ...hunks[0]!, newStart: 9 }])).toThrow(/damaged/);
    expect(() => applyHunks(utf8(old), [{ ...hunks[0]!, oldLines: 9 }])).toThrow(/damaged/);
  });
  test('hunks that begin before the one before them ends are refused', () => {
    const hunk = (oldStart: number, newStart: number, line: string) => ({
      ...{ oldStart, newStart, oldLines: 1, newLines: 1 },
      lines: [`-${line}`, `+new ${line}`],
    });
    const apply = (oldStart: number) =>
      applyHunks(utf8('a\nb\n'), [hunk(1, 1, 'a\n'), hunk(oldStart, 2, 'b\n')]);
    expect(apply(2)).toEqual(utf8('new a\nnew b\n'));
    expect(() => apply(1)).toThrow(/damaged/);
  });
  test.each([
    ['nothing', ''],
    ['two hunks', '@@ -1,1 +1,0 @@\n-x\n@@ -2,1 +1,0 @@\n-y\n'],
    ['a hunk of an old content that begins before it', '@@ -2,1 +1,1 @@\n-x\n+y\n'],
    ['a hunk of a new content that begins before it', '@@ -1,1 +2,1 @@\n-x\n+y\n'],
  ])('no whole content is in %s', (_what, text) => {
    expect(bothContents(readHunks(text))).toBe(null);
  });
});

test.each([
  'x',
  '@@ -1,1 +1,1 @@',
  '@@ -1 +1 @@\n-x\n+y\n',
  '@@ -1,1 +1,1 @@\n-x\n',
  '@@ -1,1 +1,1 @@\n-x\n+y',
  '@@ -01,1 +1,1 @@\n-x\n+y\n',
  '@@ -1,1 +1,1 @@ f()\n-x\n+y\n',
  '@@ -1,1 +1,1 @@\n-x\n+y\n+z\n',
  '@@ -1,1 +1,1 @@\n-x\n*y\n',
  '@@ -1,1 +1,1 @@\n* x\n',
  '@@ -1,0 +1,1 @@\n-x\n+y\n',
  '@@ -1,1 +1,0 @@\n+y\n-x\n',
  '@@ -1,1 +1,1 @@\n-x\n\\ No newline\n+y\n',
])('another text than that of hunks is refused: %j', (text) => {
  expect(() => readHunks(text)).toThrow(/damaged/);
});
