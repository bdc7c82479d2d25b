/** Tells each change of a session or approval once, while this process lives. */

import { isoTime } from '../../core/encoding/time.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { Home } from '../messaging/home.ts';
import { nameOf } from './peers.ts';
import { FOREVER, type User } from './user.ts';
import { approvalState, type WorkTable } from './views.ts';

export type Seen = {
  at: string;
  what: 'session' | 'approval';
  id: string;
  state: string;
  node: string;
  title: string;
};
type Watched = RowOf<'sessions'> | RowOf<'approvals'>;
/** `told`: the states that were told of rows that are open, or were when that was told. */
type Followed = { what: Seen['what']; table: WorkTable; told: Map<string, string> };

export const watch = async (user: User, signal: AbortSignal, tell: (seen: Seen) => void): Promise<void> => {
  const { home } = user;
  const both: Followed[] = [
    { what: 'session', table: 'sessions', told: new Map() },
    { what: 'approval', table: 'approvals', told: new Map() },
  ];
  while (!signal.aborted) {
    for (const { what, table, told } of both)
      for (const row of newsOf(home, table, told)) {
        const state = stateOf(home, row);
        // What has ended is told once more and not looked at again.
        if (row.open === 1) told.set(row.id, state);
        else told.delete(row.id);
        const { id, title } = row;
        tell({ at: isoTime(home.clock.now()), what, id, state, node: nameOf(home, row.node), title });
      }
    const hasNews = () => both.some(({ table, told }) => newsOf(home, table, told).length > 0);
    await user.until(hasNews, FOREVER, signal);
  }
};

const newsOf = (home: Home, table: WorkTable, told: ReadonlyMap<string, string>): Watched[] => {
  const over = [...told.keys()].flatMap((id) => home.tables.list(table, { id, open: 0 }));
  const open = home.tables.list(table, { open: 1 });
  return [...open, ...over].filter((row) => told.get(row.id) !== stateOf(home, row));
};

/** As the inbox has it: only approvals have a subject. */
const stateOf = (home: Home, row: Watched): string =>
  'subject' in row ? approvalState(home, row) : row.state;
