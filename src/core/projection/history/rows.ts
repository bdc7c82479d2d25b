/** What the working set has of chunks of history, and of the sessions that are to go there. */
import { bytes, int, json, nullable, type Schema, text } from '../tables.ts';
import type { TableSpans } from './summary.ts';

export const HISTORY_ROWS = {
  /** The last line of each session of which rows are in the working set. */
  recent_sessions: {
    columns: { session: text, line: int },
    key: ['session'],
    index: [['line']],
    arrival: ['*'],
  },
  /** From the oldest, counted from 0: the line with which each was made, the digest of its file, how long that is. */
  chunks: {
    columns: { n: int, line: int, digest: text, size: int },
    key: ['n'],
    arrival: ['*'],
  },
  /** By table, of so many chunks together: between what the rows of all of them are, and as JSON those of each; null: it has none. */
  chunk_spans: {
    columns: { of: text, lot: int, all: nullable(json<TableSpans>()), each: text },
    key: ['of', 'lot'],
    arrival: ['*'],
  },
  /** By table and columns, of so many chunks together: which values their rows may have. */
  chunk_filters: {
    columns: { name: text, lot: int, bits: bytes },
    key: ['name', 'lot'],
    arrival: ['*'],
  },
} as const satisfies Schema;
