/**
 * A command line in the test's own process, by the files of the build: parsed, run and printed, with its exit code, all but
 * the start of a program, which costs many times that. What only a process shows (a start, signals, a terminal, stdin, two
 * at once) is typed with `run`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Layout } from '../../src/cli/kit/layout.ts';
import type { main } from '../../src/cli/kit/main.ts';
import { type Answer, answeredJson, BIN, environment, OWN_ARGS, PROGRAM, run, SELF } from './cli.ts';

const ROOT = join(BIN, '../..');
const DIST = join(ROOT, 'dist');
const STREAMS = ['stdout', 'stderr'] as const;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

let layout: Layout | undefined;
/** What one command loaded of the build is there for the next. */
const builtLayout = (): Layout => {
  layout ??= {
    ...{ root: ROOT, commands: join(DIST, 'commands'), extension: '.js' },
    has: existsSync,
    load: createRequire(import.meta.url)(join(ROOT, 'bin/code.js')).loader(DIST),
  };
  return layout;
};

type Line = { env: NodeJS.ProcessEnv; argv: readonly string[]; cwd: string | undefined };
const setEnv = (to: NodeJS.ProcessEnv): void => {
  for (const name of Object.keys(process.env)) if (!(name in to)) delete process.env[name];
  for (const [name, value] of Object.entries(to)) if (value !== undefined) process.env[name] = value;
};

/** Streams, environment and end as a process has them; `answer` gives what was said, and puts back what was there. */
const asOwnProcess = ({ env, argv: args, cwd }: Line): { answer(): Answer } => {
  const { argv, exit, exitCode } = process;
  const directory = process.cwd();
  const before = { ...process.env };
  const streams = STREAMS.map((name) => {
    const { write } = process[name];
    return { name, write, onError: process[name].rawListeners('error') as ((error: Error) => void)[] };
  });
  const signals = SIGNALS.map((name) => ({ name, listeners: process.rawListeners(name) }));
  const said = { stdout: '', stderr: '' };
  let code: number | null = null;
  setEnv(env);
  if (cwd !== undefined) process.chdir(cwd);
  process.argv = [...SELF, ...args];
  process.exitCode = undefined;
  for (const name of STREAMS)
    process[name].write = (chunk: Uint8Array | string, ...more: unknown[]): boolean => {
      said[name] += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8');
      const done = more.at(-1);
      if (typeof done === 'function') queueMicrotask(() => done());
      return true;
    };
  // The first counts: a process would be gone
  process.exit = ((given?: number) => {
    code ??= Number(given ?? process.exitCode ?? 0);
  }) as typeof exit;
  return {
    answer: () => {
      Object.assign(process, { argv, exit });
      process.exitCode = exitCode;
      process.chdir(directory);
      setEnv(before);
      for (const { name, write, onError } of streams) {
        process[name].write = write;
        process[name].removeAllListeners('error');
        for (const one of onError) process[name].on('error', one);
      }
      for (const { name, listeners } of signals)
        for (const one of process.rawListeners(name))
          if (!listeners.includes(one)) process.off(name, one as NodeJS.SignalsListener);
      return { code, ...said };
    },
  };
};

/** Who goes on longer serves, or waits for ever: what was there is put back for the files that come. */
const LONGEST_MS = 300_000;

type Main = (argv: string[]) => Promise<void>;
const builtMain: Main = (argv) => {
  const built = builtLayout().load(join(DIST, 'cli/kit/main.js')) as { main: typeof main };
  return built.main(argv, builtLayout());
};

const inOwnProcess = async (line: Line, runs: Main): Promise<Answer> => {
  const meanwhile = asOwnProcess(line);
  const late = Promise.withResolvers<never>();
  const tooLate = () => late.reject(new Error(`entangle ${line.argv.join(' ')} did not end`));
  const limit = setTimeout(tooLate, LONGEST_MS);
  try {
    await Promise.race([runs([...line.argv]), late.promise]);
  } catch (error) {
    meanwhile.answer();
    throw error;
  } finally {
    clearTimeout(limit);
  }
  return meanwhile.answer();
};

const isOneFile = SELF[0] !== process.execPath;
/** Who took a token from the environment has it from then on. */
const isToStart = (env: NodeJS.ProcessEnv): boolean =>
  isOneFile || env.ENTANGLE_HOST_OPERATOR_TOKEN !== undefined;
const started = ({ env, argv, cwd }: Line): Answer => {
  const how = { env, cwd, encoding: 'utf8' } as const;
  const { status, stdout, stderr } = spawnSync(PROGRAM, [...OWN_ARGS, ...argv], how);
  return { code: status, stdout, stderr };
};

let last: Promise<unknown> = Promise.resolve();
/** Of another program than the build: its `main`, in this process. */
export const mainHere = (runs: Main, line: Line): Promise<Answer> => {
  const next = last.then(() => inOwnProcess(line, runs));
  last = next.catch(() => undefined);
  return next;
};
/**
 * Of a whole environment, somewhere; one after the other, since each is this process meanwhile. Where the one file is looked at,
 * that is started.
 */
export const lineHere = (
  env: NodeJS.ProcessEnv,
  argv: readonly string[],
  cwd: string | undefined = undefined,
): Promise<Answer> => {
  const line = { env, argv, cwd };
  if (isToStart(env)) return Promise.resolve(started(line));
  return mainHere(builtMain, line);
};

/** As `run`. */
export const runHere = (
  home: string,
  args: readonly string[],
  more: NodeJS.ProcessEnv = {},
): Promise<Answer> =>
  isOneFile
    ? run(home, args, '', more)
    : lineHere({ ...environment(home), ...more }, [...args, '--home', home]);

/** As `json`. */
export const jsonHere = async <T = Record<string, never>>(
  home: string,
  args: readonly string[],
): Promise<T> => answeredJson<T>(args, await runHere(home, [...args, '--json', '--no-input']));
