/** `Tables` in plain maps: for who writes so much that a store on the other side of an engine would take most of the time. */
import { cellFor, cellsFor, compareCells, fromCell, keyCells, shapeOf, wantedCells } from './dump.ts';
import type { AnyTables, Cell, ListOptions, Schema, SchemaRow, TableShape } from './tables.ts';

type Cells = Record<string, Cell>;
/** Rows by the values of some columns. */
type Index = { columns: readonly string[]; found: Map<Cell, Set<Cells>> };

/** So many are found in one pass over rows; for more all of these are put in order. */
const FEW = 8;

// Neither is in the text of a cell
const [BETWEEN, NULL] = ['\0', '\ud800'];

/** One value stands for itself; several for the text of them all, which no others of these columns have. */
const cellOfAll = (cells: readonly Cell[]): Cell => {
  if (cells.length === 1) return cells[0]!;
  let text = '';
  for (const cell of cells) text += `${cell ?? NULL}${BETWEEN}`;
  return text;
};
const cellIn = (cells: Cells, names: readonly string[]): Cell =>
  names.length === 1 ? cells[names[0]!]! : cellOfAll(names.map((name) => cells[name]!));

class Table {
  readonly shape: TableShape;
  readonly #json: readonly string[];
  readonly #rows = new Map<Cell, Cells>();
  /** Made when rows are first asked for by these columns. */
  readonly #indexes = new Map<string, Index>();

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
      for (const index of this.#indexes.values()) file(index, cells);
      return;
    }
    // Mostly it is found as it was
    const other = [...this.#indexes.values()].filter(({ columns }) =>
      columns.some((name) => before[name] !== cells[name]),
    );
    for (const index of other) unfile(index, before);
    Object.assign(before, cells);
    for (const index of other) file(index, before);
  }

  remove(key: readonly unknown[]): void {
    const id = cellOfAll(keyCells(this.shape, key));
    const cells = this.#rows.get(id);
    if (cells === undefined) return;
    this.#rows.delete(id);
    for (const index of this.#indexes.values()) unfile(index, cells);
  }

  /** All that have these values, in no order. */
  having(where: SchemaRow): Iterable<Cells> & { size: number } {
    const wanted = wantedCells(this.shape, where);
    if (wanted.length === 0) return { size: this.#rows.size, [Symbol.iterator]: () => this.#rows.values() };
    const [columns, cells] = [wanted.map(([name]) => name), wanted.map(([, cell]) => cell)];
    const index = this.#indexes.get(columns.join()) ?? this.#indexed(columns);
    return index.found.get(cellOfAll(cells)) ?? NONE;
  }

  /** A row of its own for each who asks. */
  rowOf(cells: Cells): SchemaRow {
    const row: SchemaRow = { ...cells };
    for (const name of this.#json) row[name] = fromCell(this.shape.columns[name]!, cells[name]!);
    return row;
  }

  #indexed(columns: readonly string[]): Index {
    const index: Index = { columns, found: new Map() };
    for (const cells of this.#rows.values()) file(index, cells);
    this.#indexes.set(columns.join(), index);
    return index;
  }
}

const NONE: ReadonlySet<Cells> = new Set();

const file = ({ columns, found }: Index, cells: Cells): void => {
  const value = cellIn(cells, columns);
  const same = found.get(value);
  if (same === undefined) found.set(value, new Set([cells]));
  else same.add(cells);
};

const unfile = ({ columns, found }: Index, cells: Cells): void => {
  const value = cellIn(cells, columns);
  const same = found.get(value)!;
  same.delete(cells);
  if (same.size === 0) found.delete(value);
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
    const found = of.having(where);
    // Mostly nothing is there
    if (found.size === 0) return [];
    const sign = options.descending === true ? -1 : 1;
    let rows = [...found];
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
    const of = this.#of(table);
    return of.having(where).size;
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
    for (const cells of of.having({})) yield of.rowOf(cells);
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
