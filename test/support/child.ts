/** Child processes as tests see them: their lines, awaited one by one; their end. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { bundledProgram } from './bundled-program.ts';

export type Child = {
  readonly process: ChildProcess;
  /** Everything printed so far on stdout, in lines, and on stderr. */
  readonly lines: string[];
  readonly stderr: () => string;
  /** Resolves with the first line, printed or yet to come, that matches; rejects when the process ends without. */
  line(pattern: RegExp): Promise<string>;
  readonly exit: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
};

export function start(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Child {
  const child = spawn(command, args, { env: { PATH: process.env.PATH, ...env }, stdio: 'pipe' });
  const lines: string[] = [];
  const watchers = new Set<() => void>();
  let rest = '';
  let errors = '';
  let ended = false;
  const wake = () => {
    for (const watcher of [...watchers]) watcher();
  };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts);
    wake();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  child.stdin.on('error', () => {});
  const exit = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      ended = true;
      wake();
      resolve({ code, signal });
    });
  });
  const line = (pattern: RegExp) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        const found = lines.find((text) => pattern.test(text));
        if (found === undefined && !ended) return;
        watchers.delete(look);
        if (found !== undefined) resolve(found);
        else reject(new Error(`ended without ${pattern}: ${lines.slice(-5).join('\n')}\n${errors}`));
      };
      watchers.add(look);
      look();
    });
  return { process: child, lines, stderr: () => errors, line, exit };
}

/** Starts a TypeScript program of test/support with this Node. */
export const startProgram = (file: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Child =>
  start(process.execPath, [bundledProgram(file), ...args], env);

/** True where a tool can be run here; says in one line which tests are passed over where it cannot. */
export function hasTool(tool: string, args: readonly string[]): boolean {
  const works = spawnSync(tool, args, { stdio: 'ignore' }).status === 0;
  if (!works) console.info(`passed over here: ${tool} does not run, its tests prove nothing on this machine`);
  return works;
}
