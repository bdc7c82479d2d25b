/** Writes what `--help` prints of every command and topic below a directory: `OCLIF_COLUMNS=80 help-pages.ts DIRECTORY`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { helpText, loadConfig } from '../src/cli/kit/help.ts';
import { writtenPage } from '../src/cli/kit/help-page.ts';
import { root } from './stamp.js';

const directory = process.argv[2]!;
const { commandIDs, topics, userAgent } = await loadConfig(root);
for (const id of new Set(['', ...topics.map(({ name }) => name), ...commandIDs])) {
  const words = id.split(':').filter(Boolean);
  // To print one page writes other names into the list of commands
  const text = await helpText(await loadConfig(root), words, true);
  const [file, page] = writtenPage(directory, words, { text, userAgent });
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, page);
}
