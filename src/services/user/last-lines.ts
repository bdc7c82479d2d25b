/** The end of what a turn printed may come after its node said that it is done, and that after its commit: they are waited for, so long at most. */
import { turnToldOf } from './tree.ts';
import type { User } from './user.ts';

const LAST_MS = 1_500;

/** Resolves when the end of a session and all lines of its last turn are here, or do not come. */
export const untilLastLines = async (user: User, session: string, signal: AbortSignal): Promise<void> => {
  const { home, traces } = user;
  const isHere = (): boolean => {
    const row = home.tables.get('sessions', session);
    if (!row?.request || home.tables.count('messages', { re: row.request, type: 'task.result' }) === 0)
      return false;
    const turn = turnToldOf(user, session, row.node, row.attempt);
    return turn === null || traces.isWhole(session, row.node, turn);
  };
  await user.until(isHere, LAST_MS, signal);
};
