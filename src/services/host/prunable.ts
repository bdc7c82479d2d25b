/** Whose contents may go: what runners told of sessions that were over before a time, and what was kept of refused messages. */
import { PRUNED } from '../../core/projection/fold.ts';
import type { RowOf, Tables } from '../../core/projection/rows.ts';
import { OBSERVED_SUBJECTS } from '../../core/vocabulary.ts';

type Row = RowOf<'messages'>;
export type Prunable = { lines: Set<number>; sessions: number };

/** What is said of a session; all else is what the Host itself goes by: keys, trust, graphs, assignments, secrets, operators. */
const rowsOfSessions = (tables: Tables): Row[] => [
  ...OBSERVED_SUBJECTS.flatMap((subject) =>
    tables.list('messages', { type: `${subject}.observed`, dir: 'in' }),
  ),
  ...tables.list('messages', { type: 'evidence.request', dir: 'in' }),
  ...tables.list('messages', { type: 'evidence.statement', dir: 'out' }),
];

/** Events of others that were kept beside: of a contradiction, and of what waited and does not any more. */
const rowsOfOthers = (tables: Tables): Row[] => {
  const waiting = new Set(tables.list('held_messages').map(({ line }) => line));
  return [
    ...tables.list('messages', { type: 'message.conflict', dir: 'local' }),
    ...tables.list('messages', { type: 'message.held', dir: 'local' }),
  ].filter(({ line }) => !waiting.has(line));
};

/** A session that goes on, was told of since, or waits for its evidence, is kept whole. `before`: Unix milliseconds. */
export const prunableLines = (tables: Tables, before: number): Prunable => {
  const rows = rowsOfSessions(tables);
  const kept = new Set<string | null>([
    ...rows.filter((row) => row.kept >= before).map(({ session }) => session),
    ...tables.list('sessions', { open: 1 }).map(({ id }) => id),
    ...tables.list('evidence_requests', { state: 'asked' }).map(({ session }) => session),
    ...tables.list('outbox').map(({ id }) => tables.get('messages', id, 'out')?.session ?? null),
  ]);
  const isWhole = ({ content }: Row) => content !== PRUNED;
  const gone = rows.filter((row) => isWhole(row) && row.session !== null && !kept.has(row.session));
  const others = rowsOfOthers(tables).filter((row) => isWhole(row) && row.kept < before);
  return {
    lines: new Set([...gone, ...others].map(({ line }) => line)),
    sessions: new Set(gone.map(({ session }) => session)).size,
  };
};
