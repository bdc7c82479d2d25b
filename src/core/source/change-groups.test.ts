import { describe, expect, test } from 'vitest';
import { groupsOf, MAX_GROUPS, MOST_GROUPED, MOST_LISTED } from './change-groups.ts';
import { comparePaths } from './paths.ts';

const same = (path: string) => path;
const grouped = (paths: readonly string[]) =>
  groupsOf([...paths].sort(comparePaths), same).map(({ directory, isDeep, files }) => [
    `${directory}${isDeep ? '**' : '*'}`,
    files.length,
  ]);
const many = (count: number, prefix = ''): string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}f${i}`);

describe('files of a change', () => {
  test('that are few are a list', () => {
    expect(grouped(many(MOST_LISTED))).toEqual([]);
    expect(grouped(many(MOST_LISTED + 1))).toEqual([['**', MOST_LISTED + 1]]);
  });
  test('that are many are grouped by directory; what lies in one itself stands before what is below it', () => {
    const paths = [...many(30, 'a/'), ...many(30, 'a/b/'), ...many(5, 'a/c/'), ...many(60, 'z/y/'), 'top'];
    expect(grouped(paths)).toEqual([
      ['*', 1],
      ['a/*', 30],
      ['a/b/**', 30],
      ['a/c/**', 5],
      ['z/y/**', 60],
    ]);
  });
  test('in a directory of 25 are one group with all below it', () => {
    const paths = [
      ...many(20, 'a/'),
      ...many(5, 'a/b/'),
      ...many(20, 'c/'),
      ...many(6, 'c/d/'),
      ...many(60, 'e/'),
    ];
    expect(grouped(paths).map(([name]) => name)).toEqual(['a/**', 'c/*', 'c/d/**', 'e/**']);
  });
  test('are put together until there are two hundred groups', () => {
    const wide = (directories: number) =>
      Array.from({ length: directories }, (_, i) => many(40, `d${i % 2}/e${i}/`)).flat();
    expect(grouped(wide(MAX_GROUPS))).toHaveLength(MAX_GROUPS);
    const sizes = grouped(wide(MAX_GROUPS + 1)).map(([, files]) => files);
    expect(sizes).toHaveLength(Math.ceil(4040 / MOST_GROUPED) + Math.ceil(4000 / MOST_GROUPED));
  });
  test('each stand in one group, in the order of their paths, whatever their names are', () => {
    const odd = ['a-b', 'a/b', 'a.b', 'a', 'constructor', '__proto__/x', '**', 'a/*'];
    const paths = odd.flatMap((name) => many(40, `${name}/`)).sort(comparePaths);
    const groups = groupsOf(paths, same);
    expect(groups.flatMap(({ files }) => files).sort(comparePaths)).toEqual(paths);
    for (const { files } of groups) expect(files).toEqual([...files].sort(comparePaths));
    expect(groups.map(({ directory }) => directory)).toContain('a/b/');
  });
  test('T142 with thousands of parts in each path cost no more than their first eight', () => {
    const deep = Array.from({ length: 7_000 }, (_, i) => `${`${i}/`.padEnd(8, 'x')}/${'a/'.repeat(2_000)}f`);
    const before = process.memoryUsage().heapUsed;
    expect(groupsOf(deep, same)).toHaveLength(Math.ceil(7_000 / MOST_GROUPED));
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(256 * 1024 * 1024);
  });
  test.each([
    ['in one directory', 'gen/', many(10_000, 'gen/')],
    ['each in one of its own', '', Array.from({ length: 10_000 }, (_, i) => `d${i}/f`)],
    ['in one directory too many', '', Array.from({ length: 201 }, (_, i) => many(26, `d${i}/`)).flat()],
  ])(
    'T142 of which thousands lie %s are cut into parts, in the order of their paths',
    (_, directory, all) => {
      const paths = all.sort(comparePaths);
      const groups = groupsOf(paths, same);
      expect(groups.flatMap(({ files }) => files)).toEqual(paths);
      expect(Math.max(...groups.map(({ files }) => files.length))).toBe(MOST_GROUPED);
      const of = Math.ceil(paths.length / MOST_GROUPED);
      expect(groups.map(({ files: _files, ...place }) => place)).toEqual(
        Array.from({ length: of }, (_none, i) => ({ directory, isDeep: true, part: { at: i + 1, of } })),
      );
    },
  );
});
