/** Help as the build wrote it, for where no terminal has a width of its own: printing it needs nothing of oclif. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fits } from '../../core/encoding/grammar.ts';
import { NAME } from '../../core/grammars.ts';
import { readPackage, userAgentOf } from './package-file.ts';

/** What oclif takes where there is no terminal. */
export const PAGE_COLUMNS = 80;
/** Stands where the version of the program and of its Node are told. */
const AGENT = '<user agent>';

/** A place for each word: `user-inbox` is no command. */
const fileOf = (directory: string, words: readonly string[]): string =>
  `${join(directory, 'help', ...words)}.txt`;

/** Where a page is written, and what. */
export const writtenPage = (
  directory: string,
  words: readonly string[],
  { text, userAgent }: { text: string; userAgent: string },
): [file: string, text: string] => [fileOf(directory, words), text.replaceAll(userAgent, AGENT)];

/** Null where another width is wanted, or nothing of that name was built. */
export const builtPage = (
  { root, commands }: { root: string; commands: string },
  words: readonly string[],
): string | null => {
  if (process.stdout.isTTY || process.env.OCLIF_COLUMNS || !words.every((word) => fits(NAME, word)))
    return null;
  const file = fileOf(join(commands, '..'), words);
  if (!existsSync(file)) return null;
  return readFileSync(file, 'utf8').replaceAll(AGENT, userAgentOf(readPackage(root).version));
};
