/** Workspaces of turns that a killed runner left: gone when no turn goes on there, but for what could not be committed. */
import { KEPT_WORK } from '../../core/bounds.ts';
import { millisOfId } from '../../core/encoding/id.ts';
import { nowSeconds } from '../messaging/home.ts';
import { canGoOn } from './kept-agents.ts';
import { lastTurnOf, type Runner } from './runner.ts';

const PLACE = /\/([0-9a-f-]{36})-(\d+)$/;

/** Looked at as long as their session may go on: it may end while nothing of it runs here. */
export const clearLeftTurns = async (runner: Runner): Promise<void> => {
  for (const path of runner.leftTurns) {
    const [, id = '', n] = PLACE.exec(path) ?? [];
    const attempt = Number(n);
    if (canGoOn(runner, id, attempt) || runner.turns.isRunning(id)) continue;
    const since = isOurs(runner, id) ? keptSince(runner, id, attempt) : null;
    if (since !== null && nowSeconds(runner.home) - since < KEPT_WORK.seconds) continue;
    runner.leftTurns.delete(path);
    if (since !== null) tellGone(runner, path);
    if (isOurs(runner, id)) await clear(runner, path);
  }
};

/** For room; false where nothing is kept that may go. */
export const clearOldestTurn = async (runner: Runner): Promise<boolean> => {
  const kept = [...runner.leftTurns].flatMap((path) => {
    const [, id = '', n] = PLACE.exec(path) ?? [];
    const isFree = isOurs(runner, id) && !runner.turns.isRunning(id) && !canGoOn(runner, id, Number(n));
    const since = isFree ? keptSince(runner, id, Number(n)) : null;
    return since === null ? [] : [{ path, since }];
  });
  const [oldest] = kept.sort((a, b) => a.since - b.since);
  if (!oldest) return false;
  runner.leftTurns.delete(oldest.path);
  tellGone(runner, oldest.path);
  await clear(runner, oldest.path);
  return true;
};

const tellGone = ({ home }: Runner, path: string): void =>
  home.log('warning', `the files of a turn that could not be committed are not kept any more in ${path}`);

/** What is no turn of a session that is known here is somebody else's. */
const isOurs = ({ home }: Runner, id: string): boolean => home.tables.get('sessions', id) !== undefined;

/** Since when, in seconds: the log says where the files are that could not be committed, for two weeks. Null of all else. */
const keptSince = (runner: Runner, id: string, attempt: number): number | null => {
  const turn = lastTurnOf(runner, { id, attempt });
  // Its ids were made here, when it ended
  return turn?.status === 'failed' ? Math.floor(millisOfId(turn.approval) / 1000) : null;
};

/** What it left running must not write there any more. */
const clear = async ({ engines, home, removeDirectory }: Runner, path: string): Promise<void> => {
  for (const engine of Object.values(engines)) await engine?.recover(`${path}/scratch`);
  await removeDirectory(path).catch((error: Error) =>
    home.log('warning', `cannot remove ${path}: ${error.message}`),
  );
};
