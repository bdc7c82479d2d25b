/** What is given with a task. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { waitTimeout } from '../kit/flags.ts';
import { userFlags } from './command.ts';

export const taskArg = Args.string({ description: 'what to do: at most 64 KiB' });
export const askFlags = {
  ...userFlags,
  file: Flags.string({
    helpValue: 'FILE',
    description: 'read the task from a file, or - for stdin',
    env: 'ENTANGLE_ASK_FILE',
  }),
  attach: Flags.string({
    helpValue: 'FILE',
    description: 'a file for the agent to read, in its $ENTANGLE_ATTACHED; again for each, 4 MiB together',
    env: 'ENTANGLE_ASK_ATTACH',
    multiple: true,
    multipleNonGreedy: true,
  }),
  wait: Flags.boolean({ description: 'wait until the session ends', env: 'ENTANGLE_ASK_WAIT' }),
  timeout: waitTimeout,
};
