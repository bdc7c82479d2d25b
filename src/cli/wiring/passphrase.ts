/** Passphrases: from a file, or asked at the terminal; never from an argument, an environment variable or a pipe. */
import { stat } from 'node:fs/promises';
import { terminalPrompt } from '../../adapters/system/prompt.ts';
import { EntangleError } from '../../core/errors.ts';
import { stderrLog } from '../kit/logging.ts';
import { readText } from '../kit/text-file.ts';

export type PassphraseWanted = {
  /** What it opens. */
  what: string;
  /** What is not there where none is given. */
  unmade: string;
  file: string | undefined;
  /** The flag of that file, and its variable. */
  flag: string;
  variable: string;
  /** Whether somebody can be asked. */
  input: boolean;
};

export const passphraseOf = async ({
  what,
  file,
  flag,
  variable,
  input,
}: PassphraseWanted): Promise<string> => {
  if (file) {
    const words = (await readText(file)).replace(/\r?\n$/, '');
    if (await isOpenToOthers(file)) warn(`others may read the passphrase in ${file}: chmod 600 it`);
    return words;
  }
  if (!input || !process.stdin.isTTY)
    throw new EntangleError('usage', `${what} needs a passphrase`, {
      hint: `use ${flag} FILE or ${variable}`,
    });
  return asking(`Passphrase for ${what}`);
};

/** Not refused: where secrets are mounted for a service, their mode is not its own to choose. */
const isOpenToOthers = async (file: string): Promise<boolean> => {
  if (file === '-' || process.platform === 'win32') return false;
  return ((await stat(file)).mode & 0o077) !== 0;
};
const warn = (text: string): void => stderrLog({ quiet: false })('warning', text);

const asking = (question: string): Promise<string> =>
  terminalPrompt({ input: process.stdin, output: process.stderr, noInput: false }).secret(question);

/** What is made now is lost by one slip, and guessed under a short passphrase: asked twice, of a certain length. */
export const newPassphrase = async (wanted: PassphraseWanted): Promise<string> => {
  const words = requireLong(await passphraseOf(wanted));
  if (wanted.file) return words;
  if ((await asking('The same again')) === words) return words;
  throw new EntangleError('usage', `the two passphrases differ; ${wanted.unmade}`, { hint: 'try again' });
};

const LEAST_PASSPHRASE = 12;

const requireLong = (words: string): string => {
  if ([...words].length >= LEAST_PASSPHRASE) return words;
  throw new EntangleError('usage', `a passphrase has at least ${LEAST_PASSPHRASE} characters`, {
    hint: 'use several words',
  });
};
