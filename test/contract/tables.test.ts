/** What tables promise, in SQLite, in maps and in those of the tests. That all answer every history of calls alike is a property beside SQLite's. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { openProjection } from '../../src/adapters/sqlite/projection.ts';
import { MapTables } from '../../src/core/projection/map-tables.ts';
import type { AnyTables, ListOptions, TablesOf, Where } from '../../src/core/projection/tables.ts';
import { sha256 } from '../support/ledger-events.ts';
import { memoryTables } from '../support/memory-tables.ts';
import { type NodeRow, node, testSchema } from '../support/test-schema.ts';

const directories: string[] = [];
afterEach(async () => {
  for (const each of directories.splice(0)) await rm(each, { recursive: true, force: true });
});
const inSqlite = async () => {
  const directory = await mkdtemp(join(tmpdir(), 'entangle-tables-'));
  directories.push(directory);
  const file = join(directory, 'projection.sqlite');
  return (await openProjection({ file, schema: testSchema, schemaVersion: 1, sha256 })).tables;
};
const stores: [string, () => Promise<TablesOf<typeof testSchema>>][] = [
  ['sqlite', inSqlite],
  ['maps', async () => new MapTables(testSchema) as AnyTables as TablesOf<typeof testSchema>],
  ['memory', async () => memoryTables(testSchema)],
];

describe.each(stores)('tables: %s', (_, open) => {
  test('put replaces by key, get gives whole rows, remove removes', async () => {
    const tables = await open();
    tables.put('nodes', node('g', 'a', { state: 'new', rank: 1 }));
    tables.put('nodes', node('g', 'a', { rank: 2 }));
    expect(tables.get('nodes', 'g', 'a')).toEqual(node('g', 'a', { rank: 2 }));
    expect(tables.get('nodes', 'a', 'g')).toBeUndefined();
    tables.remove('nodes', 'g', 'a');
    tables.remove('nodes', 'g', 'a');
    expect(tables.count('nodes')).toBe(0);
  });

  test('lists by equality, in order, from a place, up to a limit', async () => {
    const tables = await open();
    for (const [name, rank, state] of [
      ['c', 3, 'on'],
      ['a', 2 ** 40, 'on'],
      ['b', null, null],
      ['d', -1, 'off'],
    ] as const)
      tables.put('nodes', node('g', name, { rank, state }));
    const names = (
      table: 'nodes',
      where: Where<typeof testSchema, 'nodes'> = {},
      options: ListOptions<keyof NodeRow> = {},
    ) => tables.list(table, where, options as ListOptions<'rank'>).map((row) => row.name);
    expect(names('nodes')).toEqual(['a', 'b', 'c', 'd']);
    expect(names('nodes', {}, { descending: true })).toEqual(['d', 'c', 'b', 'a']);
    expect(names('nodes', {}, { order: 'rank' })).toEqual(['b', 'd', 'c', 'a']);
    expect(names('nodes', {}, { order: 'rank', after: -1 })).toEqual(['c', 'a']);
    expect(names('nodes', {}, { order: 'rank', after: 3, descending: true })).toEqual(['d']);
    expect(names('nodes', { state: 'on' }, { limit: 1 })).toEqual(['a']);
    expect(names('nodes', { state: null })).toEqual(['b']);
    expect(names('nodes', { graph: 'g', rank: 2 ** 40 })).toEqual(['a']);
    expect(tables.count('nodes', { state: 'on', graph: 'g' })).toBe(2);
    expect(names('nodes', {}, { limit: 0 })).toEqual([]);
  });

  test('lists by the whole key where no order is asked for, or where rows are equal in it', async () => {
    const tables = await open();
    for (const key of ['gb', 'fc', 'ga', 'fd']) tables.put('nodes', node(key[0]!, key[1]!, { rank: 1 }));
    for (const options of [{}, { order: 'rank' as const }])
      expect(tables.list('nodes', {}, options).map((row) => row.graph + row.name)).toEqual([
        'fc',
        'fd',
        'ga',
        'gb',
      ]);
  });

  test('texts that no store keeps as they are become the same everywhere', async () => {
    const tables = await open();
    for (const text of [
      'a\0b',
      '\ud800',
      '\ufeffhello, a long text',
      '\u{1f600}',
      "'; DROP TABLE nodes; --",
    ]) {
      tables.put('counts', { key: text, n: 1 });
      const kept = text.replace(/[\0\ud800]|^\ufeff/g, (c) => (text === '\u{1f600}' ? c : '\ufffd'));
      expect(tables.get('counts', text)?.key).toBe(kept);
      expect(tables.count('counts', { key: text })).toBe(1);
    }
    expect(tables.count('nodes')).toBe(0);
  });

  test('JSON is kept as it was, whatever is in it', async () => {
    const tables = await open();
    for (const labels of [
      {},
      { 'a\0': ['\ud800', null, 0], __proto__: [1] },
      { z: [], 1: [true], '': ['\ufeff'] },
    ]) {
      tables.put('nodes', node('g', 'a', { labels }));
      expect(tables.get('nodes', 'g', 'a')?.labels).toEqual(labels);
      expect(tables.list('nodes')[0]?.labels).toEqual(labels);
    }
    const read = tables.get('nodes', 'g', 'a')!;
    read.labels!.z!.push('changed');
    expect(tables.get('nodes', 'g', 'a')?.labels?.z).toEqual([]);
  });

  test('names and cells that are not of the schema are bugs', async () => {
    const tables = (await open()) as AnyTables;
    for (const wrong of [
      () => tables.list('other'),
      () => tables.list('constructor'),
      () => tables.put('counts', { key: 'a', n: 1, other: 1 }),
      () => tables.put('counts', { key: 'a', n: 1.5 }),
      () => tables.put('counts', { key: 'a', n: '1' }),
      () => tables.put('counts', { key: 'a', n: null }),
      () => tables.put('counts', { key: 'a' }),
      () => tables.put('counts', { key: 5, n: 5 }),
      () => tables.put('counts', { key: null, n: 5 }),
      () => tables.put('nodes', { ...node('g', 'a'), labels: undefined }),
      () => tables.get('nodes', 'g'),
      () => tables.list('counts', { 'n" OR 1 --': 1 }),
      () => tables.list('counts', {}, { order: 'n DESC' }),
      () => tables.list('counts', { n: '5' }),
      () => tables.list('nodes', { labels: '{}' }),
      () => tables.list('nodes', { labels: null }),
      () => tables.remove('counts'),
      () => tables.put('signs', { id: 1, of: 'a', re: null, by: null, n: 1 }),
      () => tables.put('signs', { id: 'ab', of: 1, re: null, by: null, n: 1 }),
    ])
      expect(wrong).toThrowError();
    expect(tables.count('counts')).toBe(0);
  });
});
