/** Other processes of this same executable: commands that run and end, and ones that serve until told to stop. */
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { searchPath, startProcess } from '../adapters/system/child-process.ts';
import { STOP_WITH_STDIN } from '../cli/kit/interrupt.ts';
import { fits } from '../core/encoding/grammar.ts';
import { EntangleError, type ErrorCode } from '../core/errors.ts';
import { NAME } from '../core/vocabulary.ts';

export type Launcher = {
  /** Directory given as --home. */
  home: string;
  /** Told what a serving process writes to stderr. */
  onLog?: (who: string, line: string) => void;
  /** Ends commands that run, and starts none any more. Serving processes are stopped by who holds them. */
  signal?: AbortSignal;
};
export type Server = {
  name: string;
  pid: number;
  /** First line it said: what it serves. */
  ready: Record<string, unknown>;
  /** Resolves with its exit code when it ends. */
  ended: Promise<number | null>;
  onLine(listener: (value: Record<string, unknown>) => void): void;
  stop(): Promise<void>;
};

const STOP_MS = 10_000;

/**
 * Children get what a program needs to run, and nothing that carries a secret or a setting of entangle: no variable,
 * and, below their home, neither the project's file nor the person's, which name other homes, keys and tokens.
 */
const environment = (home: string): Record<string, string> => {
  const env: Record<string, string> = { PATH: searchPath(), XDG_CONFIG_HOME: home };
  for (const name of ['HOME', 'LANG', 'TMPDIR', 'XDG_DATA_HOME', 'XDG_RUNTIME_DIR', 'NO_COLOR']) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return env;
};

const launch = (launcher: Launcher, args: readonly string[], kind: 'command' | 'server'): ChildProcess => {
  const { home } = launcher;
  const env = { ...environment(home), ...(kind === 'server' ? { [STOP_WITH_STDIN]: '1' } : {}) };
  const words = [process.argv[1]!, ...args, '--home', home, '--json', '--no-input'];
  // A Ctrl-C at the terminal reaches us only; servers are then stopped in order.
  return startProcess(
    { program: process.execPath, args: words, env, cwd: home },
    { ownGroup: kind === 'server' },
  );
};

const requireGoingOn = (launcher: Launcher): void => {
  if (launcher.signal?.aborted) throw new EntangleError('interrupted', 'interrupted');
};

/** Runs a command to its end and gives its JSON value; throws its error as if it were ours. */
export const call = async <T>(launcher: Launcher, args: readonly string[], input = ''): Promise<T> => {
  requireGoingOn(launcher);
  const child = launch(launcher, args, 'command');
  const end = () => child.kill('SIGTERM');
  launcher.signal?.addEventListener('abort', end, { once: true });
  const chunks: Buffer[] = [];
  const errors: Buffer[] = [];
  child.stdout!.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr!.on('data', (chunk: Buffer) => errors.push(chunk));
  child.stdin!.on('error', () => {});
  child.stdin!.end(input);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  launcher.signal?.removeEventListener('abort', end);
  requireGoingOn(launcher);
  const text = Buffer.concat(chunks).toString();
  if (code === 0) return JSON.parse(text) as T;
  throw failureOf(args, text, Buffer.concat(errors).toString());
};

const failureOf = (args: readonly string[], stdout: string, stderr: string): EntangleError => {
  const words = args
    .filter((arg) => fits(NAME, arg))
    .slice(0, 3)
    .join(' ');
  try {
    const { error } = JSON.parse(stdout) as { error: { code: ErrorCode; message: string; hint?: string } };
    return new EntangleError(error.code, error.message, error.hint === undefined ? {} : { hint: error.hint });
  } catch {
    return new EntangleError('bug', `entangle ${words} failed: ${stderr.slice(-500) || 'it said nothing'}`);
  }
};

/** Starts a serving command; resolves when it says that it serves. */
export const serve = async (launcher: Launcher, name: string, args: readonly string[]): Promise<Server> => {
  requireGoingOn(launcher);
  // Its stdin stays open: it ends with us, however we end.
  const child = launch(launcher, args, 'server');
  child.stdin!.on('error', () => {});
  const end = () => child.kill('SIGTERM');
  launcher.signal?.addEventListener('abort', end, { once: true });
  const lines = replayed();
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const said: string[] = [];
  createInterface({ input: child.stderr! }).on('line', (line) => {
    said.push(line);
    said.splice(0, said.length - 20);
    launcher.onLog?.(name, line);
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
    void ended.then((code) => reject(failureOf(args, failure, `exit ${code}: ${said.join('\n')}`)));
  }).finally(() => launcher.signal?.removeEventListener('abort', end));
  return {
    name,
    pid: child.pid!,
    ready,
    ended,
    onLine: lines.listen,
    stop: () => stop(child, ended),
  };
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
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
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
