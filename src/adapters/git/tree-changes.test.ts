/** Which files differ between trees: the same as two whole listings say, and bounds for trees that are made to cost. */
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Fixture, gitFixture } from '../../../test/support/git-fixtures.ts';
import type { ChangedPair } from './compare.ts';
import { listTree } from './entries.ts';
import { COLLECT_LIMITS } from './limits.ts';
import { changedBetween } from './tree-changes.ts';

let fixture: Fixture;
let store: string;
beforeEach(() => {
  fixture = gitFixture();
  store = join(fixture.work, '.git');
});
afterEach(() => fixture.remove());

/** An object as git keeps one that lies by itself, of any content. */
const put = (kind: string, content: string | Buffer): string => {
  const bytes = Buffer.from(content);
  const object = Buffer.concat([Buffer.from(`${kind} ${bytes.length}\0`), bytes]);
  const id = createHash('sha1').update(object).digest('hex');
  mkdirSync(dirname(placeOf(id)), { recursive: true });
  writeFileSync(placeOf(id), deflateSync(object, { level: 1 }));
  return id;
};
type Row = { mode: string; name: string; id: string };
const treeOf = (rows: readonly Row[]): string =>
  put(
    'tree',
    Buffer.concat(
      rows.flatMap(({ mode, name, id }) => [Buffer.from(`${mode} ${name}\0`), Buffer.from(id, 'hex')]),
    ),
  );
const between = async (old: string | null, now: string | null): Promise<ChangedPair[]> =>
  (await changedBetween(store, new Map([['c', { old, now }]]))).get('c')!;
const placeOf = (id: string): string => join(store, 'objects', id.slice(0, 2), id.slice(2));

const name = fc.constantFrom('a', 'a.b', 'a-', 'b', 'ä', 'z z');
const leaf = fc.record({
  mode: fc.constantFrom('100644', '100755', '120000', '160000', '100664'),
  word: fc.constantFrom('1', '2', '3'),
});
type Node = { mode: string; word: string } | { below: Record<string, Node> };
const { node } = fc.letrec<{ node: Node }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    fc.record({ below: fc.dictionary(name, tie('node'), { noNullPrototype: true }) }),
  ),
}));
const top = fc.dictionary(name, node, { noNullPrototype: true });
const written = (below: Record<string, Node>): string =>
  treeOf(
    Object.entries(below)
      .map(([name, one]) =>
        'below' in one
          ? { mode: '40000', name, id: written(one.below) }
          : { mode: one.mode, name, id: put('blob', one.word) },
      )
      .sort((one, two) => Buffer.compare(keyOf(one), keyOf(two))),
  );
const keyOf = ({ mode, name }: Row): Buffer => Buffer.from(mode === '40000' ? `${name}/` : name);

test('what differs is what two whole listings say', async () => {
  await fc.assert(
    fc.asyncProperty(top, top, top, async (...given) => {
      const [one, two, three] = given.map(written) as [string, string, string];
      const found = await changedBetween(
        store,
        new Map([
          ['c1', { old: one, now: two }],
          ['c2', { old: two, now: three }],
        ]),
      );
      for (const [of, old, now] of [
        ['c1', one, two],
        ['c2', two, three],
      ] as const) {
        const [before, after] = (await Promise.all([listTree(store, old), listTree(store, now)])).map(
          (rows) => new Map(rows.map((row) => [row.raw, row])),
        );
        const paths = [...new Set([...before!.keys(), ...after!.keys()])].filter((raw) => {
          const [was, is] = [before!.get(raw), after!.get(raw)];
          return was?.id !== is?.id || was?.mode !== is?.mode;
        });
        const pairs = found.get(of)!;
        expect(pairs.map(({ old, now }) => (old ?? now)!.raw).sort()).toEqual(paths.sort());
        for (const { path, ...pair } of pairs) {
          const raw = (pair.old ?? pair.now)!.raw;
          expect(pair).toEqual({ old: before!.get(raw), now: after!.get(raw) });
          expect(path).toBe((pair.old ?? pair.now)!.path);
        }
      }
    }),
    { numRuns: process.env.SLOW ? 100 : 6 },
  );
});

test.each([
  ['directories that hold nothing but ten of the next', 10, 6],
  ['directories below each other, more than a workspace has', 1, 70],
])('T178 %s are too large, however few objects they are', async (_, wide, deep) => {
  let id = treeOf([]);
  for (let level = 0; level < deep; level++)
    id = treeOf(Array.from({ length: wide }, (_, i) => ({ mode: '40000', name: `d${i}`, id })));
  await expect(between(null, id)).rejects.toThrow('too large for a workspace');
});

test('T178 a tree out of order hides no change', async () => {
  const [one, two] = [put('blob', '1'), put('blob', '2')];
  const file = (name: string, id: string): Row => ({ mode: '100644', name, id });
  const before = treeOf([file('b', one), file('a', one)]);
  const after = treeOf([file('b', one), file('a', two)]);
  const moved = treeOf([file('a', two), file('b', one)]);
  expect((await between(before, after)).map(({ path }) => path)).toEqual(['a']);
  expect((await between(before, moved)).map(({ path }) => path)).toContain('a');
});

test('T178 what is no tree, is cut, or is another than its id says, is told', async () => {
  const blob = put('blob', '1');
  const dir = treeOf([{ mode: '100644', name: 'a', id: blob }]);
  const cut = put('tree', Buffer.concat([Buffer.from('100644 a\0'), Buffer.alloc(19)]));
  const slash = treeOf([{ mode: '100644', name: 'a/b', id: blob }]);
  const noFile = treeOf([{ mode: '100644', name: 'a', id: '1'.repeat(40) }]);
  for (const id of [blob, cut, slash, '1'.repeat(40)])
    await expect(between(null, id)).rejects.toThrow('a directory of the commit is missing');
  await expect(between(null, noFile)).rejects.toThrow('a file of the commit is missing');
  const above = treeOf([{ mode: '40000', name: 'd', id: dir }]);
  rmSync(placeOf(dir), { force: true });
  const other = Buffer.concat([Buffer.from('100755 a\0'), Buffer.from(blob, 'hex')]);
  writeFileSync(placeOf(dir), deflateSync(Buffer.concat([Buffer.from(`tree ${other.length}\0`), other])));
  await expect(between(null, above)).rejects.toThrow(`tree ${dir} is damaged`);
});

test('T178 so many bytes change as a workspace may have, and not one more', async () => {
  const megabyte = put('blob', Buffer.alloc(1024 * 1024));
  const many = Array.from({ length: COLLECT_LIMITS.bytes / 1024 ** 2 }, (_, i) => i);
  const rows = many.map((i): Row => ({ mode: '100644', name: `f${1000 + i}`, id: megabyte }));
  const most = treeOf(rows);
  expect(await between(null, most)).toHaveLength(many.length);
  const over = treeOf([...rows, { mode: '100644', name: 'x', id: put('blob', '1') }]);
  await expect(between(null, over)).rejects.toThrow('too large for a workspace');
  await expect(between(over, null)).rejects.toThrow('too large for a workspace');
  // What does not change is not read
  expect(await between(most, over)).toHaveLength(1);
});
