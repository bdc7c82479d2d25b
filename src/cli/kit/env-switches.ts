/** Switches that stand in the environment: a word that is neither yes nor no is refused, not taken for no. */
import { EntangleError } from '../../core/errors.ts';

const WORDS: readonly (string | undefined)[] = [undefined, '', '0', '1', 'false', 'true'];

export const requireSwitches = (
  flags: Readonly<Record<string, { type?: string; env?: string | undefined }>>,
  env: NodeJS.ProcessEnv,
): void => {
  for (const { type, env: name } of Object.values(flags)) {
    if (type !== 'boolean' || name === undefined || WORDS.includes(env[name])) continue;
    throw new EntangleError('usage', `${name} must be 1 or 0`, {
      hint: `set it to 1 for yes, or leave it out: \`unset ${name}\``,
    });
  }
};
