/** Which open sessions somebody runs, as far as signed observations tell. */
import { runningAssignments } from '../../core/projection/queries.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { Home } from '../messaging/home.ts';

/**
 * A session is told of by the runner that had its node. Where that assignment is over, or came after all that was told,
 * nobody runs it now: its requester asks again, or has ended it, which no message tells the Host.
 */
const isHeld = ({ tables }: Home, { id, node, attempt }: RowOf<'sessions'>): boolean => {
  const [first] = tables.list('transitions', { kind: 'session', id, attempt, step: 0 });
  if (first === undefined) return false;
  const told = tables.list('messages', {
    session: id,
    type: 'session.observed',
    sender: first.by,
    dir: 'in',
  });
  const last = Math.max(...told.map(({ line }) => line));
  return runningAssignments(tables).some(
    (one) =>
      one.node === node &&
      one.runner === first.by &&
      (tables.get('messages', one.accept ?? '', 'in')?.line ?? 0) < last,
  );
};

/** Of the open ones those that somebody runs, and those that nobody does. */
export const openSessions = (home: Home): { held: RowOf<'sessions'>[]; unheld: RowOf<'sessions'>[] } => {
  const open = home.tables.list('sessions', { open: 1 });
  const held = open.filter((row) => isHeld(home, row));
  const isIn = new Set(held);
  return { held, unheld: open.filter((row) => !isIn.has(row)) };
};
