/** What is given with a task. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import type { Asked } from '../../services/user/wait.ts';
import { waitTimeout } from '../kit/flags.ts';
import { userFlags } from './command.ts';

/** Of a task that is not waited for: its id alone tells a person nothing. */
export const nextOf = (asked: Asked): string | null =>
  'session' in asked
    ? `asked ${asked.node}; see how it goes: \`entangle user wait ${asked.session}\`, or \`entangle user watch\``
    : null;

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
