/** Where in a home what is over goes, and when. */
import { join } from 'node:path';
import { HISTORY_DIRECTORY, type HistoryOptions } from '../../adapters/sqlite/chunks.ts';
import { HISTORY_BOUNDS } from '../../core/bounds.ts';
import { type HistoryBounds, MOVING, overAt } from '../../core/projection/history/over.ts';

export const historyOf = (directory: string, bounds: HistoryBounds = HISTORY_BOUNDS): HistoryOptions => ({
  directory: join(directory, HISTORY_DIRECTORY),
  moving: MOVING,
  over: (tables, n) => overAt(tables, n, bounds),
});
