/** A person's passphrase is typed once, and remembered for a while; or forgotten before that. */
import { join } from 'node:path';
import * as Args from '@oclif/core/args';
import * as z from 'zod';
import { encryptedKeyStore } from '../../adapters/keys/encrypted.ts';
import { forgetPassphrase, rememberPassphrase } from '../../adapters/keys/passphrase-agent.ts';
import { systemClock } from '../../adapters/system/clock.ts';
import { systemRandom } from '../../adapters/system/random.ts';
import { UNLOCK_MS } from '../../core/bounds.ts';
import { shownTime } from '../../core/encoding/time.ts';
import { EntangleError } from '../../core/errors.ts';
import { KEY_STORE_KINDS } from '../../core/vocabulary.ts';
import { duration, passphraseFile, userName } from '../kit/flags.ts';
import type { HomePaths } from '../kit/settings.ts';
import { requireConfig } from '../wiring/home-config.ts';
import { passphraseOf } from '../wiring/passphrase.ts';

/** Taken so that it can be refused without being repeated, which a log would keep. */
export const unlockArgs = {
  refused: Args.string({ description: 'never here: typed, or in a file', hidden: true, multiple: true }),
};
export const unlockFlags = {
  user: userName,
  'passphrase-file': passphraseFile,
  for: duration({
    description: 'how long it is remembered',
    env: 'ENTANGLE_UNLOCK_FOR',
    default: 900_000,
    ...UNLOCK_MS,
  }),
};
export const lockFlags = { user: userName };

export type UnlockedKey = { user: string; until: string };
export type LockedKey = { user: string; wasUnlocked: boolean };

const homeWithKey = z.object({ kind: z.literal('user'), keys: z.enum(KEY_STORE_KINDS) });
const NO_USER = 'name its home with --home, or create a key: `entangle user init`';

const encryptedHome = async (paths: HomePaths, user: string): Promise<string> => {
  const directory = paths.user(user);
  const { keys } = await requireConfig(directory, homeWithKey, NO_USER);
  if (keys === 'encrypted') return directory;
  throw new EntangleError('conflict', `the key of ${user} is kept in ${keys}: no passphrase is asked for it`);
};

type Given = { user: string; for: number; 'passphrase-file': string | undefined; 'no-input': boolean };

/** Only one that opens the key. */
export const unlockKey = async (
  paths: HomePaths,
  flags: Given,
  refused?: readonly string[],
): Promise<UnlockedKey> => {
  if (refused !== undefined)
    throw new EntangleError(
      'usage',
      'a passphrase is typed when it is asked for: on the command line whoever is on this machine can read it, and the history of your shell keeps it',
      { hint: 'run `entangle user key unlock` alone, or use --passphrase-file FILE' },
    );
  const directory = await encryptedHome(paths, flags.user);
  const words = await passphraseOf({
    ...{ what: 'key "user"', unmade: 'nothing is remembered', input: !flags['no-input'] },
    ...{ file: flags['passphrase-file'], flag: '--passphrase-file', variable: 'ENTANGLE_PASSPHRASE_FILE' },
  });
  const keys = join(directory, 'keys');
  const opened = { directory: keys, passphrase: async () => words, random: systemRandom.bytes };
  (await encryptedKeyStore(opened).read('user')).fill(0);
  const until = systemClock.now() + flags.for;
  await rememberPassphrase(directory, words, flags.for);
  return { user: flags.user, until: shownTime(Math.floor(until / 1000)) };
};

export const lockKey = async (paths: HomePaths, { user }: { user: string }): Promise<LockedKey> => ({
  user,
  wasUnlocked: await forgetPassphrase(await encryptedHome(paths, user)),
});

export const unlockedText = ({ user, until }: UnlockedKey, lock: string): string =>
  [
    `${user} is unlocked until ${until}: no command of this account asks for the passphrase.`,
    `Whatever runs as you on this machine can have it meanwhile, an agent without a sandbox too. \`${lock}\` ends it.`,
  ].join('\n');
export const lockedText = ({ user, wasUnlocked }: LockedKey): string =>
  wasUnlocked ? `${user} is locked: the passphrase is forgotten` : `${user} was not unlocked`;
