/**
 * The one door to other processes: a program by its absolute path, an environment from empty, a standard input that is
 * given or closed. Only git is started by its library, with the program and the PATH that are found here.
 */
import { type ChildProcess, execFile, type SpawnOptions, spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import type { Writable } from 'node:stream';
import { EntangleError, EXIT } from '../../core/errors.ts';
import { monotonicMs } from './monotonic.ts';
import { behind } from './priority.ts';

/** PATH without its empty and relative entries: those name programs of whatever directory one stands in. */
export const searchPath = (): string => {
  const entries = (process.env.PATH ?? '').split(delimiter).filter((entry) => isAbsolute(entry));
  return entries.join(delimiter) || '/usr/bin:/bin';
};

/** The absolute path of a program, of that path or on that PATH; or null. */
export const findProgram = (name: string): string | null => {
  if (isAbsolute(name)) return isProgram(name) ? name : null;
  const paths = searchPath().split(delimiter);
  return paths.map((directory) => join(directory, name)).find(isProgram) ?? null;
};

const isProgram = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
};

/** Another account of this machine; only root can start a process as one. Its further groups are left behind. */
export type Account = { uid: number; gid: number };

export type ChildStart = {
  /** Absolute path. */
  program: string;
  args: readonly string[];
  /** All that it gets: nothing of this process's own environment goes along. */
  env: Readonly<Record<string, string>>;
  cwd: string;
  account?: Account | undefined;
  /** To be read from descriptors of their own, which follow the pipes. */
  inputs?: readonly (string | Uint8Array)[];
};

const requireAbsolute = ({ program }: ChildStart): void => {
  if (!isAbsolute(program))
    throw new EntangleError('bug', `${program} is not the absolute path of a program`);
};

type StartOptions = { pipes?: number; ownGroup?: boolean; isBehind?: boolean };

/**
 * A process that runs on, talked to over pipes: the standard three, and `pipes` more from descriptor 3 on.
 * `ownGroup` makes it the leader of a process group, which signals of the terminal do not reach; with `isBehind` it gives way to everything else.
 */
export const startProcess = (
  start: ChildStart,
  { pipes = 0, ownGroup = false, isBehind = false }: StartOptions = {},
): ChildProcess => {
  requireAbsolute(start);
  const { env, cwd, account, inputs = [] } = start;
  const { program, args } = isBehind ? behind(findProgram('nice'), start) : start;
  const stdio = Array<'pipe'>(3 + pipes + inputs.length).fill('pipe');
  const child = spawn(program, args, { cwd, env, stdio, detached: ownGroup, ...account });
  for (const [i, input] of inputs.entries())
    (child.stdio[3 + pipes + i] as Writable).on('error', () => undefined).end(input);
  return child;
};

/**
 * A process that has our terminal until it ends. Descriptor 3 is a pipe of which nothing comes and whose end says that we
 * are gone.
 */
export const lendTerminal = (start: Omit<ChildStart, 'account' | 'inputs'>): ChildProcess => {
  requireAbsolute(start);
  const { program, args, env, cwd } = start;
  return spawn(program, args, { cwd, env, stdio: ['inherit', 'inherit', 'inherit', 'pipe'] });
};

/**
 * Gives a program a text on its standard input and waits for its end; what it prints goes nowhere. Resolves with its exit
 * code, null when it did not start or was stopped.
 */
export const feedProcess = async (
  start: Omit<ChildStart, 'account' | 'inputs'>,
  input: string,
  { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal },
): Promise<number | null> => {
  const bounds = { timeout: timeoutMs, killSignal: 'SIGKILL' as const, signal };
  return (await fed(start, input, { stdio: ['pipe', 'ignore', 'ignore'], ...bounds })).code;
};

/**
 * The same of a program that a person uses meanwhile: what it prints goes to our terminal, whose keys it reads by itself.
 * Nobody here reads them until it ends.
 */
export const feedAtTerminal = (
  start: Omit<ChildStart, 'account' | 'inputs'>,
  input: string,
  signal: AbortSignal,
): Promise<number | null> => lent(() => fed(start, input, { stdio: ['pipe', 'inherit', 'inherit'], signal }));

/** A program that a person uses, with all of our terminal and nothing from us, until it ends. */
export const runAtTerminal = (
  start: Omit<ChildStart, 'account' | 'inputs'>,
  signal: AbortSignal,
): Promise<number | null> => lent(() => fed(start, '', { stdio: ['inherit', 'inherit', 'inherit'], signal }));

type FedEnd = { code: number | null; signal: NodeJS.Signals | null };
const fed = (
  start: Omit<ChildStart, 'account' | 'inputs'>,
  input: string,
  options: SpawnOptions,
): Promise<FedEnd> => {
  requireAbsolute(start);
  const { program, args, env, cwd } = start;
  return new Promise((resolve) => {
    const child = spawn(program, args, { ...options, cwd, env });
    child.on('error', () => resolve({ code: null, signal: null }));
    child.on('exit', (code, signal) => resolve({ code, signal }));
    child.stdin?.on('error', () => undefined).end(input);
  });
};

/** How much earlier than our own SIGINT the program may end of the same Ctrl-C. */
const INTERRUPT_MS = 1_000;

/**
 * A Ctrl-C at the terminal goes to the program and to us, and may come to us after the program ended of it: the terminal
 * is lent until both had it, so that whoever lends it can keep it from their own handlers.
 */
const lent = async (run: () => Promise<FedEnd>): Promise<number | null> => {
  let heardAt = Number.NEGATIVE_INFINITY;
  let wake = (): void => undefined;
  const hear = (): void => {
    heardAt = monotonicMs();
    wake();
  };
  process.on('SIGINT', hear);
  try {
    const { code, signal } = await run();
    const isInterrupted = signal === 'SIGINT' || code === EXIT.interrupted;
    if (isInterrupted && monotonicMs() - heardAt > INTERRUPT_MS)
      await new Promise<void>((resolve) => {
        const late = setTimeout(resolve, INTERRUPT_MS);
        wake = () => {
          clearTimeout(late);
          resolve();
        };
      });
    return code;
  } finally {
    process.off('SIGINT', hear);
  }
};

/** `code` is null when it did not start, was stopped, or said too much. */
export type ChildEnd = { code: number | null; stdout: string; stderr: string };

const OUTPUT_BYTES = 65_536;

/** Runs a program that answers a short question to its end, with nothing on its standard input. */
export const runProcess = (
  start: Omit<ChildStart, 'account' | 'inputs'>,
  timeoutMs: number,
): Promise<ChildEnd> => {
  requireAbsolute(start);
  const { program, args, env, cwd } = start;
  const bounds = { timeout: timeoutMs, maxBuffer: OUTPUT_BYTES, killSignal: 'SIGKILL' as const };
  return new Promise((resolve) => {
    const child = execFile(program, args, { cwd, env, ...bounds }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : null;
      resolve({ code, stdout, stderr });
    });
    child.stdin?.on('error', () => undefined).end();
  });
};

/**
 * The same with a text on its standard input, in a session of its own: without a terminal it can ask nobody for anything,
 * and reads no keys that are meant for us. Whatever it started ends with it when it is late, and with us.
 */
export const runWithInput = (
  start: Omit<ChildStart, 'account' | 'inputs'>,
  input: string,
  timeoutMs: number,
): Promise<ChildEnd> => {
  const child = startProcess(start, { ownGroup: true });
  const stop = (): void => endGroup(child.pid);
  const said = { stdout: '', stderr: '' };
  const late = setTimeout(stop, timeoutMs);
  process.once('exit', stop);
  for (const name of ['stdout', 'stderr'] as const)
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      said[name] = (said[name] + text).slice(0, OUTPUT_BYTES);
    });
  child.stdin?.on('error', () => undefined).end(input);
  return new Promise((resolve) => {
    const end = (code: number | null): void => {
      clearTimeout(late);
      process.off('exit', stop);
      resolve({ code, ...said });
    };
    child.on('error', () => end(null));
    child.on('close', end);
  });
};

/** What its leader started may hold its pipes open, and the token that waits for a touch. */
const endGroup = (leader: number | undefined): void => {
  if (leader === undefined) return;
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // It has ended
  }
};
