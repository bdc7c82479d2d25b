/** What a person prefers of their screen: its keys, and how and when the terminal tells them that something waits. */
import * as Flags from '@oclif/core/flags';
import { ALERTS } from '../../core/command-words.ts';
import { EntangleError } from '../../core/errors.ts';
import { QUIET_HOURS } from '../../core/grammars.ts';
import type { Bindings } from '../../tui/acts.ts';
import { fitting } from '../kit/flags.ts';

export const alertFlags = {
  alert: Flags.option({
    description: 'how the terminal tells you of each new approval, question and review',
    env: 'ENTANGLE_ALERT',
    options: ALERTS,
    default: 'none',
  })(),
  'quiet-hours': Flags.string({
    ...fitting(QUIET_HOURS),
    description: 'times of the day between which you are not told of anything',
    env: 'ENTANGLE_QUIET_HOURS',
    helpValue: 'TIMES',
  }),
};

export const notify = Flags.string({
  description:
    'program to start for each approval, question and review that waits for you, and for what is in their way; it gets a line of JSON on stdin',
  helpValue: 'PROGRAM',
  env: 'ENTANGLE_NOTIFY',
  parse: async (name) => {
    const { findProgram } = await import('../../adapters/system/child-process.ts');
    const program = findProgram(name);
    if (program !== null) return program;
    throw new EntangleError('usage', `no program "${name}" to notify you with`, {
      hint: 'name one that is on PATH, or write its absolute path; arguments go into a script',
    });
  },
});

export const bind = Flags.string({
  description: 'another key for an action of the screen, as its palette calls it (repeatable)',
  env: 'ENTANGLE_BIND',
  helpValue: 'ACTION=KEY',
  multiple: true,
  multipleNonGreedy: true,
});

/** Of flags, settings and environment together; refuses what is none, or what would make a key do two things. */
export const chosenKeys = async (given: readonly string[] | undefined): Promise<Bindings> =>
  given === undefined ? {} : (await import('../../tui/bindings.ts')).bindingsOf(given);

const MINUTE_MS = 60_000;
const DAY = 24 * 60;
const minutesOf = (time: string): number => {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
};

/** So long it is quiet at a moment of this machine's day, in milliseconds; 0 where it is not. From a time to the same one is never. */
export const quietMs = (hours: string | undefined, now: Date): number => {
  if (hours === undefined) return 0;
  const [from = 0, to = 0] = hours.split('-').map(minutesOf);
  const at = now.getHours() * 60 + now.getMinutes();
  const [since, length] = [(at - from + DAY) % DAY, (to - from + DAY) % DAY];
  if (since >= length) return 0;
  return (length - since) * MINUTE_MS - now.getSeconds() * 1_000 - now.getMilliseconds();
};
