/** Which open sessions somebody runs, as far as signed observations tell. */
import type { Unreached } from '../../core/projection/asked-rows.ts';
import { isRunning, saidUnreached } from '../../core/projection/queries.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { Home } from '../messaging/home.ts';

/**
 * A session is told of by the runner that had its node. Where that assignment is over, or came after all that was told,
 * nobody runs it now: its requester asks again, or has ended it, which no message tells the Host.
 */
export const isHeld = ({ tables }: Home, { id, node, attempt }: RowOf<'sessions'>): boolean => {
  const [first] = tables.list('transitions', { kind: 'session', id, attempt, step: 0 });
  if (first === undefined) return false;
  const [last] = tables.list(
    'messages',
    { session: id, type: 'session.observed', sender: first.by, dir: 'in' },
    { order: 'line', descending: true, limit: 1 },
  );
  return tables
    .list('assignments', { node, runner: first.by })
    .filter(isRunning)
    .some((one) => (tables.get('messages', one.accept ?? '', 'in')?.line ?? 0) < (last?.line ?? 0));
};

/** Whom its node waits for and has not reached, as the runner says that told of this attempt. */
export const waitsOf = ({ tables }: Home, session: RowOf<'sessions'>): Unreached[] => {
  const { id, attempt, open } = session;
  const [first] = tables.list('transitions', { kind: 'session', id, attempt, step: 0 });
  return open === 1 && first ? saidUnreached(tables, session, first.by) : [];
};

/** The open ones, each with whether somebody runs it. */
export const openSessions = (
  home: Home,
  of: { node?: string } = {},
): { row: RowOf<'sessions'>; held: boolean }[] =>
  home.tables.list('sessions', { open: 1, ...of }).map((row) => ({ row, held: isHeld(home, row) }));
