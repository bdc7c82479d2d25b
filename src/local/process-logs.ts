/** What the processes of a federation log while a screen has the terminal: a file for each, below its home. */
import { appendFileSync, chmodSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** One that is larger is kept once more, and then given up. */
const MOST_BYTES = 1_048_576;

export type ProcessLogs = {
  directory: string;
  fileOf(who: string): string;
  add(who: string, line: string): void;
};

export const openProcessLogs = (home: string): ProcessLogs => {
  const directory = join(home, 'logs');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  chmodSync(directory, 0o700);
  const fileOf = (who: string): string => join(directory, `${who}.log`);
  return {
    directory,
    fileOf,
    add(who, line) {
      const file = fileOf(who);
      if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) >= MOST_BYTES) renameSync(file, `${file}.1`);
      appendFileSync(file, `${new Date().toISOString()} ${line}\n`, { mode: 0o600 });
    },
  };
};
