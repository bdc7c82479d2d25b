/** `Tables` in plain maps: slow and obviously right, the oracle for SQLite. */
import { cellFor, rowFor, shapeOf } from '../../src/core/projection/dump.ts';
import type { Cell, Row, Schema, Tables } from '../../src/core/projection/tables.ts';

/** SQLite's order: null first, then numbers, then texts by their UTF-8 bytes. */
function compare(a: Cell, b: Cell): number {
  if (a === null || b === null) return Number(b === null) - Number(a === null);
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)));
}

export function memoryTables(schema: Schema): Tables {
  const store = new Map<string, Map<string, Row>>(Object.keys(schema).map((table) => [table, new Map()]));
  const open = (table: string) => ({ shape: shapeOf(schema, table), rows: store.get(table)! });
  const idOf = (table: string, key: readonly Cell[]) => {
    const { shape } = open(table);
    if (key.length !== shape.key.length) throw new Error(`a key here has ${shape.key.length} columns`);
    return JSON.stringify(shape.key.map((column, i) => cellFor(shape, column, key[i]!)));
  };
  const select = (table: string, where: Row) => {
    const { shape, rows } = open(table);
    const wanted = Object.entries(where).map(
      ([column, value]) => [column, cellFor(shape, column, value)] as const,
    );
    return [...rows.values()].filter((row) => wanted.every(([column, value]) => row[column] === value));
  };
  return {
    get: (table, ...key) => {
      const row = open(table).rows.get(idOf(table, key));
      return row && { ...row };
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
        .map((row) => ({ ...row }));
    },
    count: (table, where = {}) => select(table, where).length,
    put: (table, row) => {
      const { shape, rows } = open(table);
      const whole = rowFor(shape, row);
      rows.set(
        idOf(
          table,
          shape.key.map((column) => whole[column]!),
        ),
        whole,
      );
    },
    remove: (table, ...key) => {
      open(table).rows.delete(idOf(table, key));
    },
  };
}
