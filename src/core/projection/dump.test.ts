/** What stores have in common: the schemas and cells that none could hold, and one text whatever their order. */
import { describe, expect, test } from 'vitest';
import { memoryTables } from '../../../test/support/memory-tables.ts';
import { cellFor, checkSchema, dump, keyCells, shapeOf } from './dump.ts';
import { type AnyTables, int, json, nullable, type Schema, type TableShape, text } from './tables.ts';

const things: TableShape = {
  columns: { id: text, n: int, about: json(), note: nullable(text) },
  key: ['id'],
};
const changed = (changes: Partial<TableShape>): Schema => ({ things: { ...things, ...changes } });

describe('a schema', () => {
  test.each<[string, Schema]>([
    ['of a key alone', { things }],
    ['with columns to look up by', changed({ key: ['id', 'n'], index: [['note'], ['n', 'note']] })],
    ['with a column of arrival', changed({ arrival: ['about'] })],
    ['with a table of arrival', changed({ arrival: ['*'] })],
  ])('%s is taken', (_what, schema) => {
    expect(() => checkSchema(schema)).not.toThrow();
  });

  test.each<[string, Schema]>([
    ['bad name Things', { things, Things: things }],
    ['bad name my-id', changed({ columns: { ...things.columns, 'my-id': text } })],
    ['things has no column x', changed({ key: ['id', 'x'] })],
    ['things has no column y', changed({ index: [['n'], ['n', 'y']] })],
    ['things has no column z', changed({ arrival: ['n', 'z'] })],
    ['things has no key', changed({ key: [] })],
    ['key column note may be null', changed({ key: ['id', 'note'] })],
    ['column about is json and cannot be looked up by', changed({ key: ['id', 'about'] })],
    ['column about is json and cannot be looked up by', changed({ index: [['n'], ['n', 'about']] })],
  ])('is refused: %s', (why, schema) => {
    expect(() => checkSchema(schema)).toThrow(why);
  });

  test.each(['others', 'constructor'])('has no table %s', (table) => {
    expect(() => shapeOf({ things }, table)).toThrow(`no table ${table}`);
  });
});

describe('a cell', () => {
  test.each<[string, unknown, string]>([
    ['about', undefined, 'about is json, not undefined'],
    ['id', 7, 'id is text, not number'],
    ['n', '7', 'n is int, not string'],
    ['n', 1.5, 'n is int, not number'],
    ['n', 2 ** 53, 'n is int, not number'],
  ])('of column %s is not %j', (name, value, why) => {
    expect(() => cellFor(things, name, value)).toThrow(why);
  });

  test('is never the zero below nothing, which no store gives back', () => {
    expect(cellFor(things, 'n', -0)).toBe(0);
  });

  test.each([[[]], [['a', 'b']]])('a key of %j is none of one column', (key) => {
    expect(() => keyCells(things, key)).toThrow('a key here has 1 columns');
  });
});

describe('the dump', () => {
  const schema = {
    zoo: { columns: { n: int, id: text }, key: ['n'] },
    ant: { columns: { n: int, id: text }, key: ['n'] },
  } as const satisfies Schema;
  const tables = memoryTables(schema);
  tables.put('zoo', { n: 9, id: 'b' });
  tables.put('zoo', { n: 10, id: 'a' });
  tables.put('ant', { n: 1, id: 'c' });
  const backwards: AnyTables = {
    ...(tables as AnyTables),
    list: (table) => (tables as AnyTables).list(table).reverse(),
  };

  test.each([
    ['by key', tables as AnyTables],
    ['the other way round', backwards],
  ])('has tables, columns and rows in an order of its own where a store lists them %s', (_how, store) => {
    expect(dump(store, schema)).toEqual([
      '["ant",["id","c"],["n",1]]',
      '["zoo",["id","a"],["n",10]]',
      '["zoo",["id","b"],["n",9]]',
    ]);
  });
});
