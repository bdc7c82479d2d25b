/** `Tables` in plain maps: slow and obviously right, the oracle for SQLite. */
import {
  cellFor,
  cellsFor,
  fromCell,
  keyCells,
  shapeOf,
  wantedCells,
} from '../../src/core/projection/dump.ts';
import type { AnyTables, Cell, Schema, SchemaRow, TablesOf } from '../../src/core/projection/tables.ts';

type Cells = Record<string, Cell>;

/** SQLite's order: null first, then numbers, then texts by their UTF-8 bytes. */
function compare(a: Cell, b: Cell): number {
  if (a === null || b === null) return Number(b === null) - Number(a === null);
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)));
}

function memoryStore(schema: Schema): AnyTables {
  const store = new Map<string, Map<string, Cells>>(Object.keys(schema).map((table) => [table, new Map()]));
  const open = (table: string) => ({ shape: shapeOf(schema, table), rows: store.get(table)! });
  const idOf = (table: string, key: readonly unknown[]) => JSON.stringify(keyCells(open(table).shape, key));
  const jsonOf = new Map(
    Object.entries(schema).map(([table, { columns }]) => [
      table,
      Object.keys(columns).filter((name) => columns[name]!.type === 'json'),
    ]),
  );
  const rowOf = (table: string, cells: Cells): SchemaRow => {
    const row: SchemaRow = { ...cells };
    for (const name of jsonOf.get(table)!)
      row[name] = fromCell(open(table).shape.columns[name]!, cells[name]!);
    return row;
  };
  const select = (table: string, where: SchemaRow) => {
    const { shape, rows } = open(table);
    const wanted = wantedCells(shape, where);
    return [...rows.values()].filter((row) => wanted.every(([column, cell]) => row[column] === cell));
  };
  return {
    get: (table, ...key) => {
      const cells = open(table).rows.get(idOf(table, key));
      return cells && rowOf(table, cells);
    },
    list: (table, where = {}, { order, descending, limit, after } = {}) => {
      const { shape } = open(table);
      const by = [order ?? shape.key[0]!, ...shape.key];
      if (!Object.hasOwn(shape.columns, by[0]!)) throw new Error(`no column ${order}`);
      const sign = descending === true ? -1 : 1;
      const bound = after === undefined || after === null ? null : cellFor(shape, by[0]!, after);
      return select(table, where)
        .filter((row) => bound === null || (row[by[0]!] !== null && sign * compare(row[by[0]!]!, bound) > 0))
        .sort(
          (a, b) => sign * (by.map((column) => compare(a[column]!, b[column]!)).find((c) => c !== 0) ?? 0),
        )
        .slice(0, limit === undefined || limit < 0 ? undefined : limit)
        .map((row) => rowOf(table, row));
    },
    count: (table, where = {}) => select(table, where).length,
    put: (table, row) => {
      const { shape, rows } = open(table);
      const cells = cellsFor(shape, row);
      rows.set(JSON.stringify(shape.key.map((column) => cells[column]!)), cells);
    },
    remove: (table, ...key) => {
      open(table).rows.delete(idOf(table, key));
    },
  };
}

export const memoryTables = <S extends Schema>(schema: S): TablesOf<S> => memoryStore(schema) as TablesOf<S>;
