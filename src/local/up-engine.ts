/** The engine that somebody gave `up`: whether its program is there, asked of the shell that will start it, and what to ask of it. */
import { findProgram, runProcess, searchPath } from '../adapters/system/child-process.ts';
import { EntangleError } from '../core/errors.ts';

/** A word that no shell would read as anything but the name of a command. */
const plainWord = /^[\w@%+:,./-]+$/;

const isCommand = async (shell: string, word: string, cwd: string): Promise<boolean> => {
  const args = ['-c', 'type -t -- "$1"', 'bash', word];
  const start = { program: shell, args, env: { PATH: searchPath() }, cwd };
  return (await runProcess(start, 10_000)).code === 0;
};

/** Built-in words and keywords of the shell are found too; what begins with shell signs is the shell's to judge. */
export const requireEngine = async (engine: string | null, directory: string): Promise<void> => {
  const shell = findProgram('bash');
  if (shell === null)
    throw new EntangleError('not_found', 'bash not found on PATH', {
      hint: 'install bash: it starts engines',
    });
  const word = engine?.trim().split(/\s+/)[0] ?? '';
  if (!plainWord.test(word) || (await isCommand(shell, word, directory))) return;
  throw new EntangleError('not_found', `engine program "${word}" not found`, {
    hint: 'install it on PATH, or use an absolute path: --engine "/opt/my-agent/bin/my-agent --print"',
  });
};

/** A shell that is given the task and nothing else: what it runs is the task itself. */
const TASK_SHELL = /^(?:\S*\/)?(?:ba|da|k|z)?sh(?: +-\w+)*(?: +"?\$\{?ENTANGLE_TASK_FILE\}?"?)?$/;

/** A first task: a command where a shell runs it, as without an engine, else words. */
export const exampleTask = (engine: string | null): string =>
  engine === null || TASK_SHELL.test(engine.trim())
    ? `printf 'hello\\n' > hello.txt`
    : 'write the word hello into the file hello.txt';
