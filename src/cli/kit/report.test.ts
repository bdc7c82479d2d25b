/** What is printed of long values: made safe in steps, and the same to the character. */
import { expect, test } from 'vitest';
import { FORBIDDEN } from '../../../test/support/hostile-texts.ts';
import { sanitize } from '../../core/encoding/sanitize.ts';
import { sanitizeDeep, sanitizingDeep } from './report.ts';

const UNITS = [
  ...FORBIDDEN.map(([from]) => String.fromCodePoint(from)),
  ...['\\x1b', '\\u{202e}', '\\', '👍', '\u0301'.repeat(12), 'e\u0301', '漢', 'a word', ' ', '\n', '\r\n'],
];
/** So that each of them comes to be where a text is cut. */
const hostile = (shift: number): string =>
  'x'.repeat(shift) +
  Array.from({ length: 60_000 }, (_, i) => UNITS[(i * 7 + shift) % UNITS.length]).join('');

test('a long text is made safe as it is at once, wherever it is cut', () => {
  for (let shift = 0; shift < 12; shift++) {
    const text = hostile(shift);
    const whole = (multiline: boolean) => sanitize(text, undefined, { multiline });
    expect(sanitizeDeep({ name: text, diff: text })).toEqual({ name: whole(false), diff: whole(true) });
  }
});

test('it takes steps: of a long text as of many short ones', () => {
  expect([...sanitizingDeep('a word '.repeat(300_000))].length).toBeGreaterThan(30);
  expect([...sanitizingDeep(Array(5_000).fill({ path: 'a' }))].length).toBeGreaterThan(5_000);
});
