/** When a run of tests stands still: `support/stuck-reporter.ts` ends it then. */
import { expect, test } from 'vitest';
import { createSilence, type Silence } from './support/silence.ts';

const looks = (silence: Silence, count: number) => Array.from({ length: count }, () => silence.look());

test('of as many looks as the limit, between which nothing is heard, the last tells the files that have not ended', () => {
  const silence = createSilence(3);
  silence.heard('a', 'it was begun');
  silence.heard('b', 'it was begun');
  silence.heard('b', '“one” ended');
  silence.heard('c', 'it was begun');
  silence.ended('c');
  expect(looks(silence, 3)).toEqual([
    null,
    null,
    ['a, where last it was begun', 'b, where last “one” ended'],
  ]);
});

test.each<[string, (silence: Silence) => void]>([
  ['of a file', (silence) => silence.heard('a', '“one” began')],
  ['of the end of a file', (silence) => silence.ended('b')],
  ['of a hook', (silence) => silence.broken()],
])('whatever is heard %s, the looks are counted anew', (_what, heard) => {
  const silence = createSilence(3);
  silence.heard('a', 'it was begun');
  silence.heard('b', 'it was begun');
  expect(looks(silence, 2)).toEqual([null, null]);
  heard(silence);
  expect(looks(silence, 2)).toEqual([null, null]);
  expect(silence.look()).not.toBeNull();
});
