/** Hands what waits for this person to a program of theirs, as one line of JSON on its standard input. */
import { homedir } from 'node:os';
import { feedProcess, searchPath } from '../../adapters/system/child-process.ts';
import { safeJson } from '../../core/encoding/sanitize.ts';
import { type Notice, tellNotices } from '../../services/user/notices.ts';
import type { User } from '../../services/user/user.ts';
import { quietMs } from './alert-flags.ts';

const PATIENCE_MS = 10_000;
/** What a program needs to reach the desktop of the person who runs it. */
const DESKTOP = [
  'LANG',
  'DISPLAY',
  'WAYLAND_DISPLAY',
  'XAUTHORITY',
  'XDG_RUNTIME_DIR',
  'DBUS_SESSION_BUS_ADDRESS',
];

/** With the home, so that a command of ours in it is about the same. */
const environment = (root: string): Record<string, string> => ({
  ENTANGLE_HOME: root,
  PATH: searchPath(),
  HOME: homedir(),
  ...Object.fromEntries(DESKTOP.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : []))),
});

/** The program may print it as it is. */
export const noticeLine = (notice: Notice): string => `${safeJson(notice)}\n`;

/** It is not started in quiet hours. */
type NoticeOptions = {
  notify: string | undefined;
  root: string;
  'quiet-hours': string | undefined;
  signal: AbortSignal;
};

/** Runs `work`, and the program meanwhile, where there is one. What goes wrong with the program is said, and ends nothing. */
export const withNotices = async <V>(
  user: User,
  { notify: program, root, 'quiet-hours': quiet, signal }: NoticeOptions,
  work: () => Promise<V>,
): Promise<V> => {
  if (program === undefined) return work();
  const over = new AbortController();
  const start = { program, args: [], env: environment(root), cwd: homedir() };
  const ending = AbortSignal.any([signal, over.signal]);
  const quietFor = () => quietMs(quiet, new Date(user.home.clock.now()));
  const tell = async (notice: Notice): Promise<void> => {
    const bounds = { timeoutMs: PATIENCE_MS, signal: ending };
    const code = await feedProcess(start, noticeLine(notice), bounds);
    if (code === 0 || ending.aborted) return;
    const how = code === null ? 'did not start, or took more than ten seconds' : `ended with exit ${code}`;
    user.home.log('warning', `${program} ${how}: nobody may have been told of ${notice.kind} ${notice.id}`);
  };
  const telling = tellNotices(user, ending, tell, quietFor);
  // Met when the work is over, and not before
  telling.catch(() => undefined);
  try {
    return await work();
  } finally {
    over.abort();
    await telling;
  }
};
