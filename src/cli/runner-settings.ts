/** Flags of `runner init` as the settings of a runner. */
import * as Flags from '@oclif/core/flags';
import { EntangleError } from '../core/errors.ts';
import type { NewcomerConfig } from '../services/config.ts';
import { passphraseFile, requiredKeys, runnerName } from './flags.ts';

export const runnerInitFlags = {
  runner: runnerName,
  keys: requiredKeys,
  'passphrase-file': passphraseFile,
  sandbox: Flags.string({
    description: 'sandbox it offers: bwrap, or none for no isolation',
    options: ['bwrap', 'none'],
    multiple: true,
    multipleNonGreedy: true,
    required: true,
    env: 'ENTANGLE_SANDBOX',
  }),
  label: Flags.string({
    description: 'KEY=VALUE that placement may ask for',
    multiple: true,
    multipleNonGreedy: true,
    default: [],
    env: 'ENTANGLE_LABEL',
  }),
  capacity: Flags.integer({
    description: 'turns at once',
    default: 4,
    min: 1,
    max: 64,
    env: 'ENTANGLE_CAPACITY',
  }),
  'git-protocol': Flags.string({
    description: 'protocols of git remotes; file only for a remote on this machine',
    options: ['https', 'ssh', 'file'],
    multiple: true,
    multipleNonGreedy: true,
    default: ['https', 'ssh'],
    env: 'ENTANGLE_GIT_PROTOCOL',
  }),
};

type Settings = NonNullable<NewcomerConfig['settings']>;
type Given = { sandbox: string[]; label: string[]; capacity: number; 'git-protocol': string[] };

export const runnerSettingsOf = (given: Given): Settings => ({
  sandbox: given.sandbox as Settings['sandbox'],
  capacity: given.capacity,
  protocols: given['git-protocol'] as Settings['protocols'],
  labels: Object.fromEntries(
    given.label.map((text) => {
      const [key = '', ...value] = text.split('=');
      if (!/^[a-z0-9][a-z0-9._-]{0,62}$/.test(key) || value.length === 0)
        throw new EntangleError('usage', `"${text}" is not KEY=VALUE`);
      return [key, value.join('=').slice(0, 63)];
    }),
  ),
});
