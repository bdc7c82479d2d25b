/** Is the engine's program there: asked of the shell that will start it. */
import { execFile } from 'node:child_process';
import { EntangleError } from '../core/errors.ts';

/** A word that no shell would read as anything but the name of a command. */
const plainWord = /^[\w@%+:,./-]+$/;

const isCommand = (word: string, directory: string): Promise<boolean> =>
  new Promise((resolve) => {
    const env = { PATH: process.env.PATH };
    const args = ['-c', 'type -t -- "$1"', 'bash', word];
    execFile('bash', args, { cwd: directory, env }, (error) => resolve(error === null));
  });

/** Built-in words and keywords of the shell are found too; what begins with shell signs is the shell's to judge. */
export const requireEngine = async (engine: string | null, directory: string): Promise<void> => {
  const word = engine?.trim().split(/\s+/)[0] ?? '';
  if (!plainWord.test(word) || (await isCommand(word, directory))) return;
  throw new EntangleError('not_found', `engine program "${word}" not found`, {
    hint: 'install it on PATH, or use an absolute path: --engine "/opt/my-agent/bin/my-agent --print"',
  });
};
