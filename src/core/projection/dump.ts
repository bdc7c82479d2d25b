/** What the rows of a read model are compared by: one ordered text, and its digest. */
import { toHex, utf8 } from '../bytes.ts';
import type { Hash } from '../ledger/line.ts';
import type { Cell, Row, Schema, TableShape, Tables } from './tables.ts';

const NAME = /^[a-z][a-z0-9_]{0,62}$/;
/** sqlite ends a text at a NUL, UTF-8 has no half characters, decoders eat a leading BOM: none would read back. */
const UNSTORABLE = /^\ufeff|[\0\p{Surrogate}]/gu;

/** Throws for a schema that no store could hold: it is written by us, so a fault is a bug. */
export function checkSchema(schema: Schema): void {
  for (const [table, shape] of Object.entries(schema)) {
    const columns = Object.keys(shape.columns);
    for (const name of [table, ...columns]) if (!NAME.test(name)) throw new Error(`bad name ${name}`);
    const used = [
      ...shape.key,
      ...(shape.index ?? []).flat(),
      ...(shape.arrival ?? []).filter((c) => c !== '*'),
    ];
    for (const name of used) if (!columns.includes(name)) throw new Error(`${table} has no column ${name}`);
    if (shape.key.length === 0) throw new Error(`${table} has no key`);
  }
}

/** The shape of a table, or a thrown bug. */
export function shapeOf(schema: Schema, table: string): TableShape {
  const shape = Object.hasOwn(schema, table) ? schema[table] : undefined;
  if (shape === undefined) throw new Error(`no table ${table}`);
  return shape;
}

/** The text as every store keeps it. */
export const storable = (text: string): string => text.replace(UNSTORABLE, '\ufffd');

/** The cell as every store keeps it; throws where it does not fit the column. */
export function cellFor(shape: TableShape, column: string, value: Cell): Cell {
  const type = Object.hasOwn(shape.columns, column) ? shape.columns[column] : undefined;
  if (type === undefined) throw new Error(`no column ${column}`);
  if (value === null) return null;
  if (type === 'text' && typeof value === 'string') return storable(value);
  if (type === 'int' && Number.isSafeInteger(value)) return value === 0 ? 0 : value;
  throw new Error(`${column} is ${type}, not ${typeof value}`);
}

/** The whole row as every store keeps it: columns left out are null, key columns never. */
export function rowFor(shape: TableShape, row: Row): Row {
  const whole: Row = {};
  for (const column of Object.keys(shape.columns)) whole[column] = null;
  for (const [column, value] of Object.entries(row)) whole[column] = cellFor(shape, column, value);
  for (const column of shape.key)
    if (whole[column] === null) throw new Error(`key column ${column} is empty`);
  return whole;
}

/** Every row but arrival columns and tables, as lines of JSON in an order that arrival cannot change. */
export function dump(tables: Tables, schema: Schema): string[] {
  return Object.keys(schema)
    .sort()
    .flatMap((table) => {
      const shape = shapeOf(schema, table);
      const arrival = shape.arrival ?? [];
      if (arrival.includes('*')) return [];
      const columns = Object.keys(shape.columns).filter((column) => !arrival.includes(column));
      columns.sort();
      return tables
        .list(table)
        .map((row) => JSON.stringify([table, ...columns.map((column) => [column, row[column]])]))
        .sort();
    });
}

/** sha256 (hex) of the dump. */
export const digestOf = (tables: Tables, schema: Schema, sha256: Hash): string =>
  toHex(sha256(utf8(dump(tables, schema).join('\n'))));
