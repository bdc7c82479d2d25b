/** How `user watch` shows what happens: on a screen, in lines, or not at all. */
import * as Flags from '@oclif/core/flags';
import { EntangleError } from '../../core/errors.ts';
import type { Seen } from '../../services/user/watch.ts';
import { oneLine } from '../kit/render.ts';
import { userFlags } from './command.ts';
import { notify } from './notify.ts';

export const watchFlags = {
  ...userFlags,
  plain: Flags.boolean({ description: 'print lines, also in a terminal', env: 'ENTANGLE_PLAIN' }),
  headless: Flags.boolean({
    description: 'print nothing, only notify',
    env: 'ENTANGLE_HEADLESS',
  }),
  notify,
};

const LEAST = { columns: 80, rows: 20 } as const;

type Terminal = Pick<NodeJS.Process, 'stdin' | 'stdout' | 'env'>;

/** A terminal, and a person at it who can be asked. */
const hasPerson = ({ stdin, stdout, env }: Terminal, noInput: boolean): boolean =>
  !noInput && stdin.isTTY === true && stdout.isTTY === true && env.TERM !== 'dumb';

type Wanted = {
  'no-input': boolean;
  plain: boolean;
  headless: boolean;
  notify: string | undefined;
  isJson: boolean;
};
/** `small`: lines, because the terminal is too small for the screen. */
export const howToWatch = (terminal: Terminal, wanted: Wanted): 'headless' | 'lines' | 'small' | 'screen' => {
  if (wanted.headless) {
    if (wanted.notify !== undefined) return 'headless';
    throw new EntangleError('usage', 'nobody would be told of anything', {
      hint: 'name a program with --notify, or with `notify` in your settings',
    });
  }
  if (wanted.isJson || wanted.plain || !hasPerson(terminal, wanted['no-input'])) return 'lines';
  return isLargeEnough(terminal) ? 'screen' : 'small';
};

export const seenLine = ({ at, what, id, state, title }: Seen): string =>
  `${at} ${what} ${id} ${state} ${oneLine(title)}`;

export const SMALL = `a terminal of ${LEAST.columns} columns and ${LEAST.rows} rows would show a full screen; here each change is a line`;
const isLargeEnough = ({ stdout }: Terminal): boolean =>
  stdout.columns >= LEAST.columns && stdout.rows >= LEAST.rows;
