/** Flags that several commands share, each with its environment variable; no secret is ever a flag's value. */
import * as Flags from '@oclif/core/flags';
import { EntangleError } from '../core/errors.ts';
import { formatDuration } from '../core/time.ts';

const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** "500ms", "30s", "5m", "2h", "1d" and "0" to milliseconds. */
export function parseDuration(text: string): number {
  if (text === '0') return 0;
  const match = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text);
  if (match === null)
    throw new EntangleError('usage', `"${text}" is not a duration`, {
      hint: 'write 500ms, 30s, 5m, 2h or 1d',
    });
  return Number(match[1]) * units[match[2] as keyof typeof units];
}

/** Milliseconds; the help shows a default as it is written. */
export const duration = Flags.custom<number>({
  parse: async (text) => parseDuration(text),
  defaultHelp: async ({ options }) =>
    typeof options.default === 'number' ? formatDuration(options.default) : undefined,
  helpValue: 'DURATION',
});

const group = 'GLOBAL';
export const globalFlags = {
  json: Flags.boolean({
    description: 'print one JSON value on stdout',
    env: 'ENTANGLE_JSON',
    helpGroup: group,
  }),
  'no-input': Flags.boolean({ description: 'never ask', env: 'ENTANGLE_NO_INPUT', helpGroup: group }),
  quiet: Flags.boolean({
    char: 'q',
    description: 'no progress on stderr',
    env: 'ENTANGLE_QUIET',
    helpGroup: group,
  }),
  home: Flags.string({
    description: 'directory that holds every role’s state',
    env: 'ENTANGLE_HOME',
    helpValue: 'DIR',
    helpGroup: group,
  }),
};

export const relay = Flags.string({
  description: 'relay URL; may be given several times',
  env: 'ENTANGLE_RELAY',
  helpValue: 'URL',
  multiple: true,
  multipleNonGreedy: true,
  delimiter: ',',
});
export const keys = Flags.string({
  description: 'where the secret key is kept',
  env: 'ENTANGLE_KEYS',
  options: ['keyring', 'encrypted', 'file'],
});
/** Chosen by name, never for you. */
export const requiredKeys = Flags.string({
  description: 'where the secret key is kept',
  env: 'ENTANGLE_KEYS',
  options: ['keyring', 'encrypted', 'file'],
  required: true,
});
export const passphraseFile = Flags.string({
  description: 'file with the passphrase of an encrypted key',
  env: 'ENTANGLE_PASSPHRASE_FILE',
  helpValue: 'FILE',
});
export const tokenFile = Flags.string({
  description: 'file with the operator token (default: the home’s own)',
  env: 'ENTANGLE_TOKEN_FILE',
  helpValue: 'FILE',
});
export const runnerName = Flags.string({
  description: 'which runner of this home',
  env: 'ENTANGLE_RUNNER',
  default: 'default',
  helpValue: 'NAME',
});
export const userName = Flags.string({
  description: 'which user of this home',
  env: 'ENTANGLE_USER',
  default: 'default',
  helpValue: 'NAME',
});
export const timeout = duration({ description: 'how long to wait', env: 'ENTANGLE_TIMEOUT' });
export const waitTimeout = duration({
  description: 'how long to wait',
  env: 'ENTANGLE_TIMEOUT',
  default: 600_000,
});
export const joinWait = duration({
  description: 'how long to wait until the Host has the hello',
  default: 20_000,
  env: 'ENTANGLE_JOIN_WAIT',
});
export const yes = Flags.boolean({
  char: 'y',
  description: 'do not ask for confirmation',
  env: 'ENTANGLE_YES',
});
export const follow = Flags.boolean({
  char: 'f',
  description: 'go on as new entries come',
  env: 'ENTANGLE_FOLLOW',
});
export const limit = Flags.integer({
  description: 'at most this many items',
  env: 'ENTANGLE_LIMIT',
  min: 1,
  max: 1_000,
  default: 100,
});
export const cursor = Flags.string({
  description: 'go on after this cursor',
  env: 'ENTANGLE_CURSOR',
  helpValue: 'CURSOR',
});
export const detailedExitcode = Flags.boolean({
  description: 'exit 2 when changes are pending',
  env: 'ENTANGLE_DETAILED_EXITCODE',
});
