/** Flags of `runner init` as the settings of a runner. */
import * as Flags from '@oclif/core/flags';
import type { RemoteScheme, SandboxKind } from '../../core/vocabulary.ts';
import { REMOTE_SCHEMES, SANDBOX_KINDS } from '../../core/vocabulary.ts';
import {
  type Label,
  labelOf,
  labelsOf,
  RUNNER_SETTING,
  type RunnerSettings,
} from '../../services/setup/runner-settings.ts';
import { capacityOptions, passphraseFile, repositoryHooks, requiredKeys, runnerName } from '../kit/flags.ts';

export const runnerInitFlags = {
  runner: runnerName,
  keys: requiredKeys,
  'passphrase-file': passphraseFile,
  sandbox: Flags.option({
    description: RUNNER_SETTING.sandbox.about,
    options: SANDBOX_KINDS,
    multiple: true,
    multipleNonGreedy: true,
    required: true,
    env: 'ENTANGLE_SANDBOX',
  })(),
  label: Flags.custom<Label>({
    parse: async (text) => labelOf(text),
    description: RUNNER_SETTING.label.about,
    helpValue: 'KEY=VALUE',
    multiple: true,
    multipleNonGreedy: true,
    env: 'ENTANGLE_LABEL',
  })(),
  capacity: Flags.integer({ ...capacityOptions, default: RUNNER_SETTING.capacity.unset! }),
  memory: Flags.integer({
    description: RUNNER_SETTING.memory.about,
    helpValue: 'MIB',
    env: 'ENTANGLE_MEMORY',
    ...RUNNER_SETTING.memory.bounds,
  }),
  disk: Flags.integer({
    description: RUNNER_SETTING.disk.about,
    helpValue: 'MIB',
    env: 'ENTANGLE_DISK',
    ...RUNNER_SETTING.disk.bounds,
  }),
  'git-protocol': Flags.option({
    description: RUNNER_SETTING['git-protocol'].about,
    options: REMOTE_SCHEMES,
    multiple: true,
    multipleNonGreedy: true,
    default: [...RUNNER_SETTING['git-protocol'].unset!],
    env: 'ENTANGLE_GIT_PROTOCOL',
  })(),
  'repository-hooks': repositoryHooks,
};

type Given = {
  sandbox: SandboxKind[];
  label: Label[] | undefined;
  capacity: number;
  memory: number | undefined;
  disk: number | undefined;
  'git-protocol': RemoteScheme[];
  'repository-hooks': boolean;
};

export const runnerSettingsOf = (given: Given): RunnerSettings => ({
  sandbox: [...new Set(given.sandbox)],
  capacity: given.capacity,
  ...(given.memory !== undefined && { memory: given.memory }),
  ...(given.disk !== undefined && { disk: given.disk }),
  protocols: [...new Set(given['git-protocol'])],
  repositoryHooks: given['repository-hooks'],
  labels: labelsOf(given.label ?? []),
});

/** What taking nodes without isolation means for the machine. */
export const unenforcedNote = (sandbox: readonly SandboxKind[]): string =>
  sandbox.includes('none')
    ? '\nWith sandbox none nothing is enforced: an engine has the files, keys and network of this account.'
    : '';
