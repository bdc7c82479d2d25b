/** Flag values from elsewhere than the command line, and its mistakes in our words. */
import type { Command } from '@oclif/core';
import type { FlagInput } from '@oclif/core/interfaces';
import { nearest } from '../../core/encoding/nearest.ts';
import { EntangleError } from '../../core/errors.ts';
import { plain } from './render.ts';
import type { Settings } from './settings.ts';

type Flag = FlagInput[string];

const listOf = (flag: Flag, value: string | readonly string[]): readonly string[] => {
  if (typeof value !== 'string') return value;
  const isList = flag.type === 'option' && flag.multiple === true;
  return isList ? value.split(',').map((part) => part.trim()) : [value];
};

/** Names where a refused value came from, as oclif does for one from the command line. */
const inFront =
  (from: string) =>
  (error: unknown): never => {
    if (!(error instanceof EntangleError)) throw error;
    const { code, message, hint } = error;
    throw new EntangleError(code, `${from}: ${message}`, hint === undefined ? {} : { hint });
  };

async function parsed(
  name: string,
  flag: Flag,
  value: string | readonly string[],
  from: string,
): Promise<unknown> {
  if (flag.type !== 'option') return value;
  const parts = listOf(flag, value);
  if (parts.length > 1 && !flag.multiple) throw new EntangleError('usage', `${from} must be one value`);
  const parse = flag.parse as (text: string, context: object, flag: Flag) => Promise<unknown>;
  const values: unknown[] = [];
  for (const part of parts) {
    if (flag.options && !flag.options.includes(part)) {
      const meant = nearest(part, flag.options);
      throw new EntangleError('usage', `${from} must be one of ${flag.options.join(', ')}`, {
        ...(meant !== null && { hint: `use \`${meant}\`` }),
      });
    }
    values.push(await parse(part, {}, { ...flag, name } as Flag).catch(inFront(from)));
  }
  return flag.multiple ? values : values[0];
}

/**
 * The flags with environment and settings files as their defaults. oclif's own `env` gives a text where a list is
 * wanted and does not know files, so options are read here; booleans stay with oclif.
 */
export async function withDefaults(
  flags: FlagInput,
  settings: Settings,
  env: Readonly<Record<string, string | undefined>>,
): Promise<FlagInput> {
  const filled: FlagInput = {};
  for (const [name, flag] of Object.entries(flags)) {
    const given = flag.env && env[flag.env] ? env[flag.env] : undefined;
    const value = given ?? settings[name];
    if (flag.type === 'boolean' && typeof value === 'boolean') {
      filled[name] = { ...flag, default: value };
      continue;
    }
    if (flag.type !== 'option' || value === undefined || typeof value === 'boolean') {
      filled[name] = flag;
      continue;
    }
    const { env: variable, ...rest } = flag;
    const from = given === undefined ? `the setting "${name}"` : (variable ?? name);
    filled[name] = { ...rest, default: await parsed(name, flag, value, from) } as Flag;
  }
  return filled;
}

const inBound = (_all: string, than: string, bound: string, given: string): string =>
  `${given} is out of bounds: at ${than === 'less' ? 'most' : 'least'} ${bound}`;

/** What is missing, and where it is one of a closed set, which. */
const missingFlag =
  ({ baseFlags, flags }: typeof Command) =>
  (_all: string, name: string): string => {
    const flag: Flag | undefined = { ...baseFlags, ...flags }[name];
    const words = flag?.type === 'option' && flag.options ? `: one of ${flag.options.join(', ')}` : '';
    return `--${name} is missing${words}`;
  };

/** Arguments that are missing, by name, in one line: of one alone also what it is. */
const missingArgs = (args: readonly { name: string; description?: string }[]): string => {
  const [only] = args;
  if (args.length === 1)
    return `${only!.name.toUpperCase()} is missing: ${only!.description ?? 'an argument'}`;
  const names = args.map(({ name }) => name.toUpperCase());
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)} are missing`;
};

const clean = (message: string, command: typeof Command): string =>
  plain(message)
    .replace(/\n?See more help with --help/g, '')
    .replace(/^The following errors? occurred:\s*/, '')
    .replace(/Missing required flag ([\w-]+)/g, missingFlag(command))
    .replace(/^Parsing --([\w-]+)\s+/, '--$1: ')
    .replace(/Expected an integer (greater|less) than or equal to (\S+) but received: (\S+)/, inBound)
    .replace(/Expected an integer but received: (\S+)/, '$1 is no whole number')
    .replace(/^Expected --([\w-]+)=(.*) to be one of: /, '--$1: "$2" is not one of ')
    .replace(/^Expected (.*) to be one of: /, '"$1" is not one of ')
    .split('\n')
    // No `trim`: it takes away what is hidden, which is to be seen
    .map((line) => line.replace(/ +$/, ''))
    .join('\n')
    .replace(/^[ \n]+|[ \n]+$/g, '');

const isMissing = (error: Error): error is Error & { args: { name: string; description?: string }[] } =>
  'args' in error && Array.isArray(error.args) && /^Missing \d+ required arg/.test(error.message);

/** Where a word of a closed set was wanted, the one that is nearest to what was given. */
const wordMeant = (message: string): string | null => {
  const [, given, words] = /^Expected (?:--[\w-]+=)?(.*) to be one of: (.*)/.exec(message) ?? [];
  return given === undefined || words === undefined ? null : nearest(given, words.split(', '));
};

/** Without its value, or what hangs on a letter: somebody may have meant a flag that takes a secret, which no log is to have. */
const flagAlone = (word: string): string => {
  if (!word.startsWith('--')) return word.slice(0, 2);
  return word.split('=')[0]!;
};

/** oclif's parse errors as usage errors that name the next step; anything else as it is. */
export function usageError(error: unknown, command: typeof Command): unknown {
  if (!(error instanceof Error)) return error;
  const help = `see \`entangle ${command.id.replaceAll(':', ' ')} --help\``;
  if (error instanceof EntangleError) {
    const { code, details, hint = help } = error;
    return new EntangleError(code, clean(error.message, command), { hint, ...(details ? { details } : {}) });
  }
  if (!('parse' in error) && !('oclif' in error)) return error;
  const unknownFlags = 'flags' in error && Array.isArray(error.flags) ? (error.flags as string[]) : [];
  const known = Object.keys({ ...command.baseFlags, ...command.flags }).map((name) => `--${name}`);
  const unknown = unknownFlags[0]?.split('=')[0];
  const match = unknown === undefined ? wordMeant(plain(error.message)) : nearest(unknown, known);
  const hint = match === null ? help : `did you mean \`${match}\`? ${help}`;
  const args = isMissing(error) ? error.args : [];
  if (args.length > 0) return new EntangleError('usage', missingArgs(args), { hint });
  const message =
    unknownFlags.length === 0
      ? error.message
      : `unknown flag${unknownFlags.length === 1 ? '' : 's'}: ${unknownFlags.map(flagAlone).join(', ')}`;
  return new EntangleError('usage', clean(message, command), { hint });
}
