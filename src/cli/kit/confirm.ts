/** A yes at the terminal, or the reason why nothing was done. */
import { terminalPrompt } from '../../adapters/system/prompt.ts';
import { EntangleError } from '../../core/errors.ts';
import type { Prompt } from '../../ports/index.ts';

export const confirmOrStop = async (
  noInput: boolean,
  question: string,
  instead = 'confirm with --yes',
): Promise<void> => {
  if (!(await promptHere(noInput).confirm(question, instead))) throw cancelled();
};

export const cancelled = (): EntangleError => new EntangleError('denied', 'cancelled; nothing was changed');

/** Asks on stderr, reads from stdin. */
export const promptHere = (noInput: boolean): Prompt =>
  terminalPrompt({ input: process.stdin, output: process.stderr, noInput });

export const isInteractive = (noInput: boolean): boolean => promptHere(noInput).interactive;
