/** What is known of a chunk of history without opening it: which rows it may have. It errs to one side only. */
import { compareCells, shapeOf } from '../dump.ts';
import type { Cell, Schema, SchemaRow, TableShape } from '../tables.ts';
import { filterOf, hashesOf, type ValueHash } from './filters.ts';

/** The least and the most of a column; whether some rows have nothing there. */
type Span = readonly [from: Cell, to: Cell, empty: 0 | 1];
/** Of what has an order, between which values the rows of a table are. */
export type TableSpans = Readonly<Record<string, Span>>;
/** By table that has rows in the chunk. */
export type Spans = Readonly<Record<string, TableSpans>>;
/** By table and columns: a Bloom filter. */
export type Filters = Readonly<Record<string, Uint8Array>>;
/** `hashes`: by table and columns, of all values that the filters have. */
export type Summary = {
  readonly spans: Spans;
  readonly filters: Filters;
  readonly hashes: Readonly<Record<string, readonly ValueHash[]>>;
};
/** Tables whose rows may lie in chunks: which columns are looked up together, and by which there is an order, beside its key and numbers. */
export type MovingTables = Readonly<
  Record<string, { readonly together?: readonly (readonly string[])[]; readonly ordered?: readonly string[] }>
>;

export const filterName = (table: string, columns: readonly string[]): string =>
  [table, ...columns].join(' ');

const isNumber = (shape: TableShape, column: string): boolean => shape.columns[column]!.type === 'int';

/** What rows of a table are looked up by, and so have a filter of: a number has its span. First what few rows have in common. */
export const filteredColumns = (
  shape: TableShape,
  { together = [] }: MovingTables[string] = {},
): (readonly string[])[] => {
  const asked = new Set([...shape.key, ...(shape.index ?? []).flat()]);
  const columns = [...asked].filter((column) => !isNumber(shape, column));
  const isShared = (column: string): boolean => shape.columns[column]!.type === 'shared';
  const ordered = [...columns.filter((one) => !isShared(one)), ...columns.filter(isShared)];
  return [...together, ...ordered.map((column) => [column])];
};

/** Of the rows of each table that has some. */
export const summaryOf = (
  schema: Schema,
  rows: Readonly<Record<string, readonly SchemaRow[]>>,
  moving: MovingTables,
): Summary => {
  const spans: Record<string, Record<string, Span>> = {};
  const filters: Record<string, Uint8Array> = {};
  const hashes: Record<string, ValueHash[]> = {};
  for (const [table, all] of Object.entries(rows)) {
    if (all.length === 0) continue;
    const shape = shapeOf(schema, table);
    const numbers = Object.keys(shape.columns).filter((column) => isNumber(shape, column));
    // Of ids that are digests a chunk has the least and the most of all there are
    const keys = shape.key.slice(0, 1).filter((column) => shape.columns[column]!.type !== 'hex');
    const ordered = [...keys, ...(moving[table]?.ordered ?? []), ...numbers];
    spans[table] = Object.fromEntries(
      ordered.map((column) => [column, spanOf(all.map((row) => row[column] as Cell))]),
    );
    for (const columns of filteredColumns(shape, moving[table])) {
      const name = filterName(table, columns);
      hashes[name] = hashesOf(all.map((row) => columns.map((column) => row[column] ?? null)));
      filters[name] = filterOf(hashes[name]);
    }
  }
  return { spans, filters, hashes };
};

const spanOf = (cells: readonly Cell[]): Span => {
  const there: Cell[] = cells.filter((cell) => cell !== null);
  const least = (a: Cell, b: Cell): Cell => (compareCells(a, b) <= 0 ? a : b);
  const most = (a: Cell, b: Cell): Cell => (compareCells(a, b) >= 0 ? a : b);
  const empty = there.length < cells.length ? 1 : 0;
  return there.length === 0 ? [null, null, empty] : [there.reduce(least), there.reduce(most), empty];
};

export const isWithin = ([from, to, empty]: Span, value: Cell): boolean =>
  value === null ? empty === 1 : compareCells(from, value) <= 0 && compareCells(value, to) <= 0;

const joined = (a: Span, b: Span): Span => {
  const [from] = [a[0], b[0]].filter((cell) => cell !== null).sort(compareCells);
  const to = [a[1], b[1]]
    .filter((cell) => cell !== null)
    .sort(compareCells)
    .at(-1);
  return [from ?? null, to ?? null, a[2] === 1 || b[2] === 1 ? 1 : 0];
};

/** Between what the rows of a table are, of chunks of one lot together and of each, which is looked at where all together leave it open. */
export class SpanLot {
  /** Null where none of them has rows of the table. */
  readonly all: TableSpans | null;
  #each: string | readonly (TableSpans | null)[];

  /** `each`: as JSON, or as it is. */
  constructor(all: TableSpans | null, each: string | readonly (TableSpans | null)[]) {
    this.all = all;
    this.#each = each;
  }

  get each(): readonly (TableSpans | null)[] {
    if (typeof this.#each === 'string') this.#each = JSON.parse(this.#each) as (TableSpans | null)[];
    return this.#each;
  }

  /** With one more chunk. */
  with(spans: TableSpans | null): SpanLot {
    const { all } = this;
    const both =
      all === null || spans === null
        ? (all ?? spans)
        : Object.fromEntries(
            Object.keys(all).map((column) => [column, joined(all[column]!, spans[column]!)]),
          );
    return new SpanLot(both, [...this.each, spans]);
  }
}
