/** The task of `user ask`: given as an argument, or in a file. */
import { EntangleError } from '../../core/errors.ts';
import { readText } from '../kit/text-file.ts';

export const taskText = async (given: string | undefined, file: string | undefined): Promise<string> => {
  if ((given === undefined) === (file === undefined))
    throw new EntangleError('usage', 'give the task either as an argument or with --file', {
      hint: 'see `entangle user ask --help`',
    });
  const text = given ?? (await readText(file!));
  if (text.trim() === '') throw new EntangleError('usage', 'the task is empty');
  return text;
};
