/** Sessions as runners told this Host of them. */
import { shownTime } from '../../core/encoding/time.ts';
import type { OutputOf } from '../../core/host-api/table.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { Home } from '../messaging/home.ts';
import { openSessions, waitsOf } from './held-sessions.ts';

const MOST = 200;

type Listed = OutputOf<'sessions.list'>['items'][number];

const rowOf = (home: Home, row: RowOf<'sessions'>, held: boolean): Listed => ({
  id: row.id,
  node: row.node,
  requester:
    home.tables.get('users', row.requester)?.name ?? home.tables.get('keys', row.requester)?.name ?? '',
  state: row.state,
  reason: row.reason,
  attempt: row.attempt,
  held,
  waits: waitsOf(home, row).map(({ since, ...one }) => ({ ...one, since: shownTime(since) })),
});

/** As many as a screen has use for: open ones before those that are over. */
export const listSessions = (home: Home) => {
  const open = openSessions(home).toSorted((a, b) => b.row.line - a.row.line);
  const last = home.tables.list('sessions', {}, { order: 'line', descending: true, limit: MOST });
  const items = [
    ...open.map(({ row, held }) => rowOf(home, row, held)),
    ...last.filter((row) => row.open === 0).map((row) => rowOf(home, row, false)),
  ];
  return { items: items.slice(0, MOST), next: null };
};
