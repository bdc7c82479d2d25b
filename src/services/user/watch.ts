/** Tells each change of a session or approval once, while this process lives. */

import { isoTime } from '../../core/encoding/time.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import { nameOf, type User } from './user.ts';
import { isOrphaned, type WorkTable } from './views.ts';

export type Seen = {
  at: string;
  what: 'session' | 'approval';
  id: string;
  state: string;
  node: string;
  title: string;
};
type Watched = RowOf<'sessions'> | RowOf<'approvals'>;
const FOREVER = 2 ** 31 - 1;

export const watch = async (user: User, signal: AbortSignal, tell: (seen: Seen) => void): Promise<void> => {
  const told = new Map<string, string>();
  const look = (what: Seen['what'], row: Watched): void => {
    const id = row.id;
    const state = stateOf(user, row);
    if (told.get(id) === state) return;
    told.set(id, state);
    const node = nameOf(user.home, row.node);
    tell({ at: isoTime(user.home.clock.now()), what, id, state, node, title: row.title });
  };
  const open = (table: WorkTable) => user.home.tables.list(table, { open: 1 });
  const known = (table: WorkTable) =>
    [...told.keys()].map((id) => user.home.tables.get(table, id)).filter((row) => row !== undefined);
  while (!signal.aborted) {
    for (const row of [...open('sessions'), ...known('sessions')]) look('session', row);
    for (const row of [...open('approvals'), ...known('approvals')]) look('approval', row);
    for (const [id] of told) if (isOver(user, id)) told.delete(id);
    await user.until(() => signal.aborted || hasNews(user, told), FOREVER, signal);
  }
};

/** As the inbox has it: only approvals have a subject. */
const stateOf = (user: User, row: Watched): string =>
  'subject' in row && isOrphaned(user.home, row) ? 'invalidated' : row.state;

const isOver = (user: User, id: string): boolean =>
  (user.home.tables.get('sessions', id) ?? user.home.tables.get('approvals', id))?.open === 0;

const hasNews = (user: User, told: ReadonlyMap<string, string>): boolean => {
  const { tables } = user.home;
  const open = [...tables.list('sessions', { open: 1 }), ...tables.list('approvals', { open: 1 })];
  const fresh = open.some((row) => told.get(row.id) !== stateOf(user, row));
  return fresh || [...told.keys()].some((id) => isOver(user, id));
};
