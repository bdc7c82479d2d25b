/** Other processes of this same executable: commands that run and end, and ones that serve until told to stop. */
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { STOPPING_MS } from '../../core/bounds.ts';
import { fits } from '../../core/encoding/grammar.ts';
import { EntangleError, type ErrorCode } from '../../core/errors.ts';
import { NAME } from '../../core/grammars.ts';
import type { Processes, ServingProcess } from '../../ports/index.ts';
import { lendTerminal, searchPath, startProcess } from './child-process.ts';
import type { SelfCommand } from './self.ts';

export type OwnProcessOptions = {
  home: string;
  self: SelfCommand;
  /** A variable that names the descriptor with whose end a process ends. */
  stopVariable: string;
  /** Told what a serving process writes to stderr. */
  onLog?: (who: string, line: string) => void;
  /** Ends commands that run, and starts none any more. Serving processes are stopped by who holds them. */
  signal?: AbortSignal;
};
type Start = (args: readonly string[], kind: 'command' | 'server') => ChildProcess;

const LAST_LINES = 20;

export const createOwnProcesses = (options: OwnProcessOptions): Processes => {
  const { home, signal, onLog } = options;
  const [program, ...own] = options.self;
  const requireGoingOn = (): void => {
    if (signal?.aborted) throw new EntangleError('interrupted', 'interrupted');
  };
  /** Until it resolves, the signal ends the child. */
  const whileRunning = async <T>(child: ChildProcess, work: Promise<T>): Promise<T> => {
    const end = () => child.kill('SIGTERM');
    signal?.addEventListener('abort', end, { once: true });
    return work.finally(() => signal?.removeEventListener('abort', end));
  };
  const start: Start = (args, kind) => {
    requireGoingOn();
    const env = { ...environment(home), ...(kind === 'server' ? { [options.stopVariable]: '0' } : {}) };
    const words = [...own, ...args, '--home', home, '--json', '--no-input'];
    // A Ctrl-C at the terminal reaches us only; servers are then stopped in order.
    const ownGroup = kind === 'server';
    const child = startProcess({ program, args: words, env, cwd: home }, { ownGroup });
    child.stdin?.on('error', () => undefined);
    return child;
  };
  return {
    home,
    run: async <T>(args: readonly string[], input = ''): Promise<T> => {
      const child = start(args, 'command');
      child.stdin?.end(input);
      const ended = Promise.all([text(child.stdout!), text(child.stderr!), closeOf(child)]);
      const [stdout, stderr, code] = await whileRunning(child, ended);
      requireGoingOn();
      if (code !== 0) throw failureOf(args, stdout, stderr);
      return JSON.parse(stdout) as T;
    },
    serve: async (name, args) => {
      // Its stdin stays open: it ends with us, however we end.
      const child = start(args, 'server');
      return whileRunning(
        child,
        serving(child, name, args, (line) => onLog?.(name, line)),
      );
    },
    show: async (args, over) => {
      requireGoingOn();
      if (over.aborted) return null;
      const env = { ...environment(home), ...ofTerminal(), [options.stopVariable]: '3' };
      const words = [...own, ...args, '--home', home];
      const child = lendTerminal({ program, args: words, env, cwd: process.cwd() });
      const end = () => child.kill('SIGTERM');
      over.addEventListener('abort', end, { once: true });
      return whileRunning(child, closeOf(child)).finally(() => over.removeEventListener('abort', end));
    },
  };
};

/**
 * Children get what a program needs to run, and nothing that carries a secret or a setting of entangle: no variable,
 * and, below their home, neither the project's file nor the person's, which name other homes, keys and tokens.
 */
const environment = (home: string): Record<string, string> => {
  const kept = ownVariables(['HOME', 'LANG', 'TMPDIR', 'XDG_DATA_HOME', 'XDG_RUNTIME_DIR', 'NO_COLOR']);
  return { PATH: searchPath(), XDG_CONFIG_HOME: home, ...kept };
};
const ownVariables = (names: readonly string[]): Record<string, string> => {
  const all = names.map((name) => [name, process.env[name]] as const);
  return Object.fromEntries(all.filter((one): one is [string, string] => one[1] !== undefined));
};

/** What has the terminal has a person at it: their settings count, and what their terminal is. */
const ofTerminal = (): Record<string, string> => ({
  ...ownVariables(['TERM', 'COLORTERM', 'FORCE_COLOR', 'LC_ALL', 'LC_CTYPE', 'PAGER']),
  XDG_CONFIG_HOME: process.env.XDG_CONFIG_HOME ?? '',
});

const closeOf = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });

type Failure = { code: ErrorCode; message: string; hint?: string; details?: unknown[] };
const failureOf = (args: readonly string[], stdout: string, stderr: string): EntangleError => {
  const words = args
    .filter((arg) => fits(NAME, arg))
    .slice(0, 3)
    .join(' ');
  try {
    const { error } = JSON.parse(stdout) as { error: Failure };
    const { code, message, ...more } = error;
    return new EntangleError(code, message, more);
  } catch {
    return new EntangleError('bug', `entangle ${words} failed: ${stderr.slice(-500) || 'it said nothing'}`);
  }
};

const serving = async (
  child: ChildProcess,
  name: string,
  args: readonly string[],
  onLog: (line: string) => void,
): Promise<ServingProcess> => {
  const lines = replayed();
  const ended = closeOf(child);
  const said: string[] = [];
  createInterface({ input: child.stderr! }).on('line', (line) => {
    said.push(line);
    said.splice(0, said.length - LAST_LINES);
    onLog(line);
  });
  const ready = await new Promise<Record<string, unknown>>((resolve, reject) => {
    // A failure is one value over several lines; a stream has one on each.
    let failure = '';
    let first = true;
    createInterface({ input: child.stdout! }).on('line', (line) => {
      if (first) failure += line;
      const value = parse(line);
      if (!value) return;
      if (first) resolve(value);
      else lines.push(value);
      first = false;
    });
    ended.then((code) => reject(failureOf(args, failure, `exit ${code}: ${said.join('\n')}`)), reject);
  });
  return { name, pid: child.pid!, ready, ended, onLine: lines.listen, stop: () => stop(child, ended) };
};

/** Keeps what comes before somebody listens. */
const replayed = () => {
  let waiting: Record<string, unknown>[] | null = [];
  const listeners: ((value: Record<string, unknown>) => void)[] = [];
  return {
    push(value: Record<string, unknown>) {
      if (waiting) waiting.push(value);
      for (const listener of listeners) listener(value);
    },
    listen(listener: (value: Record<string, unknown>) => void) {
      listeners.push(listener);
      for (const value of waiting ?? []) listener(value);
      waiting = null;
    },
  };
};

const stop = async (child: ChildProcess, ended: Promise<unknown>): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  // A second signal would end it at once.
  if (!child.killed) child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOPPING_MS.server);
  await ended;
  clearTimeout(timer);
};

const parse = (line: string): Record<string, unknown> | undefined => {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
};
