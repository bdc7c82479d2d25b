import { sha256 } from '@noble/hashes/sha2.js';
import { describe, expect, test } from 'vitest';
import { changedFile, noText, numberedRows } from '../../../test/support/changed-files.ts';
import { cutIntoBlobs } from '../encoding/blobs.ts';
import { fromUtf8, toHex, utf8 } from '../encoding/bytes.ts';
import { textAsBytes } from './byte-lines.ts';
import {
  isRecomputed,
  readDocument,
  refuseKeptBack,
  type ShownFile,
  shownFile,
  writeDocument,
} from './change-document.ts';
import { diffText } from './diff-text.ts';
import { hunksBetween } from './find-hunks.ts';

const BASE = 'ba'.repeat(20);
const shown = (...args: Parameters<typeof changedFile>): ShownFile => shownFile(changedFile(...args), sha256);
const written = (...files: ShownFile[]) => writeDocument(BASE, files);

const text = (one: ShownFile, recomputed = true) => diffText(one, recomputed, sha256).text;

describe('what is written', () => {
  test('comes back as it was', () => {
    const files = [
      shown('a.txt', 'old\n', 'new\n'),
      shown('b', null, noText(300), ['', '100755']),
      shown('c', '', null),
      shown('d', numberedRows(9_000), numberedRows(9_000, { 7: 'x' })),
    ];
    expect(readDocument([written(...files)])).toEqual({ base: BASE, files });
  });
  test('any other text than the canonical one is refused', () => {
    const whole = fromUtf8(written(shown('a', null, 'x')));
    for (const other of [
      ` ${whole}`,
      whole.replace('"v":2', '"v":1'),
      whole.replace('"v":2', '"v":2,"v":2'),
      whole.replace('"v":2', '"v":2,"w":1'),
      whole.replace('"path":"a"', '"path":"../a"'),
      whole.replace('100644', '100600'),
      whole.replace('"as":"hunks"', '"as":"binary"'),
      whole.replace(/"hunks":"[^"]*"/, '"hunks":null'),
      whole.replace(/"hunks":"[^"]*"/, '"hunks":7'),
      'null',
      '',
    ]) {
      expect(() => readDocument([utf8(other)]), other).toThrow(/damaged|path|mode|base64/);
      expect(() => readDocument([utf8(other)])).toThrow(expect.objectContaining({ code: 'invalid' }));
    }
  });
});

describe('what can be computed again', () => {
  /** Half of the 64 KiB up to which both contents are shown whole. */
  const half = (word: string) => `${'one\n'.repeat(8_190)}two\n${word.repeat(3)}\n`;
  test('a small file, a new one, a removed one and a mode: from what is shown alone', () => {
    for (const one of [
      shown('a', 'x\n', 'y\n'),
      shown('a', numberedRows(40), numberedRows(40, { 20: 'x' })),
      shown('a', half('w'), half('x')),
      shown('a', null, numberedRows(9_000)),
      shown('a', numberedRows(9_000), null),
      shown('a', numberedRows(9_000), numberedRows(9_000), ['100644', '100755']),
      shown('a', '', 'x'),
      shown('a', null, ''),
    ])
      expect(isRecomputed(one, null, sha256)).toBe(true);
  });
  test('a large file: where its old content is at hand', () => {
    const one = shown('a', numberedRows(9_000), numberedRows(9_000, { 9: 'x' }));
    expect(isRecomputed(one, null, sha256)).toBe(false);
    expect(isRecomputed(one, utf8('another'), sha256)).toBe(false);
    expect(isRecomputed(one, utf8(numberedRows(9_000)), sha256)).toBe(true);
    for (const other of [
      shown('a', numberedRows(9_000), numberedRows(9)),
      shown('a', numberedRows(9), numberedRows(9_000)),
    ])
      expect(isRecomputed(other, null, sha256)).toBe(false);
  });
  test('what is shown by its digests alone: never', () => {
    expect(isRecomputed(shown('a', null, noText(100)), null, sha256)).toBe(false);
  });
  const lie = (one: ShownFile, other: ShownFile): ShownFile => ({ ...one, hunks: other.hunks });
  const sized = (one: ShownFile, size: number): ShownFile => ({ ...one, new: { ...one.new!, size } });
  test.each<[string, ShownFile, string | null]>([
    ['of a new file', lie(shown('a', null, 'harmful\n'), shown('a', null, 'harmless\n')), null],
    ['of a small file', lie(shown('a', 'x\n', 'harmful\n'), shown('a', 'x\n', 'harmless\n')), null],
    [
      'of a small file, as part of it',
      lie(shown('a', numberedRows(9), numberedRows(9, { 4: 'y' })), shown('a', numberedRows(8), 'y\n')),
      null,
    ],
    ['of what a new file replaces', lie(shown('a', null, 'x\n'), shown('a', 'y\n', 'x\n')), null],
    ['of what becomes of a removed file', lie(shown('a', 'x\n', null), shown('a', 'x\n', 'y\n')), null],
    [
      'of a file that stays the same',
      lie(shown('a', 'x\n', 'x\n', ['100644', '100755']), shown('a', 'x\n', 'y\n')),
      null,
    ],
    [
      'of 64 KiB, as part of it',
      { ...shown('a', half('w'), half('x')), hunks: hunksBetween(utf8(half('w')), utf8(half('x')), 3) },
      null,
    ],
    ['about a size', sized(shown('a', null, 'x\n'), 3), null],
    ['about a size alone', sized(shown('a', 'x\n', 'x\n', ['100644', '100755']), 3), null],
    [
      'about a size of a large file whose old content is at hand',
      sized(shown('a', numberedRows(9_000), numberedRows(9_000, { 3: 'x' })), 99_999),
      numberedRows(9_000),
    ],
    [
      'of a large new file',
      lie(shown('a', null, numberedRows(9_000)), shown('a', null, numberedRows(9_001))),
      null,
    ],
    [
      'of a removed file',
      lie(shown('a', numberedRows(9_000), null), shown('a', numberedRows(9_001), null)),
      null,
    ],
    [
      'that shows nothing',
      { ...shown('a', numberedRows(9_000), numberedRows(9_000, { 3: 'row x' })), hunks: [] },
      null,
    ],
    [
      'of a large file whose old content is at hand',
      lie(
        shown('a', numberedRows(9_000), numberedRows(9_000, { 3: 'x' })),
        shown('a', numberedRows(9_000), numberedRows(9_000, { 3: 'y' })),
      ),
      numberedRows(9_000),
    ],
  ])('T55 a lie %s is refused', (_what, one, old) => {
    expect(() => isRecomputed(one, old === null ? null : utf8(old), sha256)).toThrow(
      expect.objectContaining({
        message: 'what is shown of "a" does not give the content that is signed',
        hint: 'reject it: `entangle user reject`',
      }),
    );
  });
  test('T55 a short text that is called too long is refused; what the sizes leave open is not', () => {
    const kept: ShownFile = { ...shown('a', null, 'short\n'), as: 'too_long', hunks: [] };
    const size = (bytes: number): ShownFile => ({ ...kept, new: { ...kept.new!, size: bytes } });
    expect(() => refuseKeptBack([shown('b', null, 'x'), kept])).toThrow(/does not give the content/);
    expect(() => refuseKeptBack([size(512 * 1024 - 64)])).toThrow(/does not give the content/);
    // Nothing is text
    for (const as of ['binary', 'text_to_binary'] as const)
      expect(() => refuseKeptBack([{ ...shown('a', null, ''), as }])).toThrow(/does not give the content/);
    refuseKeptBack([shown('b', null, Uint8Array.of(0, 1, 255))]);
    refuseKeptBack([size(512 * 1024 - 63)]);
    refuseKeptBack([shown('b', null, 'x'.repeat(600_000)), kept]);
  });
});

describe('as people read it', () => {
  test('a change has only what is near it, and its mode', () => {
    expect(text(shown('a', numberedRows(9), numberedRows(9, { 4: 'x' })))).toBe(
      '--- a/a\n+++ b/a\nmode 100644\n@@ -2,7 +2,7 @@\n row 1\n row 2\n row 3\n-row 4\n+x\n row 5\n row 6\n row 7\n',
    );
    expect(diffText(shown('a', 'x\n', 'y\nz\n'), true, sha256)).toMatchObject({ added: 2, removed: 1 });
  });
  test('a mode says what it was and becomes', () => {
    expect(text(shown('a', 'x', 'x', ['100644', '100755']))).toBe(
      '--- a/a\n+++ b/a\nfile (mode 100644) -> executable file (mode 100755)\n',
    );
    expect(text(shown('a', null, '', ['', '100755']))).toContain('new executable file (mode 100755)');
    expect(text(shown('a', '', null))).toContain('deleted file (mode 100644)');
  });
  test('a link is a link, and one that becomes a file says so', () => {
    expect(text(shown('a', 'b.md', '../c.md', ['120000', '120000']))).toContain(
      'mode 120000\n-symbolic link -> b.md\n+symbolic link -> ../c.md\n',
    );
    expect(text(shown('a', 'b.md', 'text\n', ['120000', '100644']))).toContain(
      'symbolic link (mode 120000) -> file (mode 100644)\n-symbolic link -> b.md\n+text\n',
    );
    expect(text(shown('a', 'text\n', '/etc/passwd', ['100644', '120000']))).toContain(
      'file (mode 100644) -> symbolic link (mode 120000)\n-text\n+symbolic link -> /etc/passwd\n',
    );
    expect(text(shown('a', 'b\nc', 'b\nd', ['120000', '120000']))).toContain(
      'mode 120000\n symbolic link -> b\n-symbolic link -> c\n+symbolic link -> d\n',
    );
    for (const modes of [
      ['120000', '100644'],
      ['100644', '120000'],
    ])
      expect(text(shown('a', 'b\n', 'b\nc\n', modes))).toContain(')\n b\n+');
  });
  test('A10 one byte that is no UTF-8, or a NUL, hides no source text', () => {
    const code = 'const greet = () => 1;\n'.repeat(3);
    const latin = textAsBytes(`${code}// \xe9\nrun("rm");\n`);
    expect(text(shown('a', code, latin))).toContain('+// \udce9\n+run("rm");\n');
    expect(text(shown('a', code, `${code}\0run();\n`))).toContain('+\0run();\n');
    const note = 'not plain text: of its bytes ';
    expect(text(shown('a', code, latin))).toContain(`${note}1 not UTF-8, shown as U+DC80 to U+DCFF\n`);
    expect(text(shown('a', code, `${code}\0run();\n`))).toContain(`${note}1 control characters, shown as`);
    expect(text(shown('a', code, `${code}\x1b[8mrun();\n`))).toContain(
      `${note}1 control characters, shown as`,
    );
    expect(text(shown('a', textAsBytes(`${code}\xc3`), textAsBytes(`${code}\xa9`)))).toContain(
      `${note}2 not UTF-8`,
    );
    expect(text(shown('a', code, `${code}// é 漢\tx\r\n`))).not.toContain(note);
  });
  test('what a text hides is counted: bidi, zero-width, C1, tags, and ends of lines that are none', () => {
    const note = 'characters that show nothing or move others, shown as escapes\n';
    const code = 'if (isAdmin) {\n';
    for (const [hides, count] of [
      ['\u202e\u2066', 2],
      ['\u200b', 1],
      ['\u009b31m', 1],
      ['\u{e0041}', 1],
      ['over\rwritten\v\f', 3],
      ['\u202e\0\x1b', 1],
    ] as const)
      expect(text(shown('a', code, `${code}// ${hides}x\n`))).toContain(`\n${count} ${note}`);
    expect(text(shown('a', code, textAsBytes(`${code}\xe2\x80\xaex\xff\n`)))).toContain(`\n1 ${note}`);
    expect(text(shown('a', code, `${code}é 漢 👍\tx\r\n`))).not.toContain(note);
  });
  describe('a text in UTF-16', () => {
    const utf16 = (words: string, isBig = false): Uint8Array => {
      const bytes = Buffer.from(`\ufeff${words}`, 'utf16le');
      return Uint8Array.from(isBig ? bytes.swap16() : bytes);
    };
    const [LE, BE] = ['UTF-16 (little-endian)', 'UTF-16 (big-endian)'];

    test.each([
      ['a new one', null, utf16('one\r\né 漢 👍\n'), `${LE}, shown decoded\n+one\r\n+é 漢 👍\n`],
      ['an old one', utf16('one\n', true), null, `${BE}, shown decoded\n-one\n`],
      ['both', utf16('one\ntwo\n'), utf16('one\nzwei\n'), `${LE}, shown decoded\n one\n-two\n+zwei\n`],
      ['another order', utf16('one\n'), utf16('one\n', true), `${LE} -> ${BE}, shown decoded\n`],
      ['one that was UTF-8', 'one\ntwo\n', utf16('one\n'), `UTF-8 -> ${LE}, shown decoded\n one\n-two\n`],
    ])('%s is shown by its lines, with a word that says so', (_what, old, now, words) => {
      const one = shown('a', old, now);
      expect(isRecomputed(one, null, sha256)).toBe(true);
      const lines = text(one).replace(/^@@.*\n/gm, '');
      expect(lines.slice(lines.indexOf('text in '))).toBe(`text in ${words}`);
    });

    test('a large one is shown whole, so that it can be decoded', () => {
      const lines = (last: string) => utf16('a line of text\n'.repeat(10_000) + last);
      const one = shown('a', lines('old\n'), lines('new\n'));
      expect(text(one).endsWith('-old\n+new\n')).toBe(true);
      expect(diffText(one, true, sha256)).toMatchObject({ added: 1, removed: 1 });
      expect(readDocument(cutIntoBlobs(written(one))).files).toEqual([one]);
    });

    test('a large one that was UTF-8 is shown whole too', () => {
      const one = shown('a', `old\n${'\n'.repeat(39)}`, utf16('x'.repeat(33_000) + '\u0a0a'.repeat(20)));
      expect(text(one)).toContain(`text in UTF-8 -> ${LE}, shown decoded\n`);
    });
    test('the target of a link is not, whatever its hunks are', () => {
      const one = shown('a', null, utf16('/etc/passwd'));
      expect(text({ ...one, new: { ...one.new!, mode: '120000' } })).toContain(
        'symbolic link -> \udcff\udcfe/\0e\0t\0c\0/\0',
      );
    });

    test.each([
      ['has no mark', utf16('one\n').slice(2), 'binary'],
      ['has half a mark', Uint8Array.from([0xff, 0, ...utf16('one\n').slice(2)]), 'binary'],
      ['ends in half a unit', Uint8Array.from([...utf16('one\n'), 0x61]), 'binary'],
      ['has half a character', utf16('one \ud800 two\n'), 'binary'],
      ['is UTF-32', Uint8Array.from([...utf16('\0'), ...utf16('o\0n\0e\0').slice(2)]), 'binary'],
      ['is a target of a link', utf16('one\n'), 'binary', '120000'],
      ['is a script of plain bytes', textAsBytes('\xff\xfe\nrm -rf "$HOME"; echo done.\n'), 'hunks'],
    ])('what %s is none', (_what, bytes, as, mode = '100644') => {
      const one = shown('a', null, bytes, ['', mode]);
      expect(one.as).toBe(as);
      expect(text(one, as === 'hunks')).not.toContain('UTF-16');
    });
  });

  test('what is not shown is named, with both digests and sizes', () => {
    const [old, now] = [noText(100), noText(101)];
    const sides = `old 100 bytes, sha256:${toHex(sha256(old))}\nnew 101 bytes, sha256:${toHex(sha256(now))}\n`;
    expect(text(shown('a', old, now), false)).toContain(
      `\nbinary by the word of its node, which sent no bytes of it: not shown\n${sides}`,
    );
    expect(text(shown('a', 'text\n', now), false)).toContain(
      'was text and is binary now by the word of its node, which sent no bytes of it: not shown\n',
    );
  });
  test('what could not be computed again is said', () => {
    const one = shown('a', numberedRows(9_000), numberedRows(9_000, { 9: 'x' }));
    expect(text(one, false)).toContain('not recomputed here: the old content is not at hand\nold ');
    expect(text(one, true)).not.toContain('not recomputed');
  });
});
