/** A command in a terminal of the runner as a signature binds it: all its words, where it runs, and its own environment. */
import type * as z from 'zod';
import { canonicalize } from '../encoding/canonical.ts';
import { shellWord } from '../encoding/shell-word.ts';
import type { BoundCall } from './binding.ts';
import type { terminalAsked } from './shapes.ts';

export type TerminalAsked = Pick<z.output<typeof terminalAsked>, 'command' | 'args' | 'cwd' | 'env'>;

export const argvOf = ({ command, args }: TerminalAsked): string[] => [command, ...(args ?? [])];

/**
 * `cwd`: where it runs, below the root of the workspace. The values of its environment are shown: PATH or LD_PRELOAD decide
 * what the words run.
 */
export const bindTerminal = (asked: TerminalAsked, cwd: string): BoundCall => {
  const argv = argvOf(asked);
  const env = Object.fromEntries((asked.env ?? []).map(({ name, value }) => [name, value.toWellFormed()]));
  return {
    operation: 'command.run',
    binding: 'exact',
    command: argv.map(shellWord).join(' '),
    words: 'a command in a terminal of its runner',
    input: canonicalize({ argv, cwd, env }),
  };
};

/** The same of one that an engine gives with a directive: also what it reads, and all files of the workspace by their digest. */
export const bindOwnCommand = ({ argv, cwd, env, stdin }: OwnCommand, tree: string | null): BoundCall => ({
  operation: 'command.run',
  binding: 'exact',
  command: argv.map(shellWord).join(' '),
  words: 'a command that its runner runs, with this standard input, over the files of this digest',
  input: canonicalize({ argv, cwd, env, stdin, ...(tree === null ? {} : { tree }) }),
});
type OwnCommand = {
  argv: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string>>;
  stdin: string;
};

const SHELL = /^(?:\/(?:usr\/)?bin\/)?(?:ba)?sh$/;
/** The text that a shell is given to run, where these words are that and nothing else; or null. */
export const shellText = ([program = '', flag, text, ...more]: readonly string[]): string | null =>
  SHELL.test(program) && flag === '-c' && more.length === 0 ? (text ?? null) : null;

/**
 * Whether the terminal runs the command that was approved as a text, and nothing else: the program that is all of the text,
 * or a shell that is given it, in the workspace and with no environment of its own.
 */
export const runsText = (asked: TerminalAsked, workspace: string, text: string): boolean => {
  const { cwd, env } = asked;
  if ((env ?? []).length > 0 || (cwd ?? workspace) !== workspace) return false;
  const argv = argvOf(asked);
  // A program may have any name: a text that is no single word is one for a shell
  return shellText(argv) === text || (argv.length === 1 && argv[0] === text && shellWord(text) === text);
};
