/** Tables of which some rows lie in chunks of history: the same answers as one store would give, a chunk opened only where it may matter. */
import { cellFor, compareCells, keyCells, shapeOf, wantedCells } from '../dump.ts';
import type { AnyTables, Cell, ListOptions, Schema, SchemaRow } from '../tables.ts';
import type { Hashes, SummaryReader } from './summary.ts';

/** Rows that are written once. */
export type Chunk = { readonly summary: SummaryReader; readonly open: () => Pick<AnyTables, 'get' | 'list'> };

/** A row that is written again is in the working set: it hides the one in a chunk, and a later chunk an earlier one. */
export class TieredTables implements AnyTables {
  readonly #schema: Schema;
  readonly #near: AnyTables;
  /** From the newest. */
  readonly #chunks: Chunk[];
  readonly #moving: ReadonlySet<string>;

  constructor(schema: Schema, near: AnyTables, chunks: readonly Chunk[], moving: readonly string[]) {
    this.#schema = schema;
    this.#near = near;
    this.#chunks = [...chunks].reverse();
    this.#moving = new Set(moving);
  }

  /** Takes rows out of the working set that are in this chunk from now on. */
  add(chunk: Chunk, rows: Readonly<Record<string, readonly SchemaRow[]>>): void {
    this.#chunks.unshift(chunk);
    for (const [table, moved] of Object.entries(rows))
      for (const row of moved) this.#near.remove(table, ...this.#keyOf(table, row));
  }

  get(table: string, ...key: unknown[]): SchemaRow | undefined {
    const near = this.#near.get(table, ...key);
    return near ?? (this.#isMoving(table) ? this.#inChunks(table, key, this.#chunks.length) : undefined);
  }

  list(table: string, where: SchemaRow = {}, options: ListOptions = {}): SchemaRow[] {
    const rows = this.#near.list(table, where, options);
    if (!this.#isMoving(table)) return rows;
    const shape = shapeOf(this.#schema, table);
    const order = options.order ?? shape.key[0]!;
    const down = options.descending === true;
    const sign = down ? -1 : 1;
    const wanted = Object.fromEntries(wantedCells(shape, where));
    const hashes: Hashes = new Map();
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
    const newest = this.#chunks.map((chunk, age) => ({ chunk, age }));
    let all = rows;
    for (const { chunk, age } of down ? newest : newest.reverse()) {
      if (!chunk.summary.mayHave(table, wanted, hashes)) continue;
      const span = chunk.summary.span(table, order);
      if (span && after !== null && !beyond(down ? span[0] : span[1], after)) continue;
      if (limit !== null && all.length >= limit) {
        const last = all[limit - 1];
        if (last === undefined) return [];
        if (span && beyond(down ? span[1] : span[0], last[order] as Cell)) continue;
      }
      const found = chunk
        .open()
        .list(table, where, { ...(after === null ? {} : { after }), order, descending: down })
        .filter((row) => !this.#isHidden(table, this.#keyOf(table, row), age));
      if (found.length > 0) all = [...all, ...found].sort(inOrder).slice(0, limit ?? undefined);
    }
    return all;
  }

  count(table: string, where: SchemaRow = {}): number {
    if (!this.#isMoving(table)) return this.#near.count(table, where);
    const wanted = Object.fromEntries(wantedCells(shapeOf(this.#schema, table), where));
    const hashes: Hashes = new Map();
    let count = this.#near.count(table, where);
    for (const [age, chunk] of this.#chunks.entries())
      if (chunk.summary.mayHave(table, wanted, hashes))
        for (const row of chunk.open().list(table, where))
          if (!this.#isHidden(table, this.#keyOf(table, row), age)) count++;
    return count;
  }

  put(table: string, row: SchemaRow): void {
    this.#near.put(table, row);
  }

  remove(table: string, ...key: unknown[]): void {
    if (this.#isMoving(table) && this.#inChunks(table, key, this.#chunks.length))
      throw new Error(`a row of ${table} is over, and over rows stay`);
    this.#near.remove(table, ...key);
  }

  #isMoving(table: string): boolean {
    return this.#chunks.length > 0 && this.#moving.has(table);
  }

  #keyOf(table: string, row: SchemaRow): unknown[] {
    return shapeOf(this.#schema, table).key.map((column) => row[column]);
  }

  #isHidden(table: string, key: readonly unknown[], age: number): boolean {
    return this.#near.get(table, ...key) !== undefined || this.#inChunks(table, key, age) !== undefined;
  }

  /** In one of so many of the newest. */
  #inChunks(table: string, key: readonly unknown[], newest: number): SchemaRow | undefined {
    if (newest === 0) return undefined;
    const shape = shapeOf(this.#schema, table);
    const cells = keyCells(shape, key);
    const wanted: SchemaRow = {};
    const hashes: Hashes = new Map();
    for (const [i, column] of shape.key.entries()) wanted[column] = cells[i];
    for (let age = 0; age < newest; age++) {
      const chunk = this.#chunks[age]!;
      const row = chunk.summary.mayHave(table, wanted, hashes) ? chunk.open().get(table, ...key) : undefined;
      if (row !== undefined) return row;
    }
    return undefined;
  }
}
