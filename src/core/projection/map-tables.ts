/** `Tables` in plain maps: for who writes so much that a store on the other side of an engine would take most of the time. */
import { cellFor, cellsFor, compareCells, fromCell, keyCells, shapeOf, wantedCells } from './dump.ts';
import type { AnyTables, Cell, ListOptions, Schema, SchemaRow, TableShape } from './tables.ts';

type Cells = Record<string, Cell>;
/** Rows by the values of some columns. */
type Index = { columns: readonly string[]; found: Map<Cell, Set<Cells>> };

/** One value stands for itself; several for the text of them all, which no other values have. */
const cellOfAll = (cells: readonly Cell[]): Cell => (cells.length === 1 ? cells[0]! : JSON.stringify(cells));

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
    const key = cellOfAll(this.shape.key.map((name) => cells[name]!));
    this.#drop(key);
    this.#rows.set(key, cells);
    for (const index of this.#indexes.values()) file(index, cells);
  }

  remove(key: readonly unknown[]): void {
    this.#drop(cellOfAll(keyCells(this.shape, key)));
  }

  /** All that have these values, in no order. */
  having(wanted: readonly (readonly [name: string, cell: Cell])[]): Iterable<Cells> & { size: number } {
    if (wanted.length === 0) return { size: this.#rows.size, [Symbol.iterator]: () => this.#rows.values() };
    const columns = wanted.map(([name]) => name);
    const name = columns.join();
    let index = this.#indexes.get(name);
    if (index === undefined) {
      index = { columns, found: new Map() };
      for (const cells of this.#rows.values()) file(index, cells);
      this.#indexes.set(name, index);
    }
    return index.found.get(cellOfAll(wanted.map(([, cell]) => cell))) ?? NONE;
  }

  /** A row of its own for each who asks. */
  rowOf(cells: Cells): SchemaRow {
    const row: SchemaRow = { ...cells };
    for (const name of this.#json) row[name] = fromCell(this.shape.columns[name]!, cells[name]!);
    return row;
  }

  #drop(key: Cell): void {
    const cells = this.#rows.get(key);
    if (cells === undefined) return;
    this.#rows.delete(key);
    for (const { columns, found } of this.#indexes.values()) {
      const value = cellOfAll(columns.map((name) => cells[name]!));
      const same = found.get(value)!;
      same.delete(cells);
      if (same.size === 0) found.delete(value);
    }
  }
}

const NONE: ReadonlySet<Cells> = new Set();

const file = ({ columns, found }: Index, cells: Cells): void => {
  const value = cellOfAll(columns.map((name) => cells[name]!));
  const same = found.get(value);
  if (same === undefined) found.set(value, new Set([cells]));
  else same.add(cells);
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
    const sign = options.descending === true ? -1 : 1;
    let rows = [...of.having(wantedCells(of.shape, where))];
    if (options.after !== undefined && options.after !== null) {
      const after = cellFor(of.shape, order, options.after);
      rows = rows.filter((row) => row[order] !== null && sign * compareCells(row[order]!, after) > 0);
    }
    const by = [order, ...of.shape.key];
    rows.sort((a, b) => {
      for (const name of by) {
        const before = compareCells(a[name]!, b[name]!);
        if (before !== 0) return sign * before;
      }
      return 0;
    });
    const { limit = -1 } = options;
    return (limit < 0 ? rows : rows.slice(0, limit)).map((row) => of.rowOf(row));
  }

  count(table: string, where: SchemaRow = {}): number {
    const of = this.#of(table);
    return of.having(wantedCells(of.shape, where)).size;
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
    for (const cells of of.having([])) yield of.rowOf(cells);
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
