/** The built executable as tests drive it: own HOME, own entangle home, nothing of the tester's environment. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const BIN = fileURLToPath(new URL('../../bin/run.js', import.meta.url));
/** The program that is driven: the build, or a file that `npm run build:binary` made where ONE_FILE names it. */
const oneFile = process.env.ONE_FILE;
export const SELF: readonly [string, ...string[]] =
  oneFile === undefined ? [process.execPath, BIN] : [oneFile];
export const [PROGRAM, ...OWN_ARGS] = SELF;
export type Answer = { code: number | null; stdout: string; stderr: string };

export const environment = (home: string): NodeJS.ProcessEnv => ({
  PATH: `${join(process.execPath, '..')}:${process.env.PATH}`,
  HOME: home,
  LANG: 'C.UTF-8',
  // The authority of a git server of the test's own, where it has one
  ...(process.env.GIT_SSL_CAINFO !== undefined && {
    GIT_SSL_CAINFO: process.env.GIT_SSL_CAINFO,
    no_proxy: '127.0.0.1',
  }),
  // Of code that it compiles: not in a HOME that is looked at
  ...(oneFile !== undefined && { XDG_CACHE_HOME: `${oneFile}.cache` }),
});

const launch = (home: string, args: readonly string[], more: NodeJS.ProcessEnv = {}): ChildProcess =>
  spawn(PROGRAM, [...OWN_ARGS, ...args, '--home', home], {
    env: { ...environment(home), ...more },
    stdio: 'pipe',
  });

/** Runs a command to its end, whatever its exit code. */
export const run = async (
  home: string,
  args: readonly string[],
  input = '',
  more: NodeJS.ProcessEnv = {},
): Promise<Answer> => {
  const child = launch(home, args, more);
  let stdout = '';
  let stderr = '';
  child.stdout!.on('data', (bytes) => {
    stdout += bytes;
  });
  child.stderr!.on('data', (bytes) => {
    stderr += bytes;
  });
  child.stdin!.on('error', () => {});
  child.stdin!.end(input);
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, stdout, stderr };
};

export const answeredJson = <T>(args: readonly string[], answer: Answer): T => {
  if (answer.code !== 0)
    throw new Error(`entangle ${args.join(' ')}: exit ${answer.code}\n${answer.stdout}${answer.stderr}`);
  return JSON.parse(answer.stdout) as T;
};

/** Runs a command with `--json` and gives its value; a failure is the test's failure. */
export const json = async <T = Record<string, never>>(
  home: string,
  args: readonly string[],
  input = '',
): Promise<T> => {
  return answeredJson<T>(args, await run(home, [...args, '--json', '--no-input'], input));
};

export type Serving = { child: ChildProcess; log: string[]; kill(signal?: NodeJS.Signals): Promise<void> };

/** Starts a serving command; resolves when it says that it serves. */
export const serve = async (home: string, args: readonly string[]): Promise<Serving> => {
  const child = launch(home, [...args, '--json', '--no-input']);
  const log: string[] = [];
  const said: string[] = [];
  const closed = new Promise<void>((resolve) => child.on('close', () => resolve()));
  createInterface({ input: child.stderr! }).on('line', (line) => log.push(line));
  await new Promise<void>((resolve, reject) => {
    const lines = createInterface({ input: child.stdout! });
    lines.on('line', (line) => said.push(line));
    lines.once('line', (line) => (line.includes('"error"') || line === '{' ? undefined : resolve()));
    void closed.then(() =>
      reject(new Error(`entangle ${args.join(' ')} ended:\n${log.join('\n')}\n${said.join('\n')}`)),
    );
  });
  return {
    child,
    log,
    kill: async (signal = 'SIGTERM') => {
      child.kill(signal);
      await closed;
    },
  };
};

export const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

export type TempHomes = {
  root: string;
  home(name: string): string;
  file(name: string, text: string): string;
  /** Kept so that `clean` ends it. */
  start(home: string, args: readonly string[]): Promise<Serving>;
  clean(): Promise<void>;
};

/** A temporary directory with homes in it, and the processes that must not outlive the test. */
export const tempHomes = (): TempHomes => {
  const root = mkdtempSync(join(tmpdir(), 'entangle-story-'));
  const servings: Serving[] = [];
  return {
    root,
    home: (name) => join(root, name),
    file: (name, text) => {
      writeFileSync(join(root, name), text);
      return join(root, name);
    },
    start: async (home, args) => {
      const serving = await serve(home, args);
      servings.push(serving);
      return serving;
    },
    clean: async () => {
      for (const one of servings.reverse())
        if (one.child.exitCode === null && one.child.signalCode === null) await one.kill();
      rmSync(root, { recursive: true, force: true });
    },
  };
};
