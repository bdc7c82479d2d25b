/** Joins a federation: reads the invite, binds the home to it, says hello and waits a little for its receipt. */

import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import { systemClock } from '../../adapters/system/clock.ts';
import { fingerprint } from '../../core/crypto/fingerprint.ts';
import { npub } from '../../core/encoding/id.ts';
import { EntangleError } from '../../core/errors.ts';
import type { MemberRole } from '../../core/vocabulary.ts';
import type { Home } from '../../services/messaging/home.ts';
import type { NewcomerConfig } from '../../services/setup/config.ts';
import { newcomerConfig, runnerConfig, userConfig } from '../../services/setup/config.ts';
import { joinFederation, type SetupTools } from '../../services/setup/setup.ts';
import type { Home as Paths } from '../kit/settings.ts';
import { readText } from '../kit/text-file.ts';
import { readConfig, requireConfig } from './home-config.ts';
import { forgetHello, heardNothing, newcomerOf } from './rejoin.ts';
import { wireRunner } from './runner-process.ts';
import type { WireOptions } from './serving.ts';
import { setupTools } from './setup-tools.ts';
import { wireUser } from './user-session.ts';

export type Joined = {
  name: string;
  npub: string;
  host: string;
  graph: string;
  words: string;
  delivered: boolean;
};
type JoinOptions = WireOptions & { waitMs: number };
const POLL_MS = 50;

const inviteText = async (given: string): Promise<string> =>
  given.startsWith('entangle-invite1.') ? given : readText(given);

const bind = async (
  directory: string,
  kind: MemberRole,
  given: string,
  options: JoinOptions,
): Promise<void> => {
  const before = (await readConfig(directory)) as { host?: string } | undefined;
  const newcomer = before?.host ? await again(directory, kind) : await first(directory, kind);
  const tools = setupTools(directory, newcomer.keys, options.passphraseFile, options.input);
  const writeConfig: SetupTools['writeConfig'] = async (schema, value) => {
    await forgetHello(directory);
    await tools.writeConfig(schema, value);
  };
  await joinFederation({ ...tools, writeConfig }, newcomer, await inviteText(given));
};

const first = (directory: string, kind: MemberRole): Promise<NewcomerConfig> =>
  requireConfig(directory, newcomerConfig, `create its key first: \`entangle ${kind} init --keys file\``);

const again = async (directory: string, kind: MemberRole): Promise<NewcomerConfig> => {
  if (!(await heardNothing(directory)))
    throw new EntangleError('conflict', `this ${kind} has already joined a federation`, {
      hint: `use another name: --${kind} NAME`,
    });
  return newcomerOf(await requireConfig(directory, kind === 'runner' ? runnerConfig : userConfig, ''));
};

const delivered = async (home: Home, waitMs: number): Promise<boolean> => {
  const deadline = systemClock.monotonic() + waitMs;
  while (home.tables.count('outbox') > 0 && systemClock.monotonic() < deadline)
    await systemClock.sleep(POLL_MS);
  return home.tables.count('outbox') === 0;
};

/** Nobody but a Host that took the hello ever answers it. */
const requireAnswer = (kind: MemberRole, value: Joined): Joined => {
  if (value.delivered) return value;
  throw new EntangleError('timed_out', 'the Host has not confirmed yet', {
    hint: `run \`entangle ${kind} ${kind === 'runner' ? 'serve' : 'inbox'}\` to keep trying, or join again with a new invite if this one was used or has expired`,
    details: [value],
  });
};

const joined = (home: Home, isDelivered: boolean): Joined => ({
  name: home.self.name,
  npub: npub(home.self.pubkey),
  host: npub(home.host),
  graph: home.graph,
  words: fingerprint(suiteWasm, home.kind, home.host, home.self.pubkey),
  delivered: isDelivered,
});

export const joinAsRunner = async (
  paths: Paths,
  name: string,
  given: string,
  options: JoinOptions,
): Promise<Joined> => {
  await bind(paths.runner(name), 'runner', given, options);
  const serving = await wireRunner(paths, name, options);
  const { home } = serving.running.runner;
  const value = joined(home, await delivered(home, options.waitMs));
  await serving.close();
  return requireAnswer('runner', value);
};

export const joinAsUser = async (
  paths: Paths,
  name: string,
  given: string,
  options: JoinOptions,
): Promise<Joined> => {
  await bind(paths.user(name), 'user', given, options);
  const user = await wireUser(paths, name, { ...options, syncMs: options.waitMs });
  const value = joined(user.home, await delivered(user.home, options.waitMs));
  await user.close();
  return requireAnswer('user', value);
};
