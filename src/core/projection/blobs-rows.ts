/** Tables of bytes that messages name, and of how they travel. */
import type { Transcript } from '../protocol/messages/a2a.ts';
import type { AttachedFile } from '../protocol/messages/task-body.ts';
import { flag, hexText, int, json, type Schema, shared, text } from './tables.ts';

export const BLOBS_ROWS = {
  /** What engines printed, turn by turn, as the signer says. */
  transcripts: {
    columns: { session: text, attempt: int, turn: int, by: text, told: json<Transcript>() },
    key: ['session', 'attempt', 'turn', 'by'],
  },
  /** What engines gave people besides a commit. */
  files: {
    columns: {
      id: text,
      session: text,
      attempt: int,
      by: text,
      file: json<AttachedFile>(),
      size: int,
      media: text,
      words: text,
      message: text,
      at: int,
      line: int,
    },
    key: ['id'],
    index: [['session', 'by'], ['line']],
    arrival: ['line'],
  },
  /** Bytes that a message between two parties named. */
  blob_grants: {
    columns: { sha256: hexText, holder: shared<string>(), reader: shared<string>(), size: int },
    key: ['sha256', 'holder', 'reader'],
    index: [['reader']],
  },
  blob_requests: {
    columns: {
      id: hexText,
      sha256: hexText,
      asker: shared<string>(),
      holder: shared<string>(),
      served: flag,
    },
    key: ['id'],
    index: [['holder', 'served']],
  },
  blob_parts: {
    columns: { sha256: hexText, by: shared<string>(), n: int, of: int, id: hexText, line: int },
    key: ['sha256', 'by', 'n'],
    arrival: ['*'],
  },
} as const satisfies Schema;
