/** What the working set has of chunks of history, and of the sessions that are to go there. */
import { int, json, type Schema, text } from '../tables.ts';
import type { Summary } from './summary.ts';

export const HISTORY_ROWS = {
  /** The last line of each session of which rows are in the working set. */
  recent_sessions: {
    columns: { session: text, line: int },
    key: ['session'],
    index: [['line']],
    arrival: ['*'],
  },
  /** By the line with which each was made: the digest of its file, how long that is, and which rows may be in it. */
  chunks: {
    columns: { line: int, digest: text, size: int, summary: json<Summary>() },
    key: ['line'],
    arrival: ['*'],
  },
} as const satisfies Schema;
