/** What the compiler refuses, the store refuses too: each line stands under the error that it must be. */
import { expect, test } from 'vitest';
import { memoryTables } from '../../../test/support/memory-tables.ts';
import { ROWS, type RowOf } from './rows.ts';

const tables = memoryTables(ROWS);
const key: RowOf<'keys'> = { pubkey: 'a', role: 'user', name: 'alice', said: '' };

test('no table, key, column or value but those of the schema', () => {
  const wrong: (() => unknown)[] = [
    // @ts-expect-error no such table
    () => tables.list('moves'),
    // @ts-expect-error the key has two columns
    () => tables.get('messages', 'id'),
    // @ts-expect-error a session that may be null is no key: the caller decides what that means
    () => tables.get('sessions', null as string | null),
    // @ts-expect-error the key is a number
    () => tables.remove('revisions', '1'),
    // @ts-expect-error no such column
    () => tables.put('keys', { ...key, colour: 'red' }),
    // @ts-expect-error no such column
    () => tables.list('keys', { colour: 'red' }),
    // @ts-expect-error a whole row, never a part of one
    () => tables.put('keys', { pubkey: 'a', role: 'user', name: 'alice' }),
    // @ts-expect-error this column is never null
    () => tables.put('keys', { ...key, name: null }),
    // @ts-expect-error no such column to order by
    () => tables.list('keys', {}, { order: 'colour' }),
    // @ts-expect-error JSON is not looked up by
    () => tables.list('peers', { relations: [] }),
  ];
  for (const call of wrong) expect(call).toThrow();
  expect(tables.list('keys')).toEqual([]);
});

test('a row is of the words and values of its columns', () => {
  tables.put('keys', key);
  const row = tables.get('keys', 'a')!;
  // @ts-expect-error no role has this name
  const never = row.role === 'emperor';
  expect([row, never]).toEqual([key, false]);
  // @ts-expect-error no role has this name
  expect(tables.list('keys', { role: 'emperor' })).toEqual([]);
  // @ts-expect-error it may not be there
  expect(() => tables.get('keys', 'b').name).toThrow(TypeError);
});
