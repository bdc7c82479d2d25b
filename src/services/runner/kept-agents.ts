/** What agents keep between two turns of a session: a place for each, gone when no turn can go on with it. */
import { MAX_KEPT_AGENT } from '../../core/bounds.ts';
import type { AgentNode } from '../../core/graph/model.ts';
import { runningAssignments } from '../../core/projection/queries.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { Runner } from './runner.ts';

type Session = Pick<RowOf<'sessions'>, 'id' | 'attempt'>;
export const keptPlace = (
  runner: Runner,
  { id, attempt }: Session,
  turn: number,
  { policy }: AgentNode,
): string => `${runner.turnsDirectory(policy.sandbox)}/agent-${id}-${attempt}-${turn}`;

const PLACE = /\/agent-([0-9a-f-]{36})-(\d+)-\d+$/;
/** Another key that takes a session over begins with the task alone. */
export const canGoOn = ({ home }: Runner, id: string, attempt: number): boolean => {
  const session = home.tables.get('sessions', id);
  if (session?.open !== 1 || session.attempt !== attempt) return false;
  return runningAssignments(home.tables).some(({ pubkey }) => pubkey === session.node);
};

/** Ids of sessions rise in time, in whichever directory: beyond the bound the oldest go, whose next turn begins anew. */
export const forgetAgents = async (runner: Runner): Promise<void> => {
  const all = [...runner.keptAgents].map((path) => {
    const [, id = '', attempt] = PLACE.exec(path) ?? [];
    return { path, id, attempt: Number(attempt) };
  });
  const open = all
    .filter(({ id, attempt }) => canGoOn(runner, id, attempt))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const kept = new Set(open.slice(-MAX_KEPT_AGENT.places).map(({ path }) => path));
  for (const { path } of all) if (!kept.has(path)) await dropAgent(runner, path);
};

/** One that cannot be removed is tried again when its runner starts. */
export const dropAgent = async (runner: Runner, path: string): Promise<void> => {
  if (!runner.keptAgents.delete(path)) return;
  await runner
    .removeDirectory(path)
    .catch((error: Error) => runner.home.log('warning', `cannot remove ${path}: ${error.message}`));
};
