/** Flags of `runner init` as the settings of a runner. */
import * as Flags from '@oclif/core/flags';
import { DISK, MEMORY } from '../../core/bounds.ts';
import { requireFit } from '../../core/encoding/grammar.ts';
import { EntangleError } from '../../core/errors.ts';
import { LABEL_KEY, LABEL_VALUE, MAX_LABELS } from '../../core/grammars.ts';
import type { RemoteScheme, SandboxKind } from '../../core/vocabulary.ts';
import { NETWORK_SCHEMES, REMOTE_SCHEMES, SANDBOX_KINDS } from '../../core/vocabulary.ts';
import type { NewcomerConfig } from '../../services/setup/config.ts';
import { capacityOptions, passphraseFile, repositoryHooks, requiredKeys, runnerName } from '../kit/flags.ts';

type Label = { key: string; value: string };
const labelOf = (text: string): Label => {
  const [key = '', ...value] = text.split('=');
  if (value.length === 0)
    throw new EntangleError('usage', `"${text.slice(0, 80)}" is not a label`, { hint: 'write KEY=VALUE' });
  return { key: requireFit(LABEL_KEY, key), value: requireFit(LABEL_VALUE, value.join('=')) };
};

export const runnerInitFlags = {
  runner: runnerName,
  keys: requiredKeys,
  'passphrase-file': passphraseFile,
  sandbox: Flags.option({
    description: 'sandbox to offer: bwrap, or none for no isolation',
    options: SANDBOX_KINDS,
    multiple: true,
    multipleNonGreedy: true,
    required: true,
    env: 'ENTANGLE_SANDBOX',
  })(),
  label: Flags.custom<Label>({
    parse: async (text) => labelOf(text),
    description: 'label KEY=VALUE that a placement can require',
    helpValue: 'KEY=VALUE',
    multiple: true,
    multipleNonGreedy: true,
    env: 'ENTANGLE_LABEL',
  })(),
  capacity: Flags.integer({ ...capacityOptions, default: 4 }),
  memory: Flags.integer({
    description:
      'memory for agents that run at the same time, in MiB; else what this machine has at each start',
    helpValue: 'MIB',
    env: 'ENTANGLE_MEMORY',
    min: MEMORY.least,
    max: MEMORY.most,
  }),
  disk: Flags.integer({
    description:
      'disk for all that it keeps, in MiB: workspaces, stores of repositories, what agents keep; else a quarter of the file system, at most 65536',
    helpValue: 'MIB',
    env: 'ENTANGLE_DISK',
    min: DISK.least,
    max: DISK.most,
  }),
  'git-protocol': Flags.option({
    description: 'git protocol to allow; file is for remotes on this machine',
    options: REMOTE_SCHEMES,
    multiple: true,
    multipleNonGreedy: true,
    default: [...NETWORK_SCHEMES],
    env: 'ENTANGLE_GIT_PROTOCOL',
  })(),
  'repository-hooks': repositoryHooks,
};

type Settings = NonNullable<NewcomerConfig['settings']>;
type Given = {
  sandbox: SandboxKind[];
  label: Label[] | undefined;
  capacity: number;
  memory: number | undefined;
  disk: number | undefined;
  'git-protocol': RemoteScheme[];
  'repository-hooks': boolean;
};

export const runnerSettingsOf = (given: Given): Settings => ({
  sandbox: [...new Set(given.sandbox)],
  capacity: given.capacity,
  ...(given.memory !== undefined && { memory: given.memory }),
  ...(given.disk !== undefined && { disk: given.disk }),
  protocols: [...new Set(given['git-protocol'])],
  repositoryHooks: given['repository-hooks'],
  labels: labelsOf(given.label ?? []),
});

/** One key has one value: which of two was meant is not guessed. */
const labelsOf = (given: readonly Label[]): Settings['labels'] => {
  const labels = new Map(given.map(({ key, value }) => [key, value]));
  const twice = given.find(({ key, value }) => labels.get(key) !== value);
  if (twice)
    throw new EntangleError('usage', `the label "${twice.key}" is given two values`, {
      hint: 'give each label once',
    });
  if (labels.size > MAX_LABELS)
    throw new EntangleError('usage', `at most ${MAX_LABELS} labels, not ${labels.size}`, {
      hint: 'leave out those that no placement asks for',
    });
  return Object.fromEntries(labels);
};

/** What taking nodes without isolation means for the machine. */
export const unenforcedNote = (sandbox: readonly SandboxKind[]): string =>
  sandbox.includes('none')
    ? '\nWith sandbox none nothing is enforced: an engine has the files, keys and network of this account.'
    : '';
