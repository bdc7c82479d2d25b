/** A line that is typed shows its end. */
import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { endOfLine } from './line.ts';

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
