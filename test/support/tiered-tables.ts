/** Read models in plain maps of which what is over lies in chunks, each with the summary that a file of it would have. */
import {
  type HistoryBounds,
  MOVING,
  type MovedRows,
  overAt,
} from '../../src/core/projection/history/over.ts';
import { SummaryReader, summaryOf } from '../../src/core/projection/history/summary.ts';
import { type Chunk, TieredTables } from '../../src/core/projection/history/tiers.ts';
import { ROWS, type Tables } from '../../src/core/projection/rows.ts';
import type { AnyTables, SchemaRow } from '../../src/core/projection/tables.ts';
import { memoryTables } from './memory-tables.ts';

const chunkOf = (moved: MovedRows): Chunk => {
  const rows = moved as Readonly<Record<string, SchemaRow[]>>;
  const tables = memoryTables(ROWS) as AnyTables;
  for (const [table, all] of Object.entries(rows)) for (const row of all) tables.put(table, row);
  // As a file has it
  const summary = JSON.parse(JSON.stringify(summaryOf(ROWS, rows, MOVING)));
  return { summary: new SummaryReader(summary, MOVING), open: () => tables };
};

/** `leave` moves what is over with a line, once that is folded, and says how many rows there were. */
export const tieredTables = (bounds?: HistoryBounds): { tables: Tables; leave: (n: number) => number } => {
  const near = memoryTables(ROWS);
  if (bounds === undefined) return { tables: near, leave: () => 0 };
  const tiers = new TieredTables(ROWS, near as AnyTables, [], Object.keys(MOVING));
  const leave = (n: number): number => {
    const moved = overAt(near, n, bounds);
    if (moved === null) return 0;
    tiers.add(chunkOf(moved), moved);
    return Object.values(moved).reduce((sum, { length }) => sum + length, 0);
  };
  return { tables: tiers as Tables, leave };
};
