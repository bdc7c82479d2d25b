/** The full screen over a person's node. */
import { decide, showApproval } from '../../services/user/approvals.ts';
import { liveView, sessionById, subscribe } from '../../services/user/live.ts';
import { pick } from '../../services/user/pick.ts';
import type { User } from '../../services/user/user.ts';
import type { ScreenSource } from '../../tui/store.ts';
import { stderrLog } from '../kit/logging.ts';
import { failureOf, hasColour } from '../kit/report.ts';

const LEAST = { columns: 80, rows: 20 } as const;

/** Whether there is a terminal that can hold it, and a person who can be asked. */
export const canShowScreen = (
  { stdin, stdout, env }: Pick<NodeJS.Process, 'stdin' | 'stdout' | 'env'>,
  noInput: boolean,
): boolean =>
  !noInput &&
  stdin.isTTY === true &&
  stdout.isTTY === true &&
  env.TERM !== 'dumb' &&
  stdout.columns >= LEAST.columns &&
  stdout.rows >= LEAST.rows;

const WAIT_MS = 30_000;

const sourceOf = (user: User): ScreenSource => {
  const { home } = user;
  const approval = (id: string) => pick(home, 'approvals', id);
  return {
    now: () => home.clock.now(),
    live: () => liveView(user),
    session: (id) => sessionById(user, id),
    subscribe: (signal, tell) => subscribe(user, signal, tell),
    load: (id) => showApproval(user, approval(id), WAIT_MS),
    async approve(id, seen) {
      await decide(user, approval(id), 'approved', seen);
    },
    async reject(id, reason) {
      await decide(user, approval(id), 'rejected', { reason });
    },
    words(error) {
      const { message, hint = null } = failureOf(error);
      return { why: message, hint };
    },
  };
};

/** What is logged while the screen is there belongs on it; before, it waits. */
export const screenLog = () => {
  const waiting: string[] = [];
  let tell = (text: string): void => void waiting.push(text);
  return {
    log: (_level: unknown, text: string) => tell(text),
    onSaid(next: (text: string) => void) {
      tell = next;
      for (const text of waiting.splice(0)) next(text);
    },
  };
};

/** True where Ctrl-C ended it. */
export const watchOnScreen = async (
  user: User,
  signal: AbortSignal,
  onSaid: ReturnType<typeof screenLog>['onSaid'],
): Promise<boolean> => {
  const { showScreen } = await import('../../tui/app.tsx');
  const { stdin, stdout } = process;
  try {
    const source = sourceOf(user);
    return await showScreen({ source, signal, isColoured: hasColour(stdout), onSaid, stdout, stdin });
  } finally {
    onSaid((text) => stderrLog(false)('warning', text));
  }
};
