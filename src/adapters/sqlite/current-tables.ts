/** The tables of a projection, wherever its rows are. */
import type { AnyTables, ListOptions, SchemaRow } from '../../core/projection/tables.ts';

/** Whatever has the rows at the time. */
export class CurrentTables implements AnyTables {
  now: AnyTables;

  constructor(now: AnyTables) {
    this.now = now;
  }

  get(table: string, ...key: unknown[]): SchemaRow | undefined {
    return this.now.get(table, ...key);
  }

  list(table: string, where?: SchemaRow, options?: ListOptions): SchemaRow[] {
    return this.now.list(table, where, options);
  }

  count(table: string, where?: SchemaRow): number {
    return this.now.count(table, where);
  }

  put(table: string, row: SchemaRow): void {
    this.now.put(table, row);
  }

  remove(table: string, ...key: unknown[]): void {
    this.now.remove(table, ...key);
  }
}
