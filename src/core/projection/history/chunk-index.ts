/** Of all chunks of history, which may have rows with some values: no chunk is opened, and none is asked by itself. */
import { shapeOf } from '../dump.ts';
import type { Cell, Schema, SchemaRow } from '../tables.ts';
import {
  ChunkSet,
  type ColumnFilters,
  FilterLots,
  FilterSlices,
  hashOf,
  LOT,
  lotOf,
  type ValueHash,
} from './filters.ts';
import type { KeptIndex } from './kept-index.ts';
import { LeftValues } from './left-values.ts';
import {
  filteredColumns,
  filterName,
  isWithin,
  type MovingTables,
  SpanLot,
  type Summary,
  type TableSpans,
} from './summary.ts';

/** So often what chunks are between is looked at before their filters, of which fewer are read then; later these ask all chunks at once. */
const OFTEN = 64;
/** And filters are asked as they are kept so often, before they are laid side by side: a command asks little, a fold always. */
const ALWAYS = 256;

type LeastAndMost = readonly [least: Cell, most: Cell];

export class ChunkIndex {
  readonly #filtered: ReadonlyMap<string, readonly (readonly [name: string, columns: readonly string[]])[]>;
  readonly #kept: KeptIndex;
  #count: number;
  /** Of a table when it is first asked for. */
  readonly #spans = new Map<string, SpanLot[]>();
  /** Of a column when it is first asked for. */
  readonly #read = new Map<string, ColumnFilters>();
  readonly #filtersAsked = new Map<string, number>();
  readonly #spansAsked = new Map<string, number>();
  /** By column; null where chunks were made before, of which it is not known. */
  readonly #left: Map<string, LeftValues> | null;

  constructor(schema: Schema, moving: MovingTables, kept: KeptIndex) {
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
    this.#left = this.#count === 0 ? new Map() : null;
  }

  get count(): number {
    return this.#count;
  }

  /** The next one, of a later line than those before; what is known of it is kept by now. */
  add({ spans, filters, hashes }: Summary): void {
    const number = this.#count++;
    const lot = lotOf(number);
    for (const [table, lots] of this.#spans)
      lots[lot] = (lots[lot] ?? new SpanLot(null, [])).with(spans[table] ?? null);
    for (const [name, bits] of Object.entries(filters)) this.#read.get(name)?.add(number, bits);
    if (this.#left === null) return;
    for (const [name, values] of Object.entries(hashes)) {
      const left = this.#left.get(name) ?? new LeftValues();
      this.#left.set(name, left);
      left.add(values);
    }
  }

  /** Numbers from the oldest, counted from 0: those of all other chunks have no row of the table with these values. */
  having(table: string, wanted: SchemaRow): number[] {
    const asked: (readonly [name: string, hash: ValueHash])[] = [];
    for (const [name, columns] of this.#filtered.get(table) ?? []) {
      if (!columns.every((column) => Object.hasOwn(wanted, column))) continue;
      const hash = hashOf(columns.map((column) => wanted[column]));
      if (this.#left !== null && this.#left.get(name)?.mayHave(hash) !== true) return [];
      asked.push([name, hash]);
    }
    const chunks = new ChunkSet(this.#count);
    const isOften = asksTooOften(this.#spansAsked, table, OFTEN);
    if (!isOften) this.#keepWithin(chunks, table, wanted);
    for (const [name, hash] of asked) {
      if (chunks.isEmpty()) return [];
      this.#filtersOf(name).narrow(chunks, hash);
    }
    if (isOften) this.#keepWithin(chunks, table, wanted);
    return chunks.numbers();
  }

  /** The least and the most that the rows of a chunk have there; undefined where that is not known. */
  span(number: number, table: string, column: string): LeastAndMost | undefined {
    return leastAndMost(this.#spansOf(table)[lotOf(number)]?.each[number % LOT], column);
  }

  /** Whether this is so of each chunk that has rows of the table; what is so of several together is so of each. */
  every(table: string, column: string, isSo: (span: LeastAndMost | undefined) => boolean): boolean {
    const isSoOf = (spans: TableSpans | null): boolean => spans === null || isSo(leastAndMost(spans, column));
    return this.#spansOf(table).every((lot) => isSoOf(lot.all) || lot.each.every(isSoOf));
  }

  #spansOf(table: string): SpanLot[] {
    const known = this.#spans.get(table) ?? this.#kept.spans(table);
    this.#spans.set(table, known);
    return known;
  }

  /** Those whose rows may have these values, by what has an order. */
  #keepWithin({ words }: ChunkSet, table: string, wanted: SchemaRow): void {
    const columns = Object.keys(wanted);
    const mayHave = (spans: TableSpans | null): boolean => {
      for (const column of spans === null ? [] : columns) {
        const span = spans![column];
        if (span !== undefined && !isWithin(span, wanted[column] as Cell)) return false;
      }
      return spans !== null;
    };
    const lots = this.#spansOf(table);
    for (const [at, word] of words.entries()) {
      if (word === 0) continue;
      const lot = lots[at];
      if (lot === undefined || !mayHave(lot.all)) words[at] = 0;
      else for (const [i, spans] of lot.each.entries()) if (!mayHave(spans)) words[at]! &= ~(1 << i);
    }
  }

  #filtersOf(name: string): ColumnFilters {
    const known = this.#read.get(name);
    const isMany = asksTooOften(this.#filtersAsked, name, ALWAYS);
    if (known !== undefined && !(isMany && known instanceof FilterLots)) return known;
    const filters = isMany
      ? slicesOf(this.#kept.filters(name))
      : new FilterLots((lot) => this.#kept.filter(name, lot));
    this.#read.set(name, filters);
    return filters;
  }
}

const leastAndMost = (spans: TableSpans | null | undefined, column: string): LeastAndMost | undefined => {
  const span = spans?.[column];
  return span && [span[2] === 1 ? null : span[0], span[1]];
};

const slicesOf = (lots: ReturnType<KeptIndex['filters']>): FilterSlices => {
  const slices = new FilterSlices();
  for (const { lot, bits } of lots) slices.addLot(lot, bits);
  return slices;
};

/** Counts that it is asked once more, and says whether that is too often. */
const asksTooOften = (times: Map<string, number>, name: string, most: number): boolean => {
  const now = (times.get(name) ?? 0) + 1;
  times.set(name, now);
  return now > most;
};
