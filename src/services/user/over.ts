/** What of this person's work is over, for whoever looks only at what is open. */
import type { Home } from '../messaging/home.ts';
import { isCutOff } from './views.ts';

/** `failed`: as many of the newest as ended so within a day; what a person refused did not fail. */
export type Over = { sessions: number; failed: number };

const NEWEST = 20;
const DAY_SECONDS = 86_400;

export const overOf = (home: Home): Over => {
  const since = Math.floor(home.clock.now() / 1000) - DAY_SECONDS;
  const open = home.tables.list('sessions', { open: 1 });
  const cutOff = open.filter((row) => isCutOff(home, row));
  // Of all, by their lines: of those that are over alone, each one there ever was would be put in order
  const newest = { order: 'line', descending: true, limit: NEWEST + open.length } as const;
  const failed = home.tables
    .list('sessions', {}, newest)
    .filter((row) => row.open === 0)
    .slice(0, NEWEST)
    .filter(({ state, reason }) => state === 'failed' && reason !== 'approval_rejected');
  return {
    sessions: home.tables.count('sessions', { open: 0 }) + cutOff.length,
    failed: [...cutOff, ...failed].filter(({ at }) => at >= since).length,
  };
};
