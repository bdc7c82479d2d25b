/** Wraps that are known again by their id, taken or refused: relays give them more than once. */
import type { Home } from './home.ts';
import { nowSeconds } from './home.ts';

/** As long as a relay may give a wrap again: backdated two days, and a day for clocks and silence. */
const SECONDS = 3 * 24 * 3600;

/** Forgets two that are old for each new one, so that the table does not grow; no more than `most`, where it is full of new ones. */
export const rememberWrap = (home: Home, table: 'seen' | 'refused', id: string, most?: number): void => {
  const { tables } = home;
  const now = nowSeconds(home);
  for (const row of tables.list(table, {}, { order: 'at', limit: 2 }))
    if (row.at < now - SECONDS) tables.remove(table, row.id);
  if (most === undefined || tables.count(table) < most) tables.put(table, { id, at: now });
};
