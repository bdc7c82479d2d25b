/** What the working set has of chunks of history: by table or column, and of so many chunks together, so that a question reads few rows. */
import type { AnyTables, RowIn } from '../tables.ts';
import { lotOf, withFilter } from './filters.ts';
import type { HISTORY_ROWS } from './rows.ts';
import { SpanLot, type Summary } from './summary.ts';

/** A chunk as the working set names it. */
export type ChunkRow = RowIn<typeof HISTORY_ROWS, 'chunks'>;
type Filters = RowIn<typeof HISTORY_ROWS, 'chunk_filters'>;
type Spans = RowIn<typeof HISTORY_ROWS, 'chunk_spans'>;

export class KeptIndex {
  readonly #tables: AnyTables;

  constructor(tables: AnyTables) {
    this.#tables = tables;
  }

  get count(): number {
    return this.#tables.count('chunks');
  }

  filters(name: string): Filters[] {
    return this.#tables.list('chunk_filters', { name }) as Filters[];
  }

  filter(name: string, lot: number): Uint8Array | undefined {
    return (this.#tables.get('chunk_filters', name, lot) as Filters | undefined)?.bits;
  }

  /** By lots. */
  spans(table: string): SpanLot[] {
    const lots = this.#tables.list('chunk_spans', { of: table }, { order: 'lot' }) as Spans[];
    return lots.map(({ all, each }) => new SpanLot(all, each));
  }

  /** The next one. */
  add(chunk: Omit<ChunkRow, 'n'>, { spans, filters }: Summary, tables: Iterable<string>): void {
    const n = this.count;
    const lot = lotOf(n);
    this.#tables.put('chunks', { n, ...chunk });
    for (const of of tables) {
      const before = this.#tables.get('chunk_spans', of, lot) as Spans | undefined;
      const { all, each } = new SpanLot(before?.all ?? null, before?.each ?? []).with(spans[of] ?? null);
      this.#tables.put('chunk_spans', { of, lot, all, each: JSON.stringify(each) });
    }
    for (const [name, filter] of Object.entries(filters)) {
      const bits = withFilter(this.filter(name, lot), n, filter);
      this.#tables.put('chunk_filters', { name, lot, bits });
    }
  }
}
