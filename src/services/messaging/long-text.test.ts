/** Texts that no message carries whole: what is refused before it travels, and what is not believed when it came. */
import { describe, expect, test } from 'vitest';
import { introduced } from '../../../test/sim/introductions.ts';
import { MAX_TEXT_BYTES, MOST_BRIEF } from '../../core/bounds.ts';
import { fromUtf8, utf8 } from '../../core/encoding/bytes.ts';
import type { Draft } from '../../core/protocol/compose.ts';
import { type CarriedText, carry, requireCarried, wholeText } from './long-text.ts';

const sent: (readonly Draft[] | (() => readonly Draft[]))[] = [];
/** What is here of its own. */
const by = (pubkey: string) => ({ writer: pubkey, reader: pubkey });
const exchange = { send: async (drafts: (typeof sent)[number]) => void sent.push(drafts) };

describe('a text that a person typed', () => {
  test('may be as long as a blob that carries it, by its bytes', () => {
    const longest = 'é'.repeat(MAX_TEXT_BYTES / 2);
    expect(requireCarried('the task', longest)).toBe(longest);
    expect(() => requireCarried('the task', `${longest}a`)).toThrow(
      expect.objectContaining({
        code: 'usage',
        message: `the task may have at most ${MAX_TEXT_BYTES} bytes, this has ${MAX_TEXT_BYTES + 1}`,
        hint: expect.stringMatching(/file of the repository/),
      }),
    );
  });
  test.each([
    ['up to so many characters', 'a'.repeat(MOST_BRIEF), MOST_BRIEF, true],
    ['not with one more', 'a'.repeat(MOST_BRIEF + 1), MOST_BRIEF, false],
    ['up to 4000 bytes as JSON', 'a'.repeat(3998), undefined, true],
    ['not with one more byte', 'a'.repeat(3999), undefined, false],
    ['not where its quotation marks double', '"'.repeat(2000), undefined, false],
  ])('is in its message whole: %s', async (_rule, text, most, isWhole) => {
    const { homes } = await introduced();
    const carried = await carry(homes.alice, text, most);
    expect(carried.head === text).toBe(isWhole);
    expect(carried.whole?.size).toBe(isWhole ? undefined : text.length);
    if (carried.whole) expect(fromUtf8((await homes.alice.blobs.get(carried.whole.sha256))!)).toBe(text);
    expect(text.startsWith(carried.head.replace(/…$/, ''))).toBe(true);
  });
});

describe('a text that came', () => {
  const TEXT = `mend it: ${'a'.repeat(500)}`;
  /** What a message names, and the bytes that are here under that name. */
  const read = async (changes: Partial<CarriedText> = {}, bytes: Uint8Array = utf8(TEXT)) => {
    const { homes, who } = await introduced();
    const sha256 = await homes.alice.blobs.put(bytes);
    const carried = { head: 'mend it', whole: { sha256, size: bytes.length }, ...changes };
    return wholeText(homes.alice, exchange, by(who.alice.pubkey), carried);
  };
  test('is its beginning where that is all, and the blob where one is named', async () => {
    const { homes, who } = await introduced();
    expect(await wholeText(homes.alice, exchange, by(who.alice.pubkey), { head: 'mend it' })).toBe('mend it');
    expect(await read()).toBe(TEXT);
  });
  test('is waited for while the bytes are not here', async () => {
    expect(await read({ whole: { sha256: 'cd'.repeat(32), size: 9 } })).toBeNull();
  });
  test.each([
    ['begin otherwise', { head: 'break it' }, utf8(TEXT)],
    ['are no text', {}, new Uint8Array([0xff, 0xfe])],
  ])('is refused where its bytes %s', async (_rule, changes, bytes) => {
    await expect(read(changes, bytes)).rejects.toMatchObject({
      code: 'invalid',
      message: 'what came is not what its message names',
    });
  });
  test('is refused where it is longer or shorter than its message says', async () => {
    const { homes, who } = await introduced();
    const sha256 = await homes.alice.blobs.put(utf8(TEXT));
    for (const size of [TEXT.length - 1, TEXT.length + 1]) {
      const carried = { head: 'mend it', whole: { sha256, size } };
      await expect(wholeText(homes.alice, exchange, by(who.alice.pubkey), carried)).rejects.toThrow(
        /is not what its message names/,
      );
    }
  });
});
