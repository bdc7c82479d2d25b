/** Of all chunks of history, which may have rows with some values: no chunk is opened, and none is asked by itself. */
import { shapeOf } from '../dump.ts';
import type { Cell, Schema, SchemaRow } from '../tables.ts';
import { ChunkSet, type ColumnFilters, FilterLots, hashOf } from './filters.ts';
import type { KeptIndex } from './kept-index.ts';
import {
  filteredColumns,
  filterName,
  isWithin,
  type MovingTables,
  type Summary,
  type TableSpans,
} from './summary.ts';

/** Chunks are asked one by one so often, before a filter is read that asks them all at once. */
const OFTEN = 64;
/** And filters are asked as they are kept so often, before they are laid side by side: a command asks little, a fold always. */
const ALWAYS = 256;

export class ChunkIndex {
  readonly #filtered: ReadonlyMap<string, readonly (readonly [name: string, columns: readonly string[]])[]>;
  readonly #kept: Pick<KeptIndex, 'filters' | 'spans'>;
  #count: number;
  /** Of a table when it is first asked for. */
  readonly #spans = new Map<string, (TableSpans | null)[]>();
  /** Of a column when it is first asked for, and spans and filters before it leave some chunk: most commands need few. */
  readonly #read = new Map<string, ColumnFilters>();
  readonly #filtersAsked = new Map<string, number>();
  readonly #spansAsked = new Map<string, number>();

  constructor(schema: Schema, moving: MovingTables, kept: Pick<KeptIndex, 'filters' | 'spans' | 'count'>) {
    this.#filtered = new Map(
      Object.keys(moving).map((table) => [
        table,
        filteredColumns(shapeOf(schema, table), moving[table]).map(
          (columns) => [filterName(table, columns), columns] as const,
        ),
      ]),
    );
    this.#kept = kept;
    this.#count = kept.count;
  }

  get count(): number {
    return this.#count;
  }

  /** The next one, of a later line than those before; what is known of it is kept by now. */
  add({ spans, filters }: Summary): void {
    const number = this.#count++;
    for (const [table, all] of this.#spans) all[number] = spans[table] ?? null;
    for (const [name, bits] of Object.entries(filters)) this.#read.get(name)?.add(number, bits);
  }

  /** Numbers from the oldest, counted from 0: those of all other chunks have no row of the table with these values. */
  having(table: string, wanted: SchemaRow): number[] {
    const isWithin = this.#isWithin(table, wanted);
    const chunks = new ChunkSet(this.#count);
    for (const [name, columns] of this.#filtered.get(table) ?? []) {
      if (!columns.every((column) => Object.hasOwn(wanted, column))) continue;
      const isRead = this.#read.has(name);
      if (!isRead && !asksTooOften(this.#spansAsked, name, OFTEN) && !chunks.numbers().some(isWithin))
        return [];
      this.#filtersOf(name).narrow(chunks, hashOf(columns.map((column) => wanted[column])));
      if (chunks.isEmpty()) return [];
    }
    return chunks.numbers().filter(isWithin);
  }

  /** Of all chunks, from the oldest. */
  numbers(): number[] {
    return new ChunkSet(this.#count).numbers();
  }

  /** The least and the most that the rows of a chunk have there; undefined where that is not known. */
  span(number: number, table: string, column: string): readonly [Cell, Cell] | undefined {
    const span = this.#spansOf(table)[number]?.[column];
    return span && [span[2] === 1 ? null : span[0], span[1]];
  }

  #spansOf(table: string): readonly (TableSpans | null)[] {
    const known = this.#spans.get(table) ?? this.#kept.spans(table);
    this.#spans.set(table, known);
    return known;
  }

  /** Tells of a chunk whether its rows may have these values, by those that have an order. */
  #isWithin(table: string, wanted: SchemaRow): (number: number) => boolean {
    const all = this.#spansOf(table);
    const columns = Object.keys(wanted);
    return (number) => {
      const spans = all[number];
      if (spans == null) return false;
      for (const column of columns) {
        const span = spans[column];
        if (span !== undefined && !isWithin(span, wanted[column] as Cell)) return false;
      }
      return true;
    };
  }

  #filtersOf(name: string): ColumnFilters {
    const known = this.#read.get(name);
    const isMany = asksTooOften(this.#filtersAsked, name, ALWAYS);
    if (known !== undefined && !(isMany && known instanceof FilterLots)) return known;
    const filters = known instanceof FilterLots ? known.sliced() : new FilterLots(this.#kept.filters(name));
    this.#read.set(name, filters);
    return filters;
  }
}

/** Counts that it is asked once more, and says whether that is too often. */
const asksTooOften = (times: Map<string, number>, name: string, most: number): boolean => {
  const now = (times.get(name) ?? 0) + 1;
  times.set(name, now);
  return now > most;
};
