/** Signed states of whatever has states, kept as a set: what they amount to is a fold in their owner's order. */
import type { Row, Tables } from './tables.ts';

export type Move = {
  kind: 'session' | 'approval' | 'artifact';
  id: string;
  attempt: number;
  step: number;
  /** Who signed it. */
  by: string;
  state: string;
  reason: string | null;
  detail: string | null;
};

const wordsOf = (move: Row): string => JSON.stringify([move.state, move.reason, move.detail]);

/** An owner that gives one step two meanings is heard as one and the same of them, whichever arrives first. */
export const putMove = (tables: Tables, move: Move): void => {
  const { kind, id, attempt, step, by } = move;
  const before = tables.get('moves', kind, id, attempt, step, by);
  if (!before || wordsOf(move) < wordsOf(before)) tables.put('moves', move);
};
