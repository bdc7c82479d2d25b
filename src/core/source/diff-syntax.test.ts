/** Syntax of lines: what is told apart, what is left alone, and that hostile lines cost no more than others. */
import { describe, expect, test } from 'vitest';
import { diffSyntax } from './diff-syntax.ts';
import { languageOf } from './languages.ts';
import { syntaxOf } from './syntax.ts';

/** Parts as the first letter of what they are, and their text. */
const partsOf = (name: string, line: string): string[] =>
  syntaxOf(languageOf(name)!, line, 0, null).parts.map(
    ({ from, to, kind }) => `${kind[0]} ${line.slice(from, to)}`,
  );

describe('a line', () => {
  test.each([
    ['a.ts', 'const a = "x\\"y"; // z', ['k const', 'l "x\\"y"', 'c // z']],
    ['a.ts', 'x = /[/*]/.test(y) ? 1.5 : z', ['l /[/*]/', 'l 1.5']],
    ['a.ts', 'a / b / c', []],
    ['a.py', "x = 'it' # don't", ["l 'it'", "c # don't"]],
    ['a.py', "don't", []],
    ['a.ts', 'größeif = iföx + if', ['k if']],
    ['a.rs', "fn f<'a>(x: &'a u8)", ['k fn']],
    ['a.sh', 'echo $# $#x; # c', ['c # c']],
    ['a.sql', 'SELECT 1 -- x', ['k SELECT', 'l 1', 'c -- x']],
    ['a.lua', '--[[ x ]] y', ['c --[[ x ]]']],
    ['dir/Dockerfile', 'FROM node', ['k FROM']],
    ['a.html', 'a <!-- b --> c', ['c <!-- b -->']],
  ])('of %s: %s', (name, line, parts) => {
    expect(partsOf(name, line)).toEqual(parts);
  });
  test('of a file that is not known has nothing', () => {
    expect(['a.unknown', 'README', 'a.constructor'].map(languageOf)).toEqual([null, null, null]);
  });
});

const AHEAD = ['--- a/x.ts', '+++ b/x.ts', 'mode 100644'];
const kindsOf = (lines: readonly string[]): string[] => {
  const at = diffSyntax(lines);
  return lines.map((_, n) =>
    at(n)
      .map(({ from, to, kind }) => `${kind[0]}${from}-${to}`)
      .join(),
  );
};

describe('a diff', () => {
  test('goes on with what a line left open, within its hunk and file; what went away is in one colour', () => {
    const hunk = ['@@ -1 +1 @@', ' /* a', '-const', '+b', '@@ -9 +9 @@', '+const'];
    const other = ['', '--- a/y', '+++ /dev/null', '@@ -1 +1 @@', '+const'];
    expect(kindsOf([...AHEAD, ...hunk, ...other])).toEqual([
      ...['', '', ''],
      ...['', 'c1-5', '', 'c1-2', '', 'k1-6'],
      ...['', '', '', '', ''],
    ]);
  });
  test('names its file where it begins, and in no line of it', () => {
    const lines = ['@@ -1 +1 @@', '--- a/x.py', '+++ b/x.py', '+# a', ''];
    expect(kindsOf(['--- a/x', '+++ b/x', ...lines])).toEqual(Array(7).fill(''));
    expect(kindsOf(['--- a/x.py', '+++ /dev/null', '@@ -1 +1 @@', ' # a'])[3]).toBe('c1-4');
  });
  test('a line that nobody reads ends it: what that left open is not known', () => {
    const lines = [
      ...AHEAD,
      '@@ -1 +1 @@',
      '+const',
      `+${'a'.repeat(1_000)}`,
      '+const',
      '@@ -9 +9 @@',
      '+const',
    ];
    expect(kindsOf(lines).slice(4)).toEqual(['k1-6', '', '', '', 'k1-6']);
  });
  test('so do very many', () => {
    const lines = [...AHEAD, '@@ -1 +1 @@', ...Array<string>(40_000).fill('+const')];
    const at = diffSyntax(lines);
    expect([at(10_000).length, at(39_000).length]).toEqual([1, 0]);
  });

  const UNITS = [
    'a',
    '"',
    '\\"',
    "'",
    '`',
    '/*',
    '/',
    '/[',
    '=/\\',
    '0',
    '#',
    '"""',
    '--',
    '<!--',
    '\u{1f600}',
  ];
  test.each(['ts', 'c', 'rs', 'py', 'sh', 'sql', 'lua', 'html'])('no line of .%s takes long', (ending) => {
    const worst = UNITS.map((unit) => {
      const line = `+${unit.repeat(999 / unit.length)}`;
      const at = diffSyntax([`+++ b/x.${ending}`, '@@ -1 +1 @@', ...Array<string>(100).fill(line)]);
      const before = performance.now();
      at(101);
      return performance.now() - before;
    });
    // Of an expression that goes back it would be minutes
    expect(Math.max(...worst)).toBeLessThan(5_000);
  });
});
