/** What the working set has of chunks of history, and of the sessions that are to go there. */
import { hexText, int, json, type Schema, text } from '../tables.ts';
import type { Spans } from './summary.ts';

export const HISTORY_ROWS = {
  /** The last line of each session of which rows are in the working set. */
  recent_sessions: {
    columns: { session: text, line: int },
    key: ['session'],
    index: [['line']],
    arrival: ['*'],
  },
  /** By the line with which each was made: the digest of its file, how long that is, and between what its rows are. */
  chunks: {
    columns: { line: int, digest: text, size: int, spans: json<Spans>() },
    key: ['line'],
    arrival: ['*'],
  },
  /** By table and columns, and the line of the chunk: which values its rows may have. */
  chunk_filters: {
    columns: { name: text, line: int, bits: hexText },
    key: ['name', 'line'],
    arrival: ['*'],
  },
} as const satisfies Schema;
