/** Waits for the end of a session. */
import { EntangleError } from '../../core/errors.ts';
import { ask } from './ask.ts';
import { pick, type User } from './user.ts';
import { isCutOff, sessionView } from './views.ts';

export type Waited = ReturnType<typeof sessionView>;

/** The session when it has completed. `denied` when it ended otherwise, `timed_out` when it goes on. */
export const waitForSession = async (
  user: User,
  id: string,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<Waited> => {
  const session = String(pick(user.home, 'sessions', id).id);
  const look = () => {
    const row = user.home.tables.get('sessions', session);
    return row && (row.open === 0 || isCutOff(user.home, row)) ? sessionView(user.home, row) : null;
  };
  const ended = await user.until(look, timeoutMs, signal);
  if (!ended)
    throw new EntangleError('timed_out', `session ${session} goes on; it may still end well`, {
      hint: `Look again with \`entangle user show ${session}\`.`,
    });
  if (ended.state === 'completed') return withArtifact(user, session, timeoutMs, signal);
  throw new EntangleError(
    'denied',
    `session ${session} ${ended.state}: ${ended.reason ?? 'no reason given'}`,
    {
      ...(ended.summary ? { hint: `It said: ${ended.summary.slice(-300)}` } : {}),
    },
  );
};

const ARTIFACT_MS = 30_000;

/** Relays reorder: the result that names a commit can come before the message that says where it is. */
const withArtifact = async (
  user: User,
  session: string,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<Waited> => {
  const { tables } = user.home;
  const isWhole = () => {
    const { detail } = tables.get('sessions', session)!;
    const commit = detail === null ? null : JSON.parse(String(detail)).commit;
    return !commit || tables.list('artifacts', { session }).some((row) => row.commit_id === commit);
  };
  await user.until(isWhole, Math.min(timeoutMs, ARTIFACT_MS), signal);
  return sessionView(user.home, tables.get('sessions', session)!);
};

export type Asked = { session: string; node: string; state: string } | Waited;

/** Launches a task and, where wanted, waits for its end. */
export const askAndWait = async (
  user: User,
  node: string,
  task: string,
  wait: { timeoutMs: number; signal: AbortSignal } | null,
): Promise<Asked> => {
  const asked = await ask(user, node, task);
  if (!wait) return { ...asked, state: 'requested' };
  user.home.log('info', `session ${asked.session}`);
  return waitForSession(user, asked.session, wait.timeoutMs, wait.signal);
};
