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
  if (ended.state === 'completed') return ended;
  throw new EntangleError(
    'denied',
    `session ${session} ${ended.state}: ${ended.reason ?? 'no reason given'}`,
    {
      ...(ended.summary ? { hint: `It said: ${ended.summary.slice(-300)}` } : {}),
    },
  );
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
