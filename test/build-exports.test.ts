/** What files of a build export is what they export in their sources. */
import { runInNewContext } from 'node:vm';
import { transform } from 'esbuild';
import { expect, test } from 'vitest';
import { withPlainExports } from '../scripts/exports.ts';

const options = { format: 'cjs', platform: 'node', minifyWhitespace: true, minifySyntax: true } as const;

/** What the module exports when it has run. */
const exportsOf = async (text: string, require?: () => object): Promise<Record<string, unknown>> => {
  const { code } = await transform(text, options);
  const module = { exports: {} };
  runInNewContext(withPlainExports(code), { module, require });
  return module.exports;
};
const getters = (of: object): string[] =>
  Object.entries(Object.getOwnPropertyDescriptors(of)).flatMap(([name, { get }]) => (get ? [name] : []));

test('values, functions and classes are there as they are, by the names that others know', async () => {
  const made = await exportsOf(
    'const a = 1; function b() { return a; } class C {} export { a as one, b, C }; export default () => 2;',
  );
  expect(getters(made)).toEqual([]);
  expect(Object.keys(made).sort()).toEqual(['C', 'b', 'default', 'one']);
  expect([made.one, (made.b as () => number)(), (made.default as () => number)()]).toEqual([1, 1, 2]);
  expect(made.__esModule).toBe(true);
});

test.each([
  ['an assignment', 'export let n = 0; export const next = () => { n = 1; };'],
  [
    'an assignment among others',
    'let m; export let n = 0; export const next = () => { m = 2, n = 1; return m; };',
  ],
  ['a sum', 'export let n = 0; export const next = () => { n += 1; };'],
  ['a default', 'export let n; export const next = () => n ??= 1;'],
  ['a count', 'export let n = 0; export const next = () => { n++; };'],
  ['a count before', 'export let n = 0; export const next = () => ++n;'],
  [
    'one of several',
    'export let n; export const next = () => { let m; [m, { n }] = [2, { n: 1 }]; return m; };',
  ],
  ['a loop', 'export let n; export const next = () => { for (n of [1]); };'],
  ['a function that is replaced', 'export function n() {} export const next = () => { n = 1; };'],
])('what is given another value later is seen: %s', async (_what, text) => {
  const made = await exportsOf(text);
  (made.next as () => void)();
  expect(made.n).toBe(1);
  expect(getters(made)).toContain('n');
});

test('what is of another file is what that has', async () => {
  const other = { n: 0 };
  const made = await exportsOf('import { n } from "./other.js"; export { n as m };', () => other);
  other.n = 1;
  expect([Object.keys(made), made.m]).toEqual([['m'], 1]);
});

test.each([
  ['a name beyond ASCII', 'export const é = 1;'],
  ['all of another file', 'export const n = 1; export * from "./other.js";'],
])('what is not known here is refused: %s', async (_what, text) => {
  await expect(exportsOf(text)).rejects.toThrow('exports in an unknown form');
});

test('a file that exports nothing stays as it is', async () => {
  const { code } = await transform('console.log(1)', options);
  expect(withPlainExports(code)).toBe(code);
});
