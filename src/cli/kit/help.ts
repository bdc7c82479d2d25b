/** Everything that needs the whole of oclif: its help, and the list of commands from the manifest. */
import { format } from 'node:util';
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

class Page extends Help {
  text = '';

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
