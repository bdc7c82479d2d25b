/** Sessions of this person whose node waits for somebody whom nobody reached: its word, as far as it concerns others. */
import { shownTime } from '../../core/encoding/time.ts';
import { saidUnreached } from '../../core/projection/queries.ts';
import type { Home } from '../messaging/home.ts';
import { nameOf } from './peers.ts';

export const mutedRows = (home: Home) => {
  const me = nameOf(home, home.self.pubkey);
  return home.tables.list('sessions', { open: 1 }, { order: 'line', descending: true }).flatMap((session) => {
    const { id, node, title } = session;
    // Who reads this is there: what is asked of them they have by now
    const waits = saidUnreached(home.tables, session, node).filter(({ name }) => name !== me);
    if (waits.length === 0) return [];
    return [
      {
        ...{ id: `muted ${id}`, session: id, node: nameOf(home, node), state: 'unreached' as const, title },
        since: shownTime(Math.min(...waits.map(({ since }) => since))),
        waits: waits.map(({ since, ...one }) => ({ ...one, since: shownTime(since) })),
      },
    ];
  });
};
