/** A code that no test names is one that nobody would miss. */
import { expect, test } from 'vitest';
import { reasonCodes, reasonPlaces, testTexts } from './support/reason-codes.ts';

test('every reason code of the source is named by a test', () => {
  const text = testTexts();
  const named = (code: string) => new RegExp(`(?<![a-z_])${code}(?![a-z_])`).test(text);
  const unnamed = [...reasonCodes()].filter(([code]) => !named(code));
  expect(unnamed).toEqual([]);
});

test('the places where messages are refused are found', () => {
  const codes = new Set(reasonPlaces().map(({ code }) => code));
  const some = ['wrap_size', 'stale_epoch', 'revoked', 'fork', 'bad_invite', 'held_full', 'approval_closed'];
  expect(some.filter((code) => !codes.has(code))).toEqual([]);
  expect(codes.size).toBeGreaterThan(70);
});
