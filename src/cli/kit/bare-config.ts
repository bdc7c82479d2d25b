/** The configuration of oclif that a command runs with. */
import { Config } from '@oclif/core/config';
import { readPackage, userAgentOf } from './package-file.ts';

/** A Config without the plugin search: commands here are only ever those of this package. */
export function bareConfig(root: string): Config {
  const pjson = readPackage(root);
  return Object.assign(new Config({ root, userPlugins: false, devPlugins: false }), {
    pjson,
    name: pjson.name,
    version: pjson.version,
    bin: 'entangle',
    dirname: 'entangle',
    root,
    topicSeparator: ' ',
    userAgent: userAgentOf(pjson.version),
    runHook: async () => ({ failures: [], successes: [] }),
  });
}
