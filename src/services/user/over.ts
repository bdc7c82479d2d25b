/** What of this person's work is over, for whoever looks only at what is open. */
import type { Home } from '../messaging/home.ts';
import { isCutOff } from './views.ts';

/** `failed`: as many of the newest as ended so within a day; what a person refused did not fail. */
export type Over = { sessions: number; failed: number };

const NEWEST = 20;
const DAY_SECONDS = 86_400;

export const overOf = (home: Home): Over => {
  const since = Math.floor(home.clock.now() / 1000) - DAY_SECONDS;
  const newest = { order: 'line', descending: true, limit: NEWEST } as const;
  const cutOff = home.tables.list('sessions', { open: 1 }).filter((row) => isCutOff(home, row));
  const failed = home.tables
    .list('sessions', { open: 0 }, newest)
    .filter(({ state, reason }) => state === 'failed' && reason !== 'approval_rejected');
  return {
    sessions: home.tables.count('sessions', { open: 0 }) + cutOff.length,
    failed: [...cutOff, ...failed].filter(({ at }) => at >= since).length,
  };
};
