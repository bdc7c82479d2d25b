/** Shows a long text in the program that a person reads such with. */
import { homedir } from 'node:os';
import { feedAtTerminal, findProgram, searchPath } from '../../adapters/system/child-process.ts';
import { EntangleError } from '../../core/errors.ts';

/** What a program needs to know of the terminal and of its person: no more of our environment goes along. */
const PASSED = ['TERM', 'COLORTERM', 'TERMINFO', 'LANG', 'LC_ALL', 'LC_CTYPE', 'LESS', 'LESSCHARSET'];

export const terminalEnvironment = (env: NodeJS.ProcessEnv): Record<string, string> => ({
  PATH: searchPath(),
  HOME: homedir(),
  ...Object.fromEntries(PASSED.flatMap((name) => (env[name] ? [[name, env[name]]] : []))),
});

/** As for git. */
const DEFAULT = 'less';

/** A program of a person, and its arguments, as words: no shell reads them. `what`: what it does; `named`: where they name it. */
export const programOf = (
  words: string,
  what: string,
  named: string,
): { program: string; args: string[] } => {
  const [name = '', ...args] = words.split(/\s+/).filter(Boolean);
  const program = findProgram(name);
  if (program === null)
    throw new EntangleError('not_found', `no program "${name}" to ${what} with`, {
      hint: `install it, or set ${named} where you start this`,
    });
  return { program, args };
};

/** Resolves when the person left it. `text` is harmless already. */
export const showInPager = async (
  text: string,
  signal: AbortSignal,
  env: NodeJS.ProcessEnv = process.env,
): Promise<void> => {
  const { program, args } = programOf(env.PAGER?.trim() || DEFAULT, 'page', 'PAGER');
  const start = { program, args, env: terminalEnvironment(env), cwd: homedir() };
  const code = await feedAtTerminal(start, text, signal);
  if (code === null && !signal.aborted)
    throw new EntangleError('usage', `${program}, which PAGER names, did not start, or was stopped`);
};
