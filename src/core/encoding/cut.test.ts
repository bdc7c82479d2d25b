import { expect, test } from 'vitest';
import { cutMarked, cutMiddle, cutTail, cutText, lastLine } from './cut.ts';

const FACE = '\u{1f600}';

test('the beginning, the end, or both with a mark between: never over the length, no character cut in half', () => {
  const text = `abc${FACE}${FACE}xyz`;
  expect([3, 4, 5, 10, 11].map((max) => cutText(text, max))).toEqual([
    'abc',
    'abc',
    `abc${FACE}`,
    `abc${FACE}${FACE}xyz`,
    text,
  ]);
  expect([3, 4, 5, 10, 11].map((max) => cutTail(text, max))).toEqual([
    'xyz',
    'xyz',
    `${FACE}xyz`,
    text,
    text,
  ]);
  expect(cutTail('\udc00ab', 3)).toBe('\udc00ab');
  expect(cutMarked('abcdef', 6)).toBe('abcdef');
  expect(cutMarked('abcdefg', 6)).toBe('abcde…');
  expect(cutMiddle('abcdefghijkl', 12)).toBe('abcdefghijkl');
  expect(cutMiddle('abcdefghijklm', 12)).toBe('abcd … ijklm');
});

test('the last line is the last that has anything in it, without what stands around it', () => {
  expect(['one', 'one\n  two  \n\n \n', 'one\ntwo\nthree', '', ' \n'].map(lastLine)).toEqual([
    'one',
    'two',
    'three',
    '',
    '',
  ]);
  expect(lastLine('one\n   two')).toBe('two');
});
