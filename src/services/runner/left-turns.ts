/** Workspaces of turns that a killed runner left: gone when no turn goes on there, but for what could not be committed. */
import { canGoOn } from './kept-agents.ts';
import { lastTurnOf, type Runner } from './runner.ts';

const PLACE = /\/([0-9a-f-]{36})-(\d+)$/;

/** Looked at as long as their session may go on: it may end while nothing of it runs here. */
export const clearLeftTurns = async (runner: Runner): Promise<void> => {
  for (const path of runner.leftTurns) {
    const [, id = '', n] = PLACE.exec(path) ?? [];
    const attempt = Number(n);
    if (canGoOn(runner, id, attempt) || runner.turns.isRunning(id)) continue;
    runner.leftTurns.delete(path);
    if (isOurs(runner, id) && !isKept(runner, id, attempt)) await clear(runner, path);
  }
};

/** What is no turn of a session that is known here is somebody else's. */
const isOurs = ({ home }: Runner, id: string): boolean => home.tables.get('sessions', id) !== undefined;

/** The log says where the files are that could not be committed; nothing else stays of a turn whose end is on record. */
const isKept = (runner: Runner, id: string, attempt: number): boolean =>
  lastTurnOf(runner, { id, attempt })?.status === 'failed';

/** What it left running must not write there any more. */
const clear = async ({ engines, home, removeDirectory }: Runner, path: string): Promise<void> => {
  for (const engine of Object.values(engines)) await engine?.recover(`${path}/scratch`);
  await removeDirectory(path).catch((error: Error) =>
    home.log('warning', `cannot remove ${path}: ${error.message}`),
  );
};
