/** What of a home a service manager is to run, as the command that a person would type. */
import { createHash } from 'node:crypto';
import { delimiter } from 'node:path';
import { searchPath } from '../../adapters/system/child-process.ts';
import { selfCommand } from '../../adapters/system/self.ts';
import type { HomeKind } from '../../core/vocabulary.ts';
import { hostName, passphraseFile, runnerName, userName } from '../kit/flags.ts';
import { DEFAULT_NAME, type HomePaths, resolveHome } from '../kit/settings.ts';
import type { Service } from './unit.ts';

export const servedFlags = {
  host: hostName,
  runner: runnerName,
  user: userName,
  'passphrase-file': passphraseFile,
};

export type Served = {
  kind: HomeKind;
  host: string;
  runner: string;
  user: string;
  passphraseFile: string | undefined;
};

const COMMANDS: Readonly<Record<HomeKind, (served: Served) => { words: string[]; which: string }>> = {
  host: ({ host }) => ({
    words: ['host', 'serve', ...(host === DEFAULT_NAME ? [] : ['--host', host])],
    which: host,
  }),
  runner: ({ runner }) => ({ words: ['runner', 'serve', '--runner', runner], which: runner }),
  // Its User Node is there while it watches: what comes is kept, and said in the log
  user: ({ user }) => ({ words: ['user', 'watch', '--plain', '--user', user], which: user }),
};

/** Nothing for the usual home; of another one so much that two homes have two units. */
const homeMark = ({ root }: HomePaths): string[] =>
  root === resolveHome(undefined, process.env, '/').root
    ? []
    : [createHash('sha256').update(root).digest('hex').slice(0, 8)];

/** Its name has the home's kind, and which of several it is. */
export const serviceOf = (home: HomePaths, served: Served, [program, ...own] = selfCommand()): Service => {
  const { words, which } = COMMANDS[served.kind](served);
  const passphrase = served.passphraseFile === undefined ? [] : ['--passphrase-file', served.passphraseFile];
  return {
    name: ['entangle', served.kind, ...(which === DEFAULT_NAME ? [] : [which]), ...homeMark(home)].join('-'),
    description: `entangle ${served.kind}${which === DEFAULT_NAME ? '' : ` ${which}`}`,
    program,
    args: [...own, ...words, '--home', home.root, ...passphrase, '--no-input'],
    path: [...new Set(searchPath().split(delimiter))].join(delimiter),
  };
};

/** Where its settings are, if it was set up. */
export const directoryOf = (home: HomePaths, { kind, runner, user }: Served): string =>
  ({ host: home.host, runner: home.runner(runner), user: home.user(user) })[kind];
