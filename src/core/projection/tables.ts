/** What a read model is made of: rows in named tables, reached by key or by equality on declared columns. */

export type Cell = string | number | null;
export type Row = Record<string, Cell>;

/** Shape of one table. `index` lists column groups that are looked up by equality. */
export type TableShape = {
  readonly columns: Readonly<Record<string, 'text' | 'int'>>;
  readonly key: readonly string[];
  readonly index?: readonly (readonly string[])[];
  /** Columns (or the whole table, with '*') that tell how lines arrived; left out of the digest. */
  readonly arrival?: readonly string[];
};
export type Schema = Readonly<Record<string, TableShape>>;

export type ListOptions = {
  order?: string;
  descending?: boolean;
  limit?: number;
  /** Rows whose `order` column is strictly beyond this value. */
  after?: Cell;
};

/**
 * The store a fold writes to and a service reads from. Implemented by sql.js in production and by a
 * 60-line in-memory oracle in tests. `put` replaces the row with the same key.
 */
export interface Tables {
  get(table: string, ...key: Cell[]): Row | undefined;
  list(table: string, where?: Row, options?: ListOptions): Row[];
  count(table: string, where?: Row): number;
  put(table: string, row: Row): void;
  remove(table: string, ...key: Cell[]): void;
}
