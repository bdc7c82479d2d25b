/** Read models in the maps that production folds into; what is over lies in chunks, each with the summary that a file of it would have. */
import { KeptIndex } from '../../src/core/projection/history/kept-index.ts';
import { type HistoryBounds, MOVING, overAt } from '../../src/core/projection/history/over.ts';
import { HISTORY_ROWS } from '../../src/core/projection/history/rows.ts';
import { type MovingTables, summaryOf } from '../../src/core/projection/history/summary.ts';
import { TieredTables } from '../../src/core/projection/history/tiers.ts';
import { MapTables } from '../../src/core/projection/map-tables.ts';
import { ROWS, type Tables } from '../../src/core/projection/rows.ts';
import type { AnyTables, Schema, SchemaRow } from '../../src/core/projection/tables.ts';
import { memoryTables } from './memory-tables.ts';

type Rows = Readonly<Record<string, readonly SchemaRow[]>>;

/** Tables over these, and what moves rows out of them, with what is known of each chunk as a file has it. */
export const tiersOver = (
  schema: Schema,
  near: AnyTables,
  moving: MovingTables,
): { tiers: TieredTables; move: (line: number, rows: Rows, opened?: () => void) => void } => {
  const kept = new KeptIndex(memoryTables(HISTORY_ROWS) as AnyTables);
  const chunks: (() => AnyTables)[] = [];
  const tiers = new TieredTables(schema, near, { open: (number) => chunks[number]!(), moving, kept });
  const move = (line: number, rows: Rows, opened: () => void = () => {}): void => {
    const tables = memoryTables(schema) as AnyTables;
    for (const [table, all] of Object.entries(rows)) for (const row of all) tables.put(table, row);
    const summary = summaryOf(schema, rows, moving);
    kept.add({ line, digest: '', size: 0 }, summary, Object.keys(moving));
    chunks.push(() => {
      opened();
      return tables;
    });
    tiers.add(summary, rows);
  };
  return { tiers, move };
};

/** `leave` moves what is over with a line, once that is folded, and says how many rows there were. */
export const tieredTables = (bounds?: HistoryBounds): { tables: Tables; leave: (n: number) => number } => {
  const near = new MapTables(ROWS) as AnyTables as Tables;
  if (bounds === undefined) return { tables: near, leave: () => 0 };
  const { tiers, move } = tiersOver(ROWS, near as AnyTables, MOVING);
  const leave = (n: number): number => {
    const moved = overAt(near, n, bounds);
    if (moved === null) return 0;
    move(n, moved);
    return Object.values(moved).reduce((sum, { length }) => sum + length, 0);
  };
  return { tables: tiers as Tables, leave };
};
