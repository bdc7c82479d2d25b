/** Finds the command's own file and runs it; all of oclif is loaded only for help and for mistakes. */
import { join } from 'node:path';
import type { Command, Config } from '@oclif/core';
import { fits } from '../../core/encoding/grammar.ts';
import { NAME } from '../../core/grammars.ts';
import { beforeOptions, globalFirst, wantsJson } from './global-words.ts';
import { builtPage } from './help-page.ts';
import type { Layout } from './layout.ts';
import { leave, watchOutput, writeFailure } from './report.ts';

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
    if (layout.has(path)) return { words: words.slice(0, length), rest: argv.slice(length) };
  }
  return null;
}

const isHelp = (argv: readonly string[]): boolean => {
  const end = argv.indexOf('--');
  return argv.slice(0, end === -1 ? argv.length : end).some((value) => value === '--help' || value === '-h');
};

async function showHelp(argv: string[], layout: Layout): Promise<void> {
  const asked = argv.filter((value) => value !== '--help' && value !== '-h' && value !== 'help');
  const found = findCommand(asked, layout);
  const words = found?.words ?? beforeOptions(asked);
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

/** Runs one command line and ends the process with its exit code; `text`: all that there is to say already. */
export async function runLine(argv: string[], layout: Layout, text: string | null): Promise<void> {
  watchOutput();
  try {
    if (text === null) await dispatch(argv, layout);
    else process.stdout.write(text);
  } catch (error) {
    process.exitCode = writeFailure(error, wantsJson(argv));
  }
  await leave();
}
