/** The projection file. */
import type { ROWS } from '../core/projection/rows.ts';
import type { Schema, TablesOf } from '../core/projection/tables.ts';

/** The projection file. Its tables are in memory; `save` writes them whole and atomically. */
export interface Projection<S extends Schema = typeof ROWS> {
  readonly tables: TablesOf<S>;
  /** Number of the last ledger line that was folded, 0 for none. */
  readonly folded: number;
  /** Number of the last one that the file has, 0 where there is no good file. */
  readonly saved: number;
  /** Runs in one transaction. */
  fold(n: number, change: () => void): void;
  /**
   * Runs what folds many lines. Where it begins with the first one, rows are in plain maps until it ends, which takes a
   * part of the time. After a failure nothing can be saved any more.
   */
  inBulk<T>(run: () => Promise<T>): Promise<T>;
  save(): Promise<void>;
  /** sha256 (hex) of the ordered dump of all tables without arrival columns. */
  digest(): string;
  close(): void;
}
