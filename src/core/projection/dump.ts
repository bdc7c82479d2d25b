/** What the rows of a read model are compared by: one ordered text, and its digest. */
import { compareTexts, isWellFormed, toHex, utf8 } from '../encoding/bytes.ts';
import { fits } from '../encoding/grammar.ts';
import { COLUMN_NAME } from '../grammars.ts';
import type { Hash } from '../ledger/line.ts';
import type { AnyTables, Cell, Column, Schema, SchemaRow, TableShape } from './tables.ts';

/** sqlite ends a text at a NUL, UTF-8 has no half characters, decoders eat a leading BOM: none would read back. */
const UNSTORABLE = /^\ufeff|[\0\p{Surrogate}]/gu;

/** Throws for a schema that no store could hold: it is written by us, so a fault is a bug. */
export function checkSchema(schema: Schema): void {
  for (const [table, shape] of Object.entries(schema)) {
    const columns = Object.keys(shape.columns);
    for (const name of [table, ...columns]) if (!fits(COLUMN_NAME, name)) throw new Error(`bad name ${name}`);
    const used = [
      ...shape.key,
      ...(shape.index ?? []).flat(),
      ...(shape.arrival ?? []).filter((c) => c !== '*'),
    ];
    for (const name of used) if (!columns.includes(name)) throw new Error(`${table} has no column ${name}`);
    if (shape.key.length === 0) throw new Error(`${table} has no key`);
    for (const name of shape.key)
      if (shape.columns[name]!.nullable) throw new Error(`key column ${name} may be null`);
    for (const name of [...shape.key, ...(shape.index ?? []).flat()])
      if (isOpaque(shape.columns[name]!))
        throw new Error(`column ${name} is ${shape.columns[name]!.type} and cannot be looked up by`);
  }
}

/** The shape of a table, or a thrown bug. */
export function shapeOf(schema: Schema, table: string): TableShape {
  const shape = Object.hasOwn(schema, table) ? schema[table] : undefined;
  if (shape === undefined) throw new Error(`no table ${table}`);
  return shape;
}

/** The text as every store keeps it: of most nothing has to be replaced. */
export const storable = (text: string): string =>
  isWellFormed(text) && !text.includes('\0') && !text.startsWith('\ufeff')
    ? text
    : text.replace(UNSTORABLE, '\ufffd');

const columnOf = (shape: TableShape, name: string): Column => {
  const column = Object.hasOwn(shape.columns, name) ? shape.columns[name] : undefined;
  if (column === undefined) throw new Error(`no column ${name}`);
  return column;
};

const isText = (type: Column['type']): boolean => type === 'text' || type === 'hex' || type === 'shared';

/** JSON has no one text, and bytes have no order here. */
const isOpaque = ({ type }: Column): boolean => type === 'json' || type === 'bytes';

/** The cell as every store keeps it; throws where the value does not fit the column. */
export const cellFor = (shape: TableShape, name: string, value: unknown): Cell =>
  cellOf(columnOf(shape, name), name, value);

function cellOf({ type }: Column, name: string, value: unknown): Cell {
  if (value === null) return null;
  if (type === 'json' && value !== undefined) return JSON.stringify(value);
  if (type === 'bytes' && value instanceof Uint8Array) return value;
  if (isText(type) && typeof value === 'string') return storable(value);
  if (type === 'int' && typeof value === 'number' && Number.isSafeInteger(value))
    return value === 0 ? 0 : value;
  throw new Error(`${name} is ${type}, not ${typeof value}`);
}

/** What a row has for the cell. */
export const fromCell = (column: Column, cell: Cell): unknown =>
  column.type === 'json' && typeof cell === 'string' ? JSON.parse(cell) : cell;

/** The order of every store: null first, then numbers, then texts by their UTF-8 bytes. */
export function compareCells(a: Cell, b: Cell): number {
  if (a === b) return 0;
  if (a === null || b === null) return Number(b === null) - Number(a === null);
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return compareTexts(String(a), String(b));
}

/** Cells to look up by. */
export function wantedCells(shape: TableShape, where: SchemaRow): [name: string, cell: Cell][] {
  return Object.keys(where).map((name) => {
    const column = columnOf(shape, name);
    if (isOpaque(column)) throw new Error(`${name} is ${column.type} and cannot be looked up by`);
    return [name, cellOf(column, name, where[name])];
  });
}

export function keyCells(shape: TableShape, key: readonly unknown[]): Cell[] {
  if (key.length !== shape.key.length) throw new Error(`a key here has ${shape.key.length} columns`);
  return shape.key.map((name, i) => {
    const cell = cellFor(shape, name, key[i]);
    if (cell === null) throw new Error(`key column ${name} is empty`);
    return cell;
  });
}

/** The whole row as every store keeps it: a column is null only where the schema lets it. */
export function cellsFor(shape: TableShape, row: SchemaRow): Record<string, Cell> {
  // Copied at once and then mended, since mostly all of it is a cell: to add one column after the other takes longer
  const cells = { ...row } as Record<string, Cell>;
  let count = 0;
  for (const name in shape.columns) {
    const column = shape.columns[name]!;
    const cell = cellOf(column, name, row[name]);
    if (cell === null && !column.nullable) throw new Error(`column ${name} is empty`);
    if (!Object.is(cell, cells[name])) cells[name] = cell;
    count++;
  }
  if (Object.keys(cells).length > count) for (const name in cells) columnOf(shape, name);
  return cells;
}

/** Every row but arrival columns and tables, as lines of JSON in an order that arrival cannot change. */
export function dump(tables: AnyTables, schema: Schema): string[] {
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
export const dumpDigest = (tables: AnyTables, schema: Schema, sha256: Hash): string =>
  toHex(sha256(utf8(dump(tables, schema).join('\n'))));
