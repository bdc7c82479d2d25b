/** A yes at the terminal, or the reason why nothing was done. */
import { terminalPrompt } from '../../adapters/system/prompt.ts';
import { EntangleError } from '../../core/errors.ts';

export const confirmOrStop = async (
  noInput: boolean,
  question: string,
  instead = 'confirm with --yes',
): Promise<void> => {
  const prompt = terminalPrompt({ input: process.stdin, output: process.stderr, noInput });
  if (!(await prompt.confirm(question, instead)))
    throw new EntangleError('denied', 'cancelled; nothing was changed');
};

export const isInteractive = (noInput: boolean): boolean =>
  terminalPrompt({ input: process.stdin, output: process.stderr, noInput }).interactive;
