/** The built executable in the foreground: its lines as they come, signals to it alone, what it leaves running. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { environment, OWN_ARGS, PROGRAM } from './cli.ts';

export type Foreground = {
  child: ChildProcess;
  lines: string[];
  errors: string[];
  /** The first line of stdout, said or yet to come, that fits. */
  line(fits: (text: string) => boolean): Promise<string>;
  /** The same for stderr. */
  error(fits: (text: string) => boolean): Promise<string>;
  ended: Promise<number | null>;
};

export const foreground = (
  cwd: string,
  home: string,
  args: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Foreground => {
  const env = { ...environment(home), ...more };
  const child = spawn(PROGRAM, [...OWN_ARGS, ...args], { cwd, env, stdio: 'pipe' });
  const lines: string[] = [];
  const errors: string[] = [];
  const watchers = new Set<() => void>();
  let over = false;
  const wake = () => {
    for (const watcher of [...watchers]) watcher();
  };
  createInterface({ input: child.stdout }).on('line', (text) => {
    lines.push(text);
    wake();
  });
  createInterface({ input: child.stderr }).on('line', (text) => {
    errors.push(text);
    wake();
  });
  child.stdin.on('error', () => {});
  const ended = new Promise<number | null>((resolve) =>
    child.on('close', (code) => {
      over = true;
      resolve(code);
      wake();
    }),
  );
  const awaited = (said: readonly string[], fits: (text: string) => boolean) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        const found = said.find(fits);
        if (found === undefined && !over) return;
        watchers.delete(look);
        if (found !== undefined) resolve(found);
        else reject(new Error(`it ended before it said so:\n${[...lines, ...errors].join('\n')}`));
      };
      watchers.add(look);
      look();
    });
  return {
    child,
    lines,
    errors,
    line: (fits) => awaited(lines, fits),
    error: (fits) => awaited(errors, fits),
    ended,
  };
};

const commandLines = (): string[] =>
  existsSync('/proc/self/cmdline')
    ? readdirSync('/proc')
        .filter((name) => /^\d+$/.test(name))
        .flatMap((pid) => {
          try {
            return [`${pid} ${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')}`];
          } catch {
            return [];
          }
        })
    : execFileSync('ps', ['-axww', '-o', 'pid=,args='], { encoding: 'utf8' }).split('\n');

/** Processes whose command line has the text, such as a directory only they use. */
export const processesWith = (text: string): string[] =>
  commandLines().filter((line) => line.includes(text) && !line.startsWith(`${process.pid} `));
