/** Flags of `up`. */
import * as Flags from '@oclif/core/flags';
import { capacityOptions, repositoryHooks, yes } from '../cli/kit/flags.ts';
import { SANDBOX_KINDS } from '../core/vocabulary.ts';

const { string, option } = Flags;
export const upFlags = {
  yes,
  engine: string({
    description: 'shell command that runs each task',
    env: 'ENTANGLE_ENGINE',
    helpValue: 'CMD',
  }),
  sandbox: option({
    description: 'how the engine is isolated (default: bwrap if available)',
    env: 'ENTANGLE_SANDBOX',
    options: SANDBOX_KINDS,
  })(),
  capacity: Flags.integer(capacityOptions),
  'repository-hooks': repositoryHooks,
};
