/** Everything that needs the whole of oclif: its help, and the list of commands from the manifest. */
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

export async function showHelp(config: Config, words: readonly string[]): Promise<void> {
  const help = new Help(config, { ...config.pjson.oclif.helpOptions, stripAnsi: !process.stdout.isTTY });
  await help.showHelp(words.length === 0 ? [] : [words.join(':')]);
}
