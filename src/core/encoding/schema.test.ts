import { expect, test } from 'vitest';
import { MAX_LABELS } from '../grammars.ts';
import { hex, labels, pubkey, text, unixSeconds } from './schema.ts';
import { LATEST_SECONDS } from './time.ts';

const labelled = (count: number) =>
  labels.safeParse(Object.fromEntries(Array.from({ length: count }, (_, i) => [`l${i}`, 'x'])));

test('as many labels as the vocabulary says, and not one more', () => {
  expect([labelled(MAX_LABELS).success, labelled(MAX_LABELS + 1).success]).toEqual([true, false]);
});
test('seconds that a calendar can show', () => {
  const shows = (seconds: number): boolean => unixSeconds.safeParse(seconds).success;
  expect([0, LATEST_SECONDS].map(shows)).toEqual([true, true]);
  expect([-1, 0.5, LATEST_SECONDS + 1].map(shows)).toEqual([false, false, false]);
});

test('one size is one schema', () => {
  const [first, other] = [text(2), text(3)];
  expect(text(2)).toBe(first);
  expect(other).not.toBe(first);
  expect(hex(32)).toBe(pubkey);
  expect(first.safeParse('abc').error?.issues.map(({ code }) => code)).toEqual(['too_big']);
  expect(first.safeParse('\ud800').error?.issues).toMatchObject([{ message: 'must be whole characters' }]);
});
