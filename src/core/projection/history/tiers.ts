/** Tables of which some rows lie in chunks of history: the same answers as one store would give, a chunk opened only where it may matter. */
import { cellFor, compareCells, keyCells, shapeOf, wantedCells } from '../dump.ts';
import type { AnyTables, Cell, ListOptions, Schema, SchemaRow } from '../tables.ts';
import { ChunkIndex } from './chunk-index.ts';
import type { KeptIndex } from './kept-index.ts';
import type { MovingTables, Summary } from './summary.ts';

/** Rows that are written once. */
export type OpenChunk = (number: number) => Pick<AnyTables, 'get' | 'list'>;

/** A row that is written again is in the working set: it hides the one in a chunk, and a later chunk an earlier one. */
export class TieredTables implements AnyTables {
  readonly #schema: Schema;
  readonly #near: AnyTables;
  readonly #index: ChunkIndex;
  readonly #open: OpenChunk;
  readonly #moving: MovingTables;

  constructor(
    schema: Schema,
    near: AnyTables,
    { open, moving, kept }: { open: OpenChunk; moving: MovingTables; kept: KeptIndex },
  ) {
    this.#schema = schema;
    this.#near = near;
    this.#index = new ChunkIndex(schema, moving, kept);
    this.#moving = moving;
    this.#open = open;
  }

  /** Takes rows out of the working set that are in the next chunk from now on. */
  add(summary: Summary, rows: Readonly<Record<string, readonly SchemaRow[]>>): void {
    this.#index.add(summary);
    for (const [table, moved] of Object.entries(rows))
      for (const row of moved) this.#near.remove(table, ...this.#keyOf(table, row));
  }

  get(table: string, ...key: unknown[]): SchemaRow | undefined {
    const near = this.#near.get(table, ...key);
    return near ?? (this.#isMoving(table) ? this.#inChunks(table, key) : undefined);
  }

  list(table: string, where: SchemaRow = {}, options: ListOptions = {}): SchemaRow[] {
    const rows = this.#near.list(table, where, options);
    if (!this.#isMoving(table)) return rows;
    const shape = shapeOf(this.#schema, table);
    const order = options.order ?? shape.key[0]!;
    const down = options.descending === true;
    const sign = down ? -1 : 1;
    const wanted = Object.fromEntries(wantedCells(shape, where));
    const after = options.after == null ? null : cellFor(shape, order, options.after);
    const limit = options.limit === undefined || options.limit < 0 ? null : options.limit;
    const by = [order, ...shape.key];
    const inOrder = (a: SchemaRow, b: SchemaRow): number => {
      for (const column of by) {
        const found = compareCells(a[column] as Cell, b[column] as Cell);
        if (found !== 0) return sign * found;
      }
      return 0;
    };
    const beyond = (cell: Cell, bound: Cell): boolean => sign * compareCells(cell, bound) > 0;
    let all = rows;
    /** By what a chunk is between: all of it is before where the page begins, or behind its last row. */
    const isElsewhere = (span: readonly [Cell, Cell] | undefined): boolean => {
      if (span === undefined) return false;
      if (after !== null && !beyond(down ? span[0] : span[1], after)) return true;
      const last = limit === null ? undefined : all[limit - 1];
      return last !== undefined && beyond(down ? span[1] : span[0], last[order] as Cell);
    };
    const isFull = limit !== null && all.length >= limit;
    if (isFull && (limit === 0 || options.any === true || this.#index.every(table, order, isElsewhere)))
      return all;
    const having = this.#index.having(table, wanted);
    for (const number of down ? having.reverse() : having) {
      if (isElsewhere(this.#index.span(number, table, order))) continue;
      const found = this.#open(number)
        .list(table, where, { ...(after === null ? {} : { after }), order, descending: down })
        .filter((row) => !this.#isHidden(table, this.#keyOf(table, row), number));
      if (found.length > 0) all = [...all, ...found].sort(inOrder).slice(0, limit ?? undefined);
    }
    return all;
  }

  count(table: string, where: SchemaRow = {}): number {
    if (!this.#isMoving(table)) return this.#near.count(table, where);
    const wanted = Object.fromEntries(wantedCells(shapeOf(this.#schema, table), where));
    let count = this.#near.count(table, where);
    for (const number of this.#index.having(table, wanted))
      for (const row of this.#open(number).list(table, where))
        if (!this.#isHidden(table, this.#keyOf(table, row), number)) count++;
    return count;
  }

  put(table: string, row: SchemaRow): void {
    this.#near.put(table, row);
  }

  remove(table: string, ...key: unknown[]): void {
    if (this.#isMoving(table) && this.#inChunks(table, key))
      throw new Error(`a row of ${table} is over, and over rows stay`);
    this.#near.remove(table, ...key);
  }

  #isMoving(table: string): boolean {
    return this.#index.count > 0 && Object.hasOwn(this.#moving, table);
  }

  #keyOf(table: string, row: SchemaRow): unknown[] {
    return shapeOf(this.#schema, table).key.map((column) => row[column]);
  }

  #isHidden(table: string, key: readonly unknown[], number: number): boolean {
    return this.#near.get(table, ...key) !== undefined || this.#inChunks(table, key, number) !== undefined;
  }

  /** In the newest that has it, of those after this number. */
  #inChunks(table: string, key: readonly unknown[], number = -1): SchemaRow | undefined {
    const shape = shapeOf(this.#schema, table);
    const cells = keyCells(shape, key);
    const wanted = Object.fromEntries(shape.key.map((column, i) => [column, cells[i]]));
    const having = this.#index.having(table, wanted);
    for (let at = having.pop(); at !== undefined && at > number; at = having.pop()) {
      const row = this.#open(at).get(table, ...key);
      if (row !== undefined) return row;
    }
    return undefined;
  }
}
