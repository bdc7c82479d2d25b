/** Words that changed: what is not marked is the same on both sides, and no change costs more than it is worth. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { times } from '../../../test/support/counts.ts';
import { HOSTILE_TEXTS } from '../../../test/support/hostile-texts.ts';
import { changedParts, changedWords, type Part } from './changed-words.ts';
import type { Lines } from './text-lines.ts';

const marked = (text: string, parts: readonly Part[]): string =>
  parts.reduceRight(
    (one, [from, to]) => `${one.slice(0, from)}[${one.slice(from, to)}]${one.slice(to)}`,
    text,
  );
const both = (old: string, now: string): [string, string] => {
  const found = changedWords(old, now);
  return [marked(old, found.old), marked(now, found.now)];
};

test.each([
  ['const a = 1;', 'const a = 2;', 'const a = [1];', 'const a = [2];'],
  ['return fees(rate);', 'return fees(rate, 0);', 'return fees(rate);', 'return fees(rate[, 0]);'],
  ['if (x) {', 'if (x)  {', 'if (x)[ ]{', 'if (x)[  ]{'],
  ['  run(now)', '\trun(now)', '[  ]run(now)', '[\t]run(now)'],
  ['let naïve = 漢字;', 'let naïve = 漢語;', 'let naïve = [漢字];', 'let naïve = [漢語];'],
  ['an é in two', 'an e\u0301 in two', 'an [é] in two', 'an [e\u0301] in two'],
  ['same', 'same', 'same', 'same'],
  ['', 'new', '', 'new'],
  ['nothing alike', 'throw error', 'nothing alike', 'throw error'],
])('%j and %j', (old, now, oldMarked, nowMarked) => {
  expect(both(old, now)).toEqual([oldMarked, nowMarked]);
});

test('of a long line, or one with many differences, no word is marked', () => {
  const long = 'word '.repeat(200);
  expect(both(`${long}a`, `${long}b`)).toEqual([`${long}a`, `${long}b`]);
  expect(both(`${long.slice(5)}a`, `${long.slice(5)}b`)[1]).toMatch(/\[b\]$/);
  const many = (sign: string) => Array.from({ length: 50 }, () => `longword ${sign}`).join(' ');
  expect(both(many('a'), many('b'))).toEqual([many('a'), many('b')]);
});

test('property: what is not marked is the same, and parts are in order', () => {
  const words = fc.constantFrom('a', 'b', ' ', '  ', '.', 'é', '👍', '\u202e', '\ud800', ...HOSTILE_TEXTS);
  const line = fc.array(words, { maxLength: 12 }).map((all) => all.join(''));
  const rest = (text: string, parts: readonly Part[]) =>
    parts.reduceRight((one, [from, to]) => one.slice(0, from) + one.slice(to), text);
  fc.assert(
    fc.property(line, line, (old, now) => {
      const found = changedWords(old, now);
      if (found.old.length + found.now.length > 0) expect(rest(old, found.old)).toBe(rest(now, found.now));
      for (const parts of [found.old, found.now])
        parts.flat().reduce((before, one) => {
          expect(one).toBeGreaterThanOrEqual(before);
          return one;
        }, 0);
    }),
    { numRuns: times(300, 5_000) },
  );
});

describe('in a diff', () => {
  const partsOf = (...lines: string[]) => {
    const found = changedParts(lines, {
      gone: (at) => lines[at]!.startsWith('-'),
      come: (at) => lines[at]!.startsWith('+'),
    });
    return lines.map((line, at) => marked(line, found(at)));
  };
  test('the first that went is held against the first that came', () => {
    expect(partsOf(' x', '-a = 1', '-b = 2', '+a = 3', '+b = 4', ' y')).toEqual([
      ' x',
      '-a = [1]',
      '-b = [2]',
      '+a = [3]',
      '+b = [4]',
      ' y',
    ]);
  });
  test('also where a file has no line end there', () => {
    const none = '\\ No newline at end of file';
    expect(partsOf('-a = 1', none, '+a = 2')).toEqual(['-a = [1]', none, '+a = [2]']);
  });
  test.each([
    ['more came than went', ['-a = 1', '+a = 2', '+b = 2']],
    ['something is between', ['-a = 1', ' x', '+a = 2']],
    ['it came first', ['+a = 1', '-a = 2']],
    ['nothing went', ['+a = 1', '\\ No newline at end of file', '+a = 2']],
  ])('not where %s', (_, lines) => expect(partsOf(...lines)).toEqual(lines));
  test('of very many lines those alone are compared that are asked for', () => {
    const text = (n: number) => (n % 100 < 50 ? '-' : '+') + 'let a = b; '.repeat(8) + n;
    const lines = Array.from({ length: 60_000 }, (_, n) => text(n));
    const looked = new Set<number>();
    const seen: Lines = { length: lines.length, at: (n) => lines[looked.add(n) && n] };
    const found = changedParts(seen, {
      gone: (at) => lines[at]!.startsWith('-'),
      come: (at) => lines[at]!.startsWith('+'),
    });
    expect(marked(lines[59_999]!, found(59_999))).toMatch(/b; \[59999\]$/);
    expect(marked(lines[59_949]!, found(59_949))).toMatch(/b; \[59949\]$/);
    expect(looked.size).toBeLessThan(10);
  });
});
