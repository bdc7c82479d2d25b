/** Help as the build wrote it, for where no terminal has a width of its own: printing it needs nothing of oclif. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fits } from '../../core/encoding/grammar.ts';
import { NAME } from '../../core/grammars.ts';
import { readPackage, userAgentOf } from './package-file.ts';
import { fromPack, packTexts } from './text-pack.ts';

/** What oclif takes where there is no terminal. */
export const PAGE_COLUMNS = 80;
/** Stands where the version of the program and of its Node are told. */
const AGENT = '<user agent>';

/** All pages are one file. */
const fileOf = (directory: string): string => join(directory, 'help.txt');
type Page = { words: readonly string[]; text: string };

/** Where the pages are written, and what. */
export const writtenPages = (
  directory: string,
  pages: readonly Page[],
  userAgent: string,
): [file: string, bytes: Buffer] => {
  const texts = pages.map(({ words, text }) => [words.join(' '), text.replaceAll(userAgent, AGENT)] as const);
  return [fileOf(directory), packTexts(texts)];
};

/** Null where another width is wanted, or nothing of that name was built. */
export const builtPage = (
  { root, commands }: { root: string; commands: string },
  words: readonly string[],
): string | null => {
  if (process.stdout.isTTY || process.env.OCLIF_COLUMNS || !words.every((word) => fits(NAME, word)))
    return null;
  const file = fileOf(join(commands, '..'));
  if (!existsSync(file)) return null;
  const text = fromPack(readFileSync(file), words.join(' '));
  return text === null ? null : text.replaceAll(AGENT, userAgentOf(readPackage(root).version));
};
