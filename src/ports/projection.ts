/** The projection file. */
import type { ROWS } from '../core/projection/rows.ts';
import type { Schema, TablesOf } from '../core/projection/tables.ts';

/** The projection file. Its tables are in memory; `save` writes them whole and atomically. */
export interface Projection<S extends Schema = typeof ROWS> {
  readonly tables: TablesOf<S>;
  /** Number of the last ledger line folded into the file that was loaded, 0 for a new one. */
  readonly folded: number;
  /** Runs in one transaction. */
  fold(n: number, change: () => void): void;
  save(): Promise<void>;
  /** sha256 (hex) of the ordered dump of all tables without arrival columns. */
  digest(): string;
  close(): void;
}
