/** Flags that several commands share, each with its environment variable; no secret is ever a flag's value. */

import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { type Bounds, CAPACITY, INVITE_MS } from '../../core/bounds.ts';
import { SESSION_WAITS, THEMES } from '../../core/command-words.ts';
import { requireFit } from '../../core/encoding/grammar.ts';
import { parsePubkey } from '../../core/encoding/id.ts';
import { formatDuration, parseDuration } from '../../core/encoding/time.ts';
import { EntangleError } from '../../core/errors.ts';
import { type Grammar, MAX_RELAYS, NAME, RELAY_URL } from '../../core/grammars.ts';
import { KEY_STORE_KINDS, OPERATOR_ROLES } from '../../core/vocabulary.ts';
import { DEFAULT_NAME } from './settings.ts';

/** Milliseconds within bounds; the help shows a default as it is written. */
export const duration = Flags.custom<number, Partial<Bounds>>({
  parse: async (text, _context, { least = 0, most = Number.MAX_SAFE_INTEGER }) => {
    const ms = parseDuration(text, 'usage');
    if (ms >= least && ms <= most) return ms;
    const bound = ms < least ? `at least ${formatDuration(least)}` : `at most ${formatDuration(most)}`;
    throw new EntangleError('usage', `${formatDuration(ms)} is out of bounds: ${bound}`, {
      hint: `write a duration from ${formatDuration(least)} to ${formatDuration(most)}`,
    });
  },
  defaultHelp: async ({ options }) =>
    typeof options.default === 'number' ? formatDuration(options.default) : undefined,
  helpValue: 'DURATION',
});

/** For flags and arguments: a text that does not fit is refused before anything is done. */
export const fitting = (grammar: Grammar) => ({
  parse: async (text: string): Promise<string> => requireFit(grammar, text),
});
export const nameFlag = Flags.custom<string>({ ...fitting(NAME), helpValue: 'NAME' });
/** In hex, with its checksum proved. */
export const publicKeyFlag = Flags.custom<string>({
  parse: async (text) => parsePubkey(text, 'usage'),
  helpValue: 'NPUB',
});
export const nameArg = Args.custom<string>(fitting(NAME));
export const wordArg = <T extends string>(words: readonly T[]) => Args.custom<T>({ options: [...words] });

const group = 'GLOBAL';
export const globalFlags = {
  json: Flags.boolean({
    description: 'print one JSON value on stdout',
    env: 'ENTANGLE_JSON',
    helpGroup: group,
  }),
  'no-input': Flags.boolean({ description: 'never prompt', env: 'ENTANGLE_NO_INPUT', helpGroup: group }),
  quiet: Flags.boolean({
    char: 'q',
    description: 'do not print progress to stderr',
    env: 'ENTANGLE_QUIET',
    helpGroup: group,
  }),
  home: Flags.string({
    description: 'directory that holds keys, ledgers and configuration',
    env: 'ENTANGLE_HOME',
    helpValue: 'DIR',
    helpGroup: group,
  }),
};

/** `requireRelays` counts them. */
export const relayFlag = Flags.custom<string>({
  ...fitting(RELAY_URL),
  description: 'relay URL (repeatable)',
  env: 'ENTANGLE_RELAY',
  helpValue: 'URL',
  multiple: true,
  multipleNonGreedy: true,
  delimiter: ',',
});
export const requireRelays = (relays: readonly string[]): void => {
  if (relays.length > MAX_RELAYS)
    throw new EntangleError('usage', `at most ${MAX_RELAYS} relays can be named, not ${relays.length}`, {
      hint: 'name those that members reach best',
    });
};
export const keyStoreKind = Flags.option({
  description: 'key store for the secret key',
  env: 'ENTANGLE_KEYS',
  options: KEY_STORE_KINDS,
});
/** Chosen by name, never for you. */
export const backupPassphraseFile = Flags.string({
  description: 'file with the passphrase of the backup; else you are asked for it',
  env: 'ENTANGLE_BACKUP_PASSPHRASE_FILE',
  helpValue: 'FILE',
});
export const requiredKeys = keyStoreKind({ required: true });
export const repositoryHooks = Flags.boolean({
  description: 'run the hooks of a repository on this machine when something is pushed to it',
  env: 'ENTANGLE_REPOSITORY_HOOKS',
  default: false,
});
export const capacityOptions = {
  description: 'maximum number of turns at the same time',
  helpValue: 'N',
  env: 'ENTANGLE_CAPACITY',
  min: CAPACITY.least,
  max: CAPACITY.most,
};
export const passphraseFile = Flags.string({
  description: 'file with the passphrase of an encrypted key',
  env: 'ENTANGLE_PASSPHRASE_FILE',
  helpValue: 'FILE',
});
const tokenFile = Flags.string({
  description: 'file with the operator token (default: host/default/operator.token in the home)',
  env: 'ENTANGLE_TOKEN_FILE',
  helpValue: 'FILE',
});
export const operatorPassphraseFile = Flags.string({
  description: 'file with the passphrase of that key; else you are asked for it',
  env: 'ENTANGLE_OPERATOR_PASSPHRASE_FILE',
  helpValue: 'FILE',
});
export const operatorRoleFlag = Flags.option({
  description:
    'viewer: read; editor: also change the graph, move nodes and end sessions; admin: also manage trust, invites, secrets and operators',
  env: 'ENTANGLE_OPERATOR_ROLE',
  options: OPERATOR_ROLES,
  required: true,
})();
export const hostName = nameFlag({
  description: 'name of the Host in this home',
  env: 'ENTANGLE_HOST',
  default: DEFAULT_NAME,
});
/** Of every command that asks a Host. */
export const hostFlags = {
  host: hostName,
  context: nameFlag({
    description: 'context that names the Host and your token (default: the one that is used, if any)',
    env: 'ENTANGLE_CONTEXT',
  }),
  'token-file': tokenFile,
  'oidc-token-file': Flags.string({
    description: 'file with the identity token of a CI job, which is exchanged for a token',
    env: 'ENTANGLE_HOST_OIDC_TOKEN_FILE',
    helpValue: 'FILE',
  }),
  'operator-key-file': Flags.string({
    description: 'file with your key as an operator, which signs each request (NIP-98)',
    env: 'ENTANGLE_OPERATOR_KEY_FILE',
    helpValue: 'FILE',
  }),
  'operator-passphrase-file': operatorPassphraseFile,
  'host-npub': publicKeyFlag({
    description: 'public key of a Host that serves elsewhere, for which requests are signed',
    env: 'ENTANGLE_HOST_NPUB',
  }),
  'host-url': Flags.string({
    description: 'address of a Host that serves elsewhere (default: the Host of the home)',
    env: 'ENTANGLE_HOST_URL',
    helpValue: 'URL',
  }),
  'host-ca': Flags.string({
    description: 'PEM file of the authority that signed its certificate (default: those of the system)',
    env: 'ENTANGLE_HOST_CA',
    helpValue: 'FILE',
  }),
};
export const runnerName = nameFlag({
  description: 'name of the runner in this home',
  env: 'ENTANGLE_RUNNER',
  default: DEFAULT_NAME,
});
/** Of the Host's, and not of this home. */
export const trustedRunner = nameFlag({
  description: 'name of a trusted runner',
  env: 'ENTANGLE_RUNNER',
  helpValue: 'RUNNER',
  required: true,
});
export const userName = nameFlag({
  description: 'name of the user in this home',
  env: 'ENTANGLE_USER',
  default: DEFAULT_NAME,
});
export const inviteLifetime = duration({
  description: 'lifetime of the invite',
  default: 3_600_000,
  env: 'ENTANGLE_EXPIRES',
  ...INVITE_MS,
});
export const timeout = duration({ description: 'how long to wait', env: 'ENTANGLE_TIMEOUT' });
export const waitFor = Flags.option({
  description: 'what to wait for',
  env: 'ENTANGLE_WAIT_FOR',
  options: SESSION_WAITS,
});
export const waitTimeout = duration({
  description: 'how long to wait',
  env: 'ENTANGLE_TIMEOUT',
  default: 600_000,
});
export const joinWait = duration({
  description: 'how long to wait for the Host to confirm',
  default: 20_000,
  env: 'ENTANGLE_JOIN_WAIT',
});
export const yes = Flags.boolean({
  char: 'y',
  description: 'skip the confirmation',
  env: 'ENTANGLE_YES',
});
export const follow = Flags.boolean({
  char: 'f',
  description: 'keep printing new entries',
  env: 'ENTANGLE_FOLLOW',
});
export const plainLines = Flags.boolean({
  description: 'print lines and ask nothing, also in a terminal',
  env: 'ENTANGLE_PLAIN',
});
export const theme = Flags.option({
  description: 'colours of the screen; none where NO_COLOR is set',
  env: 'ENTANGLE_THEME',
  options: THEMES,
  default: 'default',
})();
export const limit = Flags.integer({
  description: 'maximum number of items',
  env: 'ENTANGLE_LIMIT',
  min: 1,
  max: 1_000,
  default: 100,
});
export const cursor = Flags.string({
  description: 'continue after this cursor (`next` of the previous page)',
  env: 'ENTANGLE_CURSOR',
  helpValue: 'CURSOR',
});
/** A cursor that is a place in one's own ledger. */
export const lineCursor = Flags.integer({
  description: 'continue after this cursor (`next` of the previous page)',
  env: 'ENTANGLE_CURSOR',
  helpValue: 'CURSOR',
  min: 1,
});
export const detailedExitcode = Flags.boolean({
  description: 'exit 2 when changes are pending',
  env: 'ENTANGLE_DETAILED_EXITCODE',
});
