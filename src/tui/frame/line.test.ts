/** A line that is typed shows its end. */
import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { endOfLine, lineCells, ours } from './line.ts';

test.each([
  ['all of it', 9, 'all of it'],
  ['all of it', 8, '…l of it'],
  ['漢字漢字', 8, '漢字漢字'],
  ['漢字漢字', 6, '…漢字'],
  ['x🇩🇪🇫🇷', 4, '…🇫🇷'],
  ['ab', 1, '…'],
])('%s in %i cells is %s', (text, width, shown) => {
  expect(endOfLine(text, width)).toBe(shown);
  expect(stringWidth(shown)).toBeLessThanOrEqual(width);
});

/** Where the signs are that may be known to be narrow, and some that are not. */
const SIGNS = Array.from({ length: 0x3100 }, (_, code) => String.fromCodePoint(code));

test('every sign is as wide as Ink counts it, alone and beside another', () => {
  for (const text of SIGNS.flatMap((sign) => [sign, `${sign}✓`]))
    if (lineCells([ours(text)]) !== stringWidth(text)) expect.unreachable(JSON.stringify(text));
});
