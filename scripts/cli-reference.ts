/** `--help` of every command as one document: what a person reads, in one place to be reviewed. */
import type { Command } from '@oclif/core';
import { CommandHelp } from '@oclif/core/help';
import { loadConfig } from '../src/cli/kit/help.ts';

/** 100 columns, whatever terminal this runs in. */
const OPTIONS = { maxWidth: 100, stripAnsi: true } as const;

export async function describeCommands(root: string): Promise<string> {
  const config = await loadConfig(root);
  const helpOf = (command: Command.Loadable): string => {
    const named = { ...command, id: command.id.replaceAll(':', ' ') };
    const text = `${command.summary ?? ''}\n\n${new CommandHelp(named, config, OPTIONS).generate()}`;
    return text
      .split('\n')
      .map((line) => line.trimEnd())
      .join('\n')
      .trim();
  };
  const sections = config.commands
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .map((command) => `## entangle ${command.id.replaceAll(':', ' ')}\n\n\`\`\`\n${helpOf(command)}\n\`\`\``);
  return [
    '# Command-line reference',
    'Made by `npm run docs` from the commands themselves: `entangle COMMAND --help` prints the same.',
    ...sections,
    '',
  ].join('\n\n');
}
