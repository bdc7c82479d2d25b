/** Of all chunks of history, which may have rows with some values: no chunk is opened, and none is asked by itself. */
import { shapeOf } from '../dump.ts';
import type { Cell, Schema, SchemaRow } from '../tables.ts';
import { ChunkSet, type ColumnFilters, FilterTexts, hashOf } from './filters.ts';
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
/** And filters are asked as they are kept so often, before they are laid side by side: a command asks little, a fold always. */
const ALWAYS = 256;

export class ChunkIndex {
  readonly #filtered: ReadonlyMap<string, readonly (readonly [name: string, columns: readonly string[]])[]>;
  readonly #kept: KeptFilters;
  readonly #spans: Spans[] = [];
  readonly #numberOf = new Map<number, number>();
  /** Of a column when it is first asked for, and spans and filters before it leave some chunk: most commands need few. */
  readonly #read = new Map<string, ColumnFilters>();
  readonly #filtersAsked = new Map<string, number>();
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
    for (const [name, bits] of Object.entries(filters ?? {})) this.#read.get(name)?.add(number, bits);
  }

  /** Numbers from the oldest, counted from 0: those of all other chunks have no row of the table with these values. */
  having(table: string, wanted: SchemaRow): number[] {
    const isWithin = (number: number): boolean => this.#isWithin(number, table, wanted);
    const chunks = new ChunkSet(this.#spans.length);
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

  /** The least and the most that the rows of a chunk have there; undefined where that is not known. */
  span(number: number, table: string, column: string): readonly [Cell, Cell] | undefined {
    const span = this.#spans[number]?.[table]?.[column];
    return span && [span.empty ? null : span.from, span.to];
  }

  #isWithin(number: number, table: string, wanted: SchemaRow): boolean {
    const spans = this.#spans[number]?.[table];
    if (spans === undefined) return false;
    return Object.keys(wanted).every((column) => {
      const span = spans[column];
      return span === undefined || isWithin(span, wanted[column] as Cell);
    });
  }

  #filtersOf(name: string): ColumnFilters {
    const known = this.#read.get(name);
    const isMany = asksTooOften(this.#filtersAsked, name, ALWAYS);
    if (known !== undefined && !(isMany && known instanceof FilterTexts)) return known;
    const filters = known instanceof FilterTexts ? known.sliced() : this.#textsOf(name);
    this.#read.set(name, filters);
    return filters;
  }

  #textsOf(name: string): FilterTexts {
    const texts = new FilterTexts();
    for (const { line, bits } of this.#kept(name)) {
      const number = this.#numberOf.get(line);
      if (number !== undefined) texts.add(number, bits);
    }
    return texts;
  }
}

/** Counts that it is asked once more, and says whether that is too often. */
const asksTooOften = (times: Map<string, number>, name: string, most: number): boolean => {
  const now = (times.get(name) ?? 0) + 1;
  times.set(name, now);
  return now > most;
};
