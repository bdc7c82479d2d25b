/** What the documents name is there: files, directories and scripts of npm. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const scripts = Object.keys(JSON.parse(read('package.json')).scripts);
/** It names what comes with later capabilities too. */
const DESIGN = 'docs/design.md';
const DOCUMENTS = [
  'README.md',
  'SECURITY.md',
  ...globSync('docs/**/*.md', { cwd: root }).map((path) => path.replaceAll('\\', '/')),
]
  .filter((path) => path !== DESIGN)
  .sort();

const AT_ROOT = /^(?:src|test|docs|scripts|bench|bin)\//;
const IN_SOURCE = /^(?:core|ports|adapters|services|cli|local|commands)\//;
/** A story of one's own, which the page on testing asks for. */
const EXAMPLES = ['test/sim/my-story.test.ts'];
/** `a/{b,c}.ts` is two paths; what has a placeholder (`<topic>`, `*`, `…`) is none. */
const spelledOut = (path: string): string[] => {
  const [, before, words, after] = /^([^{]*)\{([^}]*)\}(.*)$/.exec(path) ?? [];
  return words === undefined ? [path] : words.split(',').flatMap((word) => spelledOut(before + word + after));
};
const pathsIn = (text: string): string[] =>
  [...text.matchAll(/`([^`\n]+)`/g)]
    .flatMap((match) => match[1]!.split(/\s+/))
    .filter((word) => (AT_ROOT.test(word) || IN_SOURCE.test(word)) && !/[<>*…$]/.test(word))
    .flatMap(spelledOut)
    .filter((path) => !EXAMPLES.includes(path));
const isThere = (path: string): boolean => existsSync(join(root, AT_ROOT.test(path) ? '' : 'src', path));

describe.each(DOCUMENTS)('%s', (document) => {
  const text = read(document);
  test('names paths that exist', () => {
    expect(pathsIn(text).filter((path) => !isThere(path))).toEqual([]);
  });
  test('links to files that exist', () => {
    const links = [...text.matchAll(/\]\((?!\w+:)([^)#\s]+)/g)].map((match) => match[1]!);
    expect(links.filter((link) => !existsSync(resolve(root, document, '..', link)))).toEqual([]);
  });
  test('names scripts of package.json', () => {
    const named = [...text.matchAll(/\bnpm run ([a-z][\w:-]*)/g)].map((match) => match[1]!);
    expect(named.filter((name) => !scripts.includes(name))).toEqual([]);
  });
});

test('a path is seen, and what is none is not', () => {
  const text = '`core/{a,b}.ts` and `npx x test/no.ts`, `src/<topic>/` `a/b` `host/api.sock` `src/*/x.ts`';
  expect(pathsIn(text)).toEqual(['core/a.ts', 'core/b.ts', 'test/no.ts']);
  expect(['core/vocabulary.ts', 'src/core/', 'test/no.ts'].map(isThere)).toEqual([true, true, false]);
});
