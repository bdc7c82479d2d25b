/** `Tables` in plain maps: obviously right, the oracle for SQLite; what is asked for by value is found by value. */
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

/** Beyond these, units of UTF-16 may be in another order than bytes of UTF-8. */
const ASCII = /^[\0-\x7f]*$/;

/** SQLite's order: null first, then numbers, then texts by their UTF-8 bytes. Not that of `dump.ts`, which it judges. */
function compare(a: Cell, b: Cell): number {
  if (a === b) return 0;
  if (a === null || b === null) return a === null ? -1 : 1;
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [one, other] = [String(a), String(b)];
  if (ASCII.test(one) && ASCII.test(other)) return one < other ? -1 : 1;
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}

/** Rows of one table, and the same by the values of whichever columns they were asked for by: a simulated day asks often. */
function memoryTable() {
  const rows = new Map<string, Cells>();
  const indexes = new Map<string, { columns: readonly string[]; found: Map<string, Set<Cells>> }>();
  const valuesOf = (row: Cells, columns: readonly string[]) =>
    JSON.stringify(columns.map((column) => row[column]!));
  const file = (
    { columns, found }: { columns: readonly string[]; found: Map<string, Set<Cells>> },
    row: Cells,
  ) => {
    const values = valuesOf(row, columns);
    const same = found.get(values);
    if (same) same.add(row);
    else found.set(values, new Set([row]));
  };
  const remove = (id: string): void => {
    const row = rows.get(id);
    if (!row) return;
    rows.delete(id);
    for (const { columns, found } of indexes.values()) {
      const values = valuesOf(row, columns);
      const same = found.get(values)!;
      same.delete(row);
      if (same.size === 0) found.delete(values);
    }
  };
  return {
    get: (id: string) => rows.get(id),
    remove,
    put: (id: string, row: Cells): void => {
      remove(id);
      rows.set(id, row);
      for (const index of indexes.values()) file(index, row);
    },
    select: (wanted: readonly (readonly [column: string, cell: Cell])[]): readonly Cells[] => {
      if (wanted.length === 0) return [...rows.values()];
      const columns = wanted.map(([column]) => column);
      const name = columns.join();
      const index = indexes.get(name) ?? { columns, found: new Map() };
      if (!indexes.has(name)) for (const row of rows.values()) file(index, row);
      indexes.set(name, index);
      return [...(index.found.get(JSON.stringify(wanted.map(([, cell]) => cell))) ?? [])];
    },
  };
}

function memoryStore(schema: Schema): AnyTables {
  const store = new Map(Object.keys(schema).map((table) => [table, memoryTable()]));
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
    return rows.select(wanted);
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
        .sort((a, b) => {
          for (const column of by) {
            const order = compare(a[column]!, b[column]!);
            if (order !== 0) return sign * order;
          }
          return 0;
        })
        .slice(0, limit === undefined || limit < 0 ? undefined : limit)
        .map((row) => rowOf(table, row));
    },
    count: (table, where = {}) => select(table, where).length,
    put: (table, row) => {
      const { shape, rows } = open(table);
      const cells = cellsFor(shape, row);
      rows.put(JSON.stringify(shape.key.map((column) => cells[column]!)), cells);
    },
    remove: (table, ...key) => {
      open(table).rows.remove(idOf(table, key));
    },
  };
}

export const memoryTables = <S extends Schema>(schema: S): TablesOf<S> => memoryStore(schema) as TablesOf<S>;
