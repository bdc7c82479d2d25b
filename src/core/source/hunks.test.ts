import { describe, expect, test } from 'vitest';
import { numberedRows } from '../../../test/support/changed-files.ts';
import { times } from '../../../test/support/counts.ts';
import { utf8 } from '../encoding/bytes.ts';
import { applyHunks, hunksBetween, readHunks, textAsBytes, wholeOf, writeHunks } from './hunks.ts';

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
  ])('%s', (_what, old, now, text) => {
    expect(shown(old, now)).toBe(text);
  });
  test('a change far from the next one has a hunk of its own, and one near shares it', () => {
    expect(shown(numberedRows(20), numberedRows(20, { 2: 'x', 15: 'y' })).match(/^@@.*$/gm)).toEqual([
      '@@ -1,6 +1,6 @@',
      '@@ -13,7 +13,7 @@',
    ]);
    expect(shown(numberedRows(20), numberedRows(20, { 2: 'x', 8: 'y' })).match(/^@@.*$/gm)).toEqual([
      '@@ -1,12 +1,12 @@',
    ]);
    expect(shown(numberedRows(20), numberedRows(20, { 2: 'x', 8: 'y' }), 0).match(/^@@.*$/gm)).toEqual([
      '@@ -3,1 +3,1 @@',
      '@@ -9,1 +9,1 @@',
    ]);
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
          if (context > 3 && hunks.length > 0) expect(wholeOf(hunks)).toEqual({ old, new: now });
        }
    },
  );
  test('hunks that do not fit the old content are refused', () => {
    const old = numberedRows(20);
    const hunks = hunksBetween(utf8(old), utf8(numberedRows(20, { 5: 'x', 15: 'y' })), 3);
    const bad = [utf8(numberedRows(20, { 4: 'z' })), utf8(numberedRows(18)), utf8(`first\n${old}`), utf8('')];
    for (const other of bad) expect(() => applyHunks(other, hunks.slice(0))).toThrow(/damaged/);
    expect(() => applyHunks(utf8(old), [...hunks].reverse())).toThrow(/damaged/);
    expect(() => applyHunks(utf8(old), [{ ...hunks[0]!, newStart: 9 }])).toThrow(/damaged/);
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
  '@@ -1,1 +1,1 @@\n-x\n\\ No newline\n+y\n',
])('another text than that of hunks is refused: %j', (text) => {
  expect(() => readHunks(text)).toThrow(/damaged/);
});
