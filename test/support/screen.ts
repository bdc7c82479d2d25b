/** A command in a real pseudo-terminal whose screen is read as a person sees it: cells, after every escape was obeyed. */
import * as pty from '@lydell/node-pty';
import type { Terminal } from '@xterm/headless';
import xterm from '@xterm/headless';
import { type CellRun, cellsOn } from './cells.ts';

export type TerminalScreen = {
  pid: number;
  /** Rows as they are now, without the blanks at their ends. */
  rows(): string[];
  /** The same with their colours. */
  cells(): CellRun[][];
  text(): string;
  /** Resolves when the screen satisfies it; rejects with the screen after half a minute. */
  until(what: string | ((text: string) => boolean)): Promise<string>;
  /** Sends bytes at once, as a paste or a held key would come. */
  send(bytes: string): void;
  /** A key, again until the screen answers: for a moment after a change of it keys do not count. */
  press(key: string, what: string | ((text: string) => boolean)): Promise<string>;
  /** The same until it ends; gives the exit code. */
  leave(key: string): Promise<number>;
  /** One key after another, each when the ones before stand on the screen behind the `echo`; the last one may end the line. */
  type(keys: string, echo: string): Promise<void>;
  resize(columns: number, rows: number): void;
  kill(signal: string): void;
  /** Everything that was written, as it came. */
  raw(): string;
  /** Exit code, and the screen as it was left. */
  ended: Promise<number>;
};

const PATIENCE_MS = 60_000;
/** Around each frame (synchronized output): between the two a terminal shows the one before. */
const FRAME = ['\u001b[?2026h', '\u001b[?2026l'] as const;

export const openScreen = (
  command: readonly string[],
  env: NodeJS.ProcessEnv,
  { columns = 120, rows = 40, cwd }: { columns?: number; rows?: number; cwd?: string } = {},
): TerminalScreen => {
  const [file = '', ...args] = command;
  const terminal: Terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
  const child = pty.spawn(file, args, {
    name: env.TERM ?? 'xterm-256color',
    cols: columns,
    rows,
    env,
    ...(cwd === undefined ? {} : { cwd }),
  });
  let raw = '';
  const waiting = new Set<() => void>();
  let isWhole = true;
  child.onData((data) => {
    raw += data;
    const isAtEnd = raw.lastIndexOf(FRAME[0]) <= raw.lastIndexOf(FRAME[1]);
    terminal.write(data, () => {
      isWhole = isAtEnd;
      for (const look of waiting) look();
    });
  });
  // When what it wrote is on the screen
  const ended = new Promise<number>((resolve) =>
    child.onExit(({ exitCode }) => terminal.write('', () => resolve(exitCode))),
  );
  const shownRows = (): string[] =>
    Array.from({ length: terminal.rows }, (_, row) =>
      (
        terminal.buffer.active.getLine(terminal.buffer.active.viewportY + row)?.translateToString(true) ?? ''
      ).trimEnd(),
    );
  const text = () => shownRows().join('\n');
  const until = (what: string | ((text: string) => boolean)): Promise<string> => {
    const fits = typeof what === 'string' ? (all: string) => all.includes(what) : what;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.delete(look);
        reject(new Error(`the screen never had ${String(what)}:\n${text()}`));
      }, PATIENCE_MS);
      const look = () => {
        if (!isWhole || !fits(text())) return;
        clearTimeout(timer);
        waiting.delete(look);
        resolve(text());
      };
      waiting.add(look);
      look();
    });
  };
  const AGAIN_MS = 400;
  return {
    pid: child.pid,
    rows: shownRows,
    cells: () => cellsOn(terminal),
    async press(key, what) {
      const again = setInterval(() => child.write(key), AGAIN_MS);
      child.write(key);
      return until(what).finally(() => clearInterval(again));
    },
    text,
    until,
    async leave(key) {
      const again = setInterval(() => child.write(key), AGAIN_MS);
      child.write(key);
      return ended.finally(() => clearInterval(again));
    },
    send: (bytes) => child.write(bytes),
    async type(keys, echo) {
      for (const [n, key] of [...keys].entries()) {
        if (n > 0) await until(`${echo}${keys.slice(0, n)}`);
        child.write(key);
      }
    },
    resize(width, height) {
      terminal.resize(width, height);
      child.resize(width, height);
    },
    kill: (signal) => child.kill(signal),
    raw: () => raw,
    ended,
  };
};
