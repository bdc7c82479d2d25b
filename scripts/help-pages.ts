/** Writes what `--help` prints of every command and topic below a directory: `OCLIF_COLUMNS=80 help-pages.ts DIRECTORY`. */
import { writeFileSync } from 'node:fs';
import { helpText, loadConfig } from '../src/cli/kit/help.ts';
import { writtenPages } from '../src/cli/kit/help-page.ts';
import { root } from './stamp.js';

const { commandIDs, topics, userAgent } = await loadConfig(root);
const names = [...new Set(['', ...topics.map(({ name }) => name), ...commandIDs])];
const pages: { words: string[]; text: string }[] = [];
for (const id of names) {
  const words = id.split(':').filter(Boolean);
  // To print one page writes other names into the list of commands
  pages.push({ words, text: await helpText(await loadConfig(root), words, true) });
}
writeFileSync(...writtenPages(process.argv[2]!, pages, userAgent));
