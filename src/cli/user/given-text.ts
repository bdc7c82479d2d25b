/** A text that a command takes as an argument, or in a file. */
import { EntangleError } from '../../core/errors.ts';
import { readText } from '../kit/text-file.ts';

export const givenText = async (
  what: string,
  command: string,
  given: string | undefined,
  file: string | undefined,
): Promise<string> => {
  if ((given === undefined) === (file === undefined))
    throw new EntangleError('usage', `give the ${what} either as an argument or with --file`, {
      hint: `see \`entangle ${command} --help\``,
    });
  const text = given ?? (await readText(file!));
  if (text.trim() === '')
    throw new EntangleError('usage', `the ${what} is empty`, { hint: `see \`entangle ${command} --help\`` });
  return text;
};
