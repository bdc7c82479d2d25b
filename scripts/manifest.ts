/** The manifest of all commands: oclif answers help from it without loading a single command. */
import { Plugin } from '@oclif/core/config';
import { settings } from '@oclif/core/settings';

/** Generated from the built commands; the same text for the same sources. */
export async function manifestText(root: string): Promise<string> {
  settings.enableAutoTranspile = false;
  const plugin = new Plugin({ root, type: 'core', ignoreManifest: true });
  await plugin.load();
  const { commands, version } = plugin.manifest;
  const ids = Object.keys(commands).sort();
  const sorted = Object.fromEntries(ids.map((id) => [id, commands[id]]));
  return `${JSON.stringify({ commands: sorted, version }, null, 2)}\n`;
}
