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

/** All pages are one file: a line of JSON that says of each from which byte on and how long it is, and the pages. */
const fileOf = (directory: string): string => join(directory, 'help.txt');
type Page = { words: readonly string[]; text: string };

/** Where the pages are written, and what. */
export const writtenPages = (
  directory: string,
  pages: readonly Page[],
  userAgent: string,
): [file: string, bytes: Buffer] => {
  const index: Record<string, [from: number, length: number]> = {};
  const texts: Buffer[] = [];
  let from = 0;
  for (const { words, text } of pages) {
    const bytes = Buffer.from(text.replaceAll(userAgent, AGENT));
    index[words.join(' ')] = [from, bytes.length];
    texts.push(bytes);
    from += bytes.length;
  }
  return [fileOf(directory), Buffer.concat([Buffer.from(`${JSON.stringify(index)}\n`), ...texts])];
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
  const bytes = readFileSync(file);
  const start = bytes.indexOf('\n') + 1;
  const index: Record<string, [from: number, length: number]> = JSON.parse(bytes.toString('utf8', 0, start));
  const name = words.join(' ');
  if (!Object.hasOwn(index, name)) return null;
  const [from, length] = index[name]!;
  const text = bytes.toString('utf8', start + from, start + from + length);
  return text.replaceAll(AGENT, userAgentOf(readPackage(root).version));
};
