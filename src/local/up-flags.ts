/** Flags of `up`. */
import * as Flags from '@oclif/core/flags';
import { capacityOptions, repositoryHooks, theme, yes } from '../cli/kit/flags.ts';
import { hasPerson, isDumb, isLargeEnough, type TerminalKind } from '../cli/kit/terminal-kind.ts';
import { alertFlags, bind, chosenKeys } from '../cli/user/alert-flags.ts';
import type { Alert, Theme } from '../core/command-words.ts';
import { EntangleError } from '../core/errors.ts';
import { AGENT_PROFILES, SANDBOX_KINDS } from '../core/vocabulary.ts';

const { string, option } = Flags;
export const upFlags = {
  yes,
  agent: string({
    description: `coding agent that does each task: ${AGENT_PROFILES.join(', ')}, or the command of one that speaks the Agent Client Protocol`,
    env: 'ENTANGLE_AGENT',
    helpValue: 'AGENT',
    exclusive: ['engine'],
  }),
  model: string({
    description: 'model of the agent, as its service calls it',
    env: 'ENTANGLE_MODEL',
    helpValue: 'NAME',
  }),
  'model-url': string({
    description: 'where the agent asks for its model (default: the service it is made for)',
    env: 'ENTANGLE_MODEL_URL',
    helpValue: 'URL',
  }),
  'key-file': string({
    description:
      'file with the key that the agent logs in with; the Host keeps it encrypted (default: asked for once)',
    env: 'ENTANGLE_KEY_FILE',
    helpValue: 'FILE',
  }),
  engine: string({
    description: 'shell command that runs each task, instead of an agent',
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
  watch: Flags.boolean({
    description: 'show the screen of `user watch` here (default in a terminal of 80x20 and more)',
    env: 'ENTANGLE_WATCH',
    allowNo: true,
  }),
  theme,
  ...alertFlags,
  bind,
};

type ScreenFlags = {
  theme: Theme;
  alert: Alert;
  'quiet-hours': string | undefined;
  bind: readonly string[] | undefined;
};
/** What of them is for the screen, as `user watch` takes it. */
export const screenArgs = async (flags: ScreenFlags): Promise<string[]> => {
  const { theme, alert, 'quiet-hours': hours, bind: keys = [] } = flags;
  // Refused before anything is started
  await chosenKeys(keys);
  return [
    ...['--theme', theme, '--alert', alert],
    ...(hours === undefined ? [] : ['--quiet-hours', hours]),
    ...keys.flatMap((one) => ['--bind', one]),
  ];
};

/** `isForProgram`: nobody is there to look at it. */
export const showsScreen = (
  terminal: TerminalKind,
  wanted: boolean | undefined,
  isForProgram: boolean,
): boolean => {
  if (wanted === false) return false;
  if (!hasPerson(terminal, isForProgram)) {
    if (wanted === undefined) return false;
    throw new EntangleError('usage', 'there is no terminal to show a screen in', {
      hint: 'leave out --watch: what happens is then printed as lines',
    });
  }
  return wanted === true || (!isDumb(terminal) && isLargeEnough(terminal));
};
