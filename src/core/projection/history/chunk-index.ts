/** Of all chunks of history, which may have rows with some values: no chunk is opened, and none is asked by itself. */
import { shapeOf } from '../dump.ts';
import type { Cell, Schema, SchemaRow } from '../tables.ts';
import { ChunkSet, FilterSlices, hashOf } from './filters.ts';
import {
  type Filters,
  filteredColumns,
  filterName,
  isWithin,
  type MovingTables,
  type Spans,
} from './summary.ts';

/** Filters of one name, each by the line of its chunk; those of chunks that were added are among them. */
export type KeptFilters = (name: string) => readonly { readonly line: number; readonly bits: string }[];

/** Chunks are asked one by one so often, before a filter is read that asks them all at once. */
const OFTEN = 64;

export class ChunkIndex {
  readonly #filtered: ReadonlyMap<string, readonly (readonly [name: string, columns: readonly string[]])[]>;
  readonly #kept: KeptFilters;
  readonly #spans: Spans[] = [];
  readonly #numberOf = new Map<number, number>();
  /** Read when a column is first asked for, and spans and filters before it leave some chunk: most commands need few. */
  readonly #slices = new Map<string, FilterSlices>();
  readonly #spansAsked = new Map<string, number>();

  constructor(schema: Schema, moving: MovingTables, kept: KeptFilters) {
    this.#filtered = new Map(
      Object.keys(moving).map((table) => [
        table,
        filteredColumns(shapeOf(schema, table), moving[table]).map(
          (columns) => [filterName(table, columns), columns] as const,
        ),
      ]),
    );
    this.#kept = kept;
  }

  /** The next one, of a later line than those before; its filters are kept by now. */
  add(line: number, spans: Spans, filters: Filters | null): void {
    const number = this.#spans.push(spans) - 1;
    this.#numberOf.set(line, number);
    for (const [name, bits] of Object.entries(filters ?? {})) this.#slices.get(name)?.add(number, bits);
  }

  /** Numbers from the oldest, counted from 0: those of all other chunks have no row of the table with these values. */
  having(table: string, wanted: SchemaRow): number[] {
    const isWithin = (number: number): boolean => this.#isWithin(number, table, wanted);
    const chunks = new ChunkSet(this.#spans.length);
    for (const [name, columns] of this.#filtered.get(table) ?? []) {
      if (!columns.every((column) => Object.hasOwn(wanted, column))) continue;
      const isRead = this.#slices.has(name);
      if (!isRead && !this.#asksTooOften(name) && !chunks.numbers().some(isWithin)) return [];
      this.#slicesOf(name).narrow(chunks, hashOf(columns.map((column) => wanted[column])));
      if (chunks.isEmpty()) return [];
    }
    return chunks.numbers().filter(isWithin);
  }

  /** The least and the most that the rows of a chunk have there; undefined where that is not known. */
  span(number: number, table: string, column: string): readonly [Cell, Cell] | undefined {
    const span = this.#spans[number]?.[table]?.[column];
    return span && [span.empty ? null : span.from, span.to];
  }

  /** Counts that spans are asked for, and says whether that was done too often. */
  #asksTooOften(name: string): boolean {
    const times = (this.#spansAsked.get(name) ?? 0) + 1;
    this.#spansAsked.set(name, times);
    return times > OFTEN;
  }

  #isWithin(number: number, table: string, wanted: SchemaRow): boolean {
    const spans = this.#spans[number]?.[table];
    if (spans === undefined) return false;
    return Object.keys(wanted).every((column) => {
      const span = spans[column];
      return span === undefined || isWithin(span, wanted[column] as Cell);
    });
  }

  #slicesOf(name: string): FilterSlices {
    const known = this.#slices.get(name);
    if (known !== undefined) return known;
    const slices = new FilterSlices();
    for (const { line, bits } of this.#kept(name)) {
      const number = this.#numberOf.get(line);
      if (number !== undefined) slices.add(number, bits);
    }
    this.#slices.set(name, slices);
    return slices;
  }
}
