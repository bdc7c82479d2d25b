/** Joins over this machine: the home's files, its process for as long as the Host's receipt is waited for. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { discardLedger } from '../../adapters/ledger/discard.ts';
import { readLedger } from '../../adapters/ledger/read.ts';
import { PROJECTION_FILE } from '../../adapters/sqlite/projection.ts';
import { fingerprint } from '../../core/crypto/fingerprint.ts';
import { toHex } from '../../core/encoding/bytes.ts';
import { npub } from '../../core/encoding/id.ts';
import type { MemberRole } from '../../core/vocabulary.ts';
import { joinedConfig } from '../../services/setup/config.ts';
import {
  awaitReceipt,
  bindHome,
  type Joined,
  type JoiningHome,
  requireReceipt,
} from '../../services/setup/join.ts';
import type { HomePaths as Paths } from '../kit/settings.ts';
import { readText } from '../kit/text-file.ts';
import { readConfig, requireConfig, requireMember, withConfigLock } from './home-config.ts';
import type { KeyOptions } from './key-stores.ts';
import { hasLeft, isNotedLeft } from './leave-wish.ts';
import { wireRunner } from './runner-process.ts';
import type { WireOptions } from './serving.ts';
import { setupTools } from './setup-tools.ts';
import { wireUser } from './user-session.ts';

type JoinOptions = WireOptions & { waitMs: number };
/** Its keys are in files, and nobody is asked for anything. */
const UNATTENDED: KeyOptions = { passphraseFile: undefined, input: false };

const joiningHome = (directory: string, options: KeyOptions): JoiningHome => ({
  readConfig: () => readConfig(directory),
  requireConfig: (schema, hint) => requireConfig(directory, schema, hint),
  lines: () => readLedger(join(directory, 'ledger'), 1),
  forgetLedger: () => discardLedger(join(directory, 'ledger'), [join(directory, PROJECTION_FILE)]),
  tools: (keys) => setupTools(directory, keys, options.passphraseFile, options.input),
});

const bind = (directory: string, kind: MemberRole, given: string, options: JoinOptions) => {
  const invite = async () => (given.startsWith('entangle-invite1.') ? given : readText(given));
  const work = () => bindHome(joiningHome(directory, options), kind, invite);
  return existsSync(directory) ? withConfigLock(directory, work) : work();
};

/** Binds a home that its own process brings to the Host when it serves. */
export const bindAlone = (directory: string, kind: MemberRole, invite: () => Promise<string>) =>
  bindHome(joiningHome(directory, UNATTENDED), kind, invite);

export type MemberIdentity = { npub: string; words: string };

/** Whose home it is, as its own key says it. */
export const identityOf = async (directory: string, kind: MemberRole): Promise<MemberIdentity> => {
  const { host, keys: store } = await requireMember(directory, joinedConfig, kind);
  const { suite, keys } = setupTools(directory, store, UNATTENDED.passphraseFile, UNATTENDED.input);
  const self = toHex(suite.publicKey(await keys.read(kind)));
  return { npub: npub(self), words: fingerprint(suite, kind, host, self) };
};

export const joinAsRunner = async (
  paths: Paths,
  name: string,
  given: string,
  options: JoinOptions,
): Promise<Joined> => {
  // Its key is good for nothing any more, also with another invite
  if (isNotedLeft(paths.runner(name))) throw hasLeft(name);
  await bind(paths.runner(name), 'runner', given, options);
  const serving = await wireRunner(paths, name, options);
  const joined = await awaitReceipt(serving.running.runner.home, options.waitMs);
  await serving.close();
  return requireReceipt('runner', joined);
};

export const joinAsUser = async (
  paths: Paths,
  name: string,
  given: string,
  options: JoinOptions,
): Promise<Joined> => {
  await bind(paths.user(name), 'user', given, options);
  const user = await wireUser(paths, name, { ...options, syncMs: options.waitMs });
  const joined = await awaitReceipt(user.home, options.waitMs);
  await user.close();
  return requireReceipt('user', joined);
};
