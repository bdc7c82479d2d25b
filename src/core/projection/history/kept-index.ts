/** What the working set has of chunks of history: by table or column, and of so many chunks together, so that a question reads few rows. */
import type { AnyTables, RowIn } from '../tables.ts';
import { lotOf, withFilter } from './filters.ts';
import type { HISTORY_ROWS } from './rows.ts';
import type { Summary, TableSpans } from './summary.ts';

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

  /** Of each chunk, by its number. */
  spans(table: string): (TableSpans | null)[] {
    const lots = this.#tables.list('chunk_spans', { of: table }, { order: 'lot' }) as Spans[];
    return lots.flatMap(({ spans }) => spans);
  }

  /** The next one. */
  add(chunk: Omit<ChunkRow, 'n'>, { spans, filters }: Summary, tables: Iterable<string>): void {
    const n = this.count;
    const lot = lotOf(n);
    this.#tables.put('chunks', { n, ...chunk });
    for (const of of tables) {
      const before = this.#tables.get('chunk_spans', of, lot) as Spans | undefined;
      this.#tables.put('chunk_spans', { of, lot, spans: [...(before?.spans ?? []), spans[of] ?? null] });
    }
    for (const [name, filter] of Object.entries(filters)) {
      const before = this.#tables.get('chunk_filters', name, lot) as Filters | undefined;
      this.#tables.put('chunk_filters', { name, lot, bits: withFilter(before?.bits, n, filter) });
    }
  }
}
