import { describe, expect, test } from 'vitest';
import { atOnce } from '../steps.ts';
import { decodingBase64, encodingBase64 } from './base64-steps.ts';
import { fromBase64, toBase64 } from './bytes.ts';

/** What one step takes, and around it. */
const STEP = 192 * 1024;
const bytesOf = (length: number) => Uint8Array.from({ length }, (_, i) => i * 31 + (i >> 9));

describe('base64 in steps is base64', () => {
  test.each([0, 1, 2, 3, STEP - 1, STEP, STEP + 1, 2 * STEP, 2 * STEP + 2])('of %i bytes', (length) => {
    const bytes = bytesOf(length);
    const text = atOnce(encodingBase64(bytes));
    expect(text).toBe(toBase64(bytes));
    expect(atOnce(decodingBase64(text))).toEqual(bytes);
  });
  test.each([
    ['padding within, where a step ends', `${toBase64(bytesOf(STEP - 1))}AAAA`],
    ['a part of four', `${toBase64(bytesOf(STEP))}AAA`],
    ['a character that is none', `${toBase64(bytesOf(STEP))}AA*A`],
  ])('refused as at once: %s', (_what, text) => {
    expect(() => fromBase64(text)).toThrow(/malformed base64/);
    expect(() => atOnce(decodingBase64(text))).toThrow(/malformed base64/);
  });
});
