/** `Tables` in plain maps: for who writes so much that a store on the other side of an engine would take most of the time. */
import { cellFor, cellsFor, compareCells, fromCell, keyCells, shapeOf, wantedCells } from './dump.ts';
import type { AnyTables, Cell, ListOptions, Schema, SchemaRow, TableShape } from './tables.ts';

type Cells = Record<string, Cell>;
/** Rows by the values of some columns; mostly one has them alone. */
type Index = { columns: readonly string[]; found: Map<Cell, Cells | Set<Cells>> };

/** So many are found in one pass over rows; for more all of these are put in order. */
const FEW = 8;

// Neither is in the text of a cell
const [BETWEEN, NULL] = ['\0', '\ud800'];

/** One value stands for itself; several for the text of them all, which no others of these columns have. */
const cellOfAll = (cells: readonly Cell[]): Cell => {
  if (cells.length === 1) return cells[0]!;
  let text = `${cells[0] ?? NULL}`;
  for (let i = 1; i < cells.length; i++) text += `${BETWEEN}${cells[i] ?? NULL}`;
  return text;
};
const cellIn = (cells: Cells, names: readonly string[]): Cell => {
  if (names.length === 1) return cells[names[0]!]!;
  let text = `${cells[names[0]!] ?? NULL}`;
  for (let i = 1; i < names.length; i++) text += `${BETWEEN}${cells[names[i]!] ?? NULL}`;
  return text;
};

class Table {
  readonly shape: TableShape;
  readonly #json: readonly string[];
  readonly #rows = new Map<Cell, Cells>();
  /** Made when rows are first asked for by these columns. */
  readonly #indexes: Index[] = [];

  constructor(shape: TableShape) {
    this.shape = shape;
    this.#json = Object.keys(shape.columns).filter((name) => shape.columns[name]!.type === 'json');
  }

  get(key: readonly unknown[]): SchemaRow | undefined {
    const cells = this.#rows.get(cellOfAll(keyCells(this.shape, key)));
    return cells && this.rowOf(cells);
  }

  put(row: SchemaRow): void {
    const cells = cellsFor(this.shape, row);
    const key = cellIn(cells, this.shape.key);
    const before = this.#rows.get(key);
    if (before === undefined) {
      this.#rows.set(key, cells);
      for (const index of this.#indexes) file(index, cells);
      return;
    }
    // Mostly it is found as it was
    const other = this.#indexes.filter(({ columns }) => columns.some((name) => before[name] !== cells[name]));
    for (const index of other) unfile(index, before);
    Object.assign(before, cells);
    for (const index of other) file(index, before);
  }

  remove(key: readonly unknown[]): void {
    const id = cellOfAll(keyCells(this.shape, key));
    const cells = this.#rows.get(id);
    if (cells === undefined) return;
    this.#rows.delete(id);
    for (const index of this.#indexes) unfile(index, cells);
  }

  /** All that have these values, in no order. */
  having(where: SchemaRow): Cells[] {
    const found = this.#found(where);
    if (found === undefined) return [];
    return found instanceof Set || found instanceof Map ? [...found.values()] : [found];
  }

  count(where: SchemaRow): number {
    const found = this.#found(where);
    if (found === undefined) return 0;
    return found instanceof Set || found instanceof Map ? found.size : 1;
  }

  all(): Iterable<Cells> {
    return this.#rows.values();
  }

  /** A row of its own for each who asks. */
  rowOf(cells: Cells): SchemaRow {
    const row: SchemaRow = { ...cells };
    for (const name of this.#json) row[name] = fromCell(this.shape.columns[name]!, cells[name]!);
    return row;
  }

  #found(where: SchemaRow): Cells | Set<Cells> | Map<Cell, Cells> | undefined {
    const wanted = wantedCells(this.shape, where);
    if (wanted.length === 0) return this.#rows;
    const index = this.#indexes.find(({ columns }) => isOf(columns, wanted)) ?? this.#indexed(wanted);
    if (wanted.length === 1) return index.found.get(wanted[0]![1]);
    return index.found.get(cellOfAll(wanted.map(([, cell]) => cell)));
  }

  #indexed(wanted: ReturnType<typeof wantedCells>): Index {
    const index: Index = { columns: wanted.map(([name]) => name), found: new Map() };
    for (const cells of this.#rows.values()) file(index, cells);
    this.#indexes.push(index);
    return index;
  }
}

const isOf = (columns: readonly string[], wanted: ReturnType<typeof wantedCells>): boolean => {
  if (columns.length !== wanted.length) return false;
  for (let i = 0; i < columns.length; i++) if (columns[i] !== wanted[i]![0]) return false;
  return true;
};

const file = ({ columns, found }: Index, cells: Cells): void => {
  const value = cellIn(cells, columns);
  const same = found.get(value);
  if (same === undefined) found.set(value, cells);
  else if (same instanceof Set) same.add(cells);
  else found.set(value, new Set([same, cells]));
};

const unfile = ({ columns, found }: Index, cells: Cells): void => {
  const value = cellIn(cells, columns);
  const same = found.get(value)!;
  if (same instanceof Set) {
    same.delete(cells);
    if (same.size > 0) return;
  }
  found.delete(value);
};

type Order = (a: Cells, b: Cells) => number;

/** In order, and so many of them; fewer than none is all. */
const firstOf = (rows: Cells[], order: Order, limit: number): Cells[] => {
  if (limit < 0 || limit > FEW) {
    rows.sort(order);
    return limit < 0 ? rows : rows.slice(0, limit);
  }
  const first: Cells[] = [];
  for (const row of rows) {
    if (first.length === limit && (limit === 0 || order(row, first[limit - 1]!) >= 0)) continue;
    let at = first.length;
    while (at > 0 && order(row, first[at - 1]!) < 0) at--;
    first.splice(at, 0, row);
    first.length = Math.min(first.length, limit);
  }
  return first;
};

export class MapTables implements AnyTables {
  readonly #schema: Schema;
  readonly #tables = new Map<string, Table>();

  constructor(schema: Schema) {
    this.#schema = schema;
  }

  get(table: string, ...key: unknown[]): SchemaRow | undefined {
    return this.#of(table).get(key);
  }

  list(table: string, where: SchemaRow = {}, options: ListOptions = {}): SchemaRow[] {
    const of = this.#of(table);
    const order = options.order ?? of.shape.key[0]!;
    if (!Object.hasOwn(of.shape.columns, order)) throw new Error(`no column ${order}`);
    let rows = of.having(where);
    // Mostly nothing is there
    if (rows.length === 0) return [];
    const sign = options.descending === true ? -1 : 1;
    if (options.after !== undefined && options.after !== null) {
      const after = cellFor(of.shape, order, options.after);
      rows = rows.filter((row) => row[order] !== null && sign * compareCells(row[order]!, after) > 0);
    }
    const by = [order, ...of.shape.key];
    const before: Order = (a, b) => {
      for (const name of by) {
        const order = compareCells(a[name]!, b[name]!);
        if (order !== 0) return sign * order;
      }
      return 0;
    };
    return firstOf(rows, before, options.limit ?? -1).map((row) => of.rowOf(row));
  }

  count(table: string, where: SchemaRow = {}): number {
    return this.#of(table).count(where);
  }

  put(table: string, row: SchemaRow): void {
    this.#of(table).put(row);
  }

  remove(table: string, ...key: unknown[]): void {
    this.#of(table).remove(key);
  }

  /** Every row of a table, in no order. */
  *rows(table: string): Generator<SchemaRow> {
    const of = this.#of(table);
    for (const cells of of.all()) yield of.rowOf(cells);
  }

  #of(table: string): Table {
    let of = this.#tables.get(table);
    if (of === undefined) {
      of = new Table(shapeOf(this.#schema, table));
      this.#tables.set(table, of);
    }
    return of;
  }
}
