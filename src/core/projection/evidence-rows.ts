/** Table of the evidence that runners ask of their Host. */
import type { EvidenceDenial, EvidenceState } from '../vocabulary.ts';
import { int, nullable, text, word } from './tables.ts';

export const EVIDENCE_ROWS = {
  /**
   * By the id of the request; `statement` is the message that answers it, on line `line` (0 before), `proof` the one that
   * proves it is in the log.
   */
  evidence_requests: {
    columns: {
      id: text,
      runner: text,
      session: text,
      approval: text,
      commit_id: text,
      state: word<EvidenceState>(),
      statement: nullable(text),
      line: int,
      proof: nullable(text),
      reason: nullable(word<EvidenceDenial>()),
    },
    key: ['id'],
    index: [['state', 'line'], ['commit_id']],
    arrival: ['line'],
  },
} as const;
