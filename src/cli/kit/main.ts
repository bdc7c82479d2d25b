/** The entry: says the version, and loads what runs a command line for all else. */
import { existsSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { globalFirst, wantsJson } from './global-words.ts';
import type { Layout } from './layout.ts';
import { readPackage, userAgentOf } from './package-file.ts';

const VERSION: ReadonlySet<string> = new Set(['--version', '-v', '-V', 'version']);

/** The build says of which commit it is; null where nothing was built, or built outside of a repository. */
function versionText(layout: Layout, json: boolean): string {
  const { version } = readPackage(layout.root);
  const userAgent = userAgentOf(version);
  if (!json) return `${userAgent}\n`;
  const file = join(layout.commands, '..', 'build.json');
  const { commit } = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { commit: null };
  const target = `${process.platform}-${process.arch}`;
  const all = { version, commit, node: process.versions.node, target, userAgent };
  return `${JSON.stringify(all, null, 2)}\n`;
}

const isVersion = (given: readonly string[]): boolean => {
  const { rest } = globalFirst(given);
  return VERSION.has(rest[0] ?? '') && globalFirst(rest.slice(1)).rest.length === 0;
};

/** What of a text is still to be said: mostly nothing. A stream of Node's takes longer to load than all of this program. */
function unsaid(text: string): string {
  try {
    return text.slice(writeSync(1, text));
  } catch {
    // Full, closed or not ready: a stream waits for it, or says why not
    return text;
  }
}

/** Runs one command line and ends the process with its exit code. */
export async function main(argv: string[], layout: Layout): Promise<void> {
  const text = isVersion(argv) ? unsaid(versionText(layout, wantsJson(argv))) : null;
  if (text === '') process.exit();
  const { runLine } = await import('./run-line.ts');
  await runLine(argv, layout, text);
}
