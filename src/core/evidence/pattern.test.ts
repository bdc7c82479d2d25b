/** Patterns against the same written as regular expressions, and against texts that are made to take long. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fitsPattern } from './pattern.ts';

test.each([
  ['src/**', 'src/a.ts', true],
  ['src/**', 'src/a/b.ts', true],
  ['src/**', 'src', true],
  ['src/**', 'srcs/a.ts', false],
  ['src/**', 'lib/src/a.ts', false],
  ['**/package.json', 'package.json', true],
  ['**/package.json', 'a/b/package.json', true],
  ['**/package.json', 'a/xpackage.json', false],
  ['*.md', 'README.md', true],
  ['*.md', 'docs/README.md', false],
  ['src/*/index.ts', 'src/a/index.ts', true],
  ['src/*/index.ts', 'src/a/b/index.ts', false],
  ['src/**/*.test.ts', 'src/a/b/c.test.ts', true],
  ['release/*', 'release/1.2', true],
  ['main', 'main', true],
  ['main', 'mains', false],
  ['a.c', 'abc', false],
  ['**', 'any/thing', true],
  ['ü*', 'über', true],
])('%s and %s: %s', (pattern, path, does) => {
  expect(fitsPattern(pattern, path)).toBe(does);
});

test('as a regular expression says', () => {
  const part = fc.constantFrom('a', 'ab', '*', 'a*', '*b', 'a*b*', '**');
  const name = fc.constantFrom('a', 'b', 'ab', 'aab', 'abab', 'ba');
  const regular = (pattern: string[]): RegExp =>
    new RegExp(
      `^${pattern.map((one) => (one === '**' ? '(?:[^/]*/)*' : `${one.replaceAll('*', '[^/]*')}/`)).join('')}$`,
    );
  const parts = (of: fc.Arbitrary<string>) => fc.array(of, { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(parts(part), parts(name), (pattern, path) => {
      expect(fitsPattern(pattern.join('/'), path.join('/'))).toBe(
        regular(pattern).test(`${path.join('/')}/`),
      );
    }),
  );
});

test('T177 a long path costs no more than both lengths', () => {
  const begun = performance.now();
  expect(fitsPattern(`${'*a'.repeat(90)}b`, 'a'.repeat(4_000))).toBe(false);
  expect(fitsPattern(`${'**/a/'.repeat(35)}b`, 'a/'.repeat(2_000))).toBe(false);
  expect(performance.now() - begun).toBeLessThan(5_000);
});
