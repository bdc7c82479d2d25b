/** The entry: finds the command's own file and runs it; all of oclif is loaded only for help and for mistakes. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command, Config } from '@oclif/core';
import { fits } from '../../core/encoding/grammar.ts';
import { NAME } from '../../core/grammars.ts';
import { builtPage } from './help-page.ts';
import { readPackage, userAgentOf } from './package-file.ts';
import { leave, wantsJson, watchOutput, writeFailure } from './report.ts';

/** Where the package lies, which command files it runs and how one is loaded: built ones, or the sources under `bin/dev.js`. */
export type Layout = {
  root: string;
  commands: string;
  extension: '.js' | '.ts';
  load(path: string): unknown;
};
type CommandClass = { id: string; new (argv: string[], config: Config): Command };

/** The longest run of leading words that names a command file. */
export function findCommand(
  argv: readonly string[],
  layout: Layout,
): { words: string[]; rest: string[] } | null {
  const stop = argv.findIndex((value) => !fits(NAME, value));
  const words = argv.slice(0, Math.min(stop === -1 ? argv.length : stop, 4));
  for (let length = words.length; length > 0; length -= 1) {
    const path = join(layout.commands, ...words.slice(0, length)) + layout.extension;
    if (existsSync(path)) return { words: words.slice(0, length), rest: argv.slice(length) };
  }
  return null;
}

/** Options of every command, as they may stand before it; each with the words that it takes. */
const GLOBAL: ReadonlyMap<string, number> = new Map([
  ['--json', 1],
  ['--no-input', 1],
  ['--quiet', 1],
  ['-q', 1],
  ['--home', 2],
]);

/** Global options that stand first, and the rest: `entangle --json user inbox` is `entangle user inbox --json`. */
export function globalFirst(argv: readonly string[]): { flags: string[]; rest: string[] } {
  let at = 0;
  while (at < argv.length) {
    const taken = argv[at]!.startsWith('--home=') ? 1 : GLOBAL.get(argv[at]!);
    if (taken === undefined) break;
    at += taken;
  }
  return { flags: argv.slice(0, at), rest: argv.slice(at) };
}

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

const isHelp = (argv: readonly string[]): boolean => {
  const end = argv.indexOf('--');
  return argv.slice(0, end === -1 ? argv.length : end).some((value) => value === '--help' || value === '-h');
};

async function showHelp(argv: string[], layout: Layout): Promise<void> {
  const asked = argv.filter((value) => value !== '--help' && value !== '-h' && value !== 'help');
  const found = findCommand(asked, layout);
  const words = found?.words ?? asked.filter((value) => !value.startsWith('-'));
  const built = builtPage(layout, words);
  if (built !== null) {
    process.stdout.write(built);
    return;
  }
  const { loadConfig, helpText } = await import('./help.ts');
  const config = await loadConfig(layout.root);
  const isKnown = words.length === 0 || found !== null || config.findTopic(words.join(':')) !== undefined;
  if (!isKnown) throw (await import('./unknown-command.ts')).unknownCommand(words, config);
  process.stdout.write(await helpText(config, words, !process.stdout.isTTY));
}

async function dispatch(given: string[], layout: Layout): Promise<void> {
  const { flags, rest: argv } = globalFirst(given);
  if (VERSION.has(argv[0] ?? '') && globalFirst(argv.slice(1)).rest.length === 0) {
    process.stdout.write(versionText(layout, wantsJson(given)));
    return;
  }
  const found = isHelp(argv) || argv[0] === 'help' ? null : findCommand(argv, layout);
  if (found !== null) {
    const path = join(layout.commands, ...found.words) + layout.extension;
    const { default: Found } = (await layout.load(path)) as { default: CommandClass };
    const { bareConfig } = await import('./bare-config.ts');
    Found.id = found.words.join(':');
    await new Found([...flags, ...found.rest], bareConfig(layout.root)).run();
    return;
  }
  if (argv.length === 0 || isHelp(argv) || argv[0] === 'help') return showHelp(argv, layout);
  const { loadConfig, isTopic } = await import('./help.ts');
  const config = await loadConfig(layout.root);
  if (argv.every((value) => fits(NAME, value)) && isTopic(config, argv)) return showHelp(argv, layout);
  const { unknownCommand } = await import('./unknown-command.ts');
  throw unknownCommand(argv, config);
}

/** Runs one command line and ends the process with its exit code. */
export async function main(argv: string[], layout: Layout): Promise<void> {
  watchOutput();
  try {
    await dispatch(argv, layout);
  } catch (error) {
    process.exitCode = writeFailure(error, wantsJson(argv));
  }
  await leave();
}
