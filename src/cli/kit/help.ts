/** Everything that needs the whole of oclif: its help, and the list of commands from the manifest. */
import { format } from 'node:util';
import type { Command } from '@oclif/core';
import { Config } from '@oclif/core/config';
import { Help } from '@oclif/core/help';
import { settings } from '@oclif/core/settings';

/** User and development plugins are off: no code outside this package is ever loaded. */
export async function loadConfig(root: string): Promise<Config> {
  settings.enableAutoTranspile = false;
  return Config.load({ root, userPlugins: false, devPlugins: false });
}

export const isTopic = (config: Config, words: readonly string[]): boolean =>
  config.findTopic(words.join(':')) !== undefined;

type Flags = Command.Loadable['flags'];
/** What a usage joins are flags that want each other. One that wants another says so itself: joined, the other would not stand alone. */
export const joinedFlags = (flags: Flags): Flags =>
  Object.fromEntries(
    Object.entries(flags).map(([name, flag]) => {
      const joined = flag.dependsOn?.filter((other) => flags[other]?.dependsOn?.includes(name)) ?? [];
      return [name, { ...flag, dependsOn: joined.length > 0 ? joined : undefined } as typeof flag];
    }),
  );

class Page extends Help {
  text = '';

  protected override formatCommand(command: Command.Loadable): string {
    return super.formatCommand({ ...command, flags: joinedFlags(command.flags) });
  }

  protected override log(...parts: unknown[]): void {
    this.text += `${format(...parts)}\n`;
  }
}

/** What is printed about a command, a topic, or, of no words, about all of it. */
export async function helpText(
  config: Config,
  words: readonly string[],
  stripAnsi: boolean,
): Promise<string> {
  const page = new Page(config, { ...config.pjson.oclif.helpOptions, stripAnsi });
  await page.showHelp(words.length === 0 ? [] : [words.join(':')]);
  return page.text;
}
