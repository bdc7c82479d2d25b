/** Makes a Host and leaves its token and recovery key as files that only their owner can read. */
import { join } from 'node:path';
import * as Flags from '@oclif/core/flags';
import { systemFiles } from '../adapters/files.ts';
import { EntangleError } from '../core/errors.ts';
import { initHost } from '../services/setup.ts';
import type { Home as Paths } from './config.ts';
import { duration, passphraseFile, requiredKeys } from './flags.ts';
import { setupTools } from './setup-tools.ts';

export const hostInitFlags = {
  graph: Flags.string({
    description: 'name of the graph it will govern',
    default: 'main',
    env: 'ENTANGLE_GRAPH',
  }),
  relay: Flags.string({
    description: 'relay URL; may be given several times',
    env: 'ENTANGLE_RELAY',
    helpValue: 'URL',
    multiple: true,
    multipleNonGreedy: true,
    delimiter: ',',
    required: true,
  }),
  keys: requiredKeys,
  'passphrase-file': passphraseFile,
  lease: duration({
    description: 'how long an assignment lives without renewal',
    default: 60_000,
    env: 'ENTANGLE_LEASE',
  }),
  members: Flags.boolean({
    description: 'the relays are our own: tell them who is a member',
    env: 'ENTANGLE_MEMBERS',
  }),
  'recovery-file': Flags.string({
    description: 'where to write the recovery key; keep it offline',
    env: 'ENTANGLE_RECOVERY_FILE',
    helpValue: 'FILE',
  }),
};

export type Made = {
  host: string;
  graph: string;
  relays: string[];
  tokenFile: string;
  recoveryFile: string;
  /** Lines to type next, in this order. */
  next: string[];
};
type Given = {
  graph: string;
  relay: string[];
  keys: string;
  'passphrase-file': string | undefined;
  lease: number;
  members: boolean;
  'recovery-file': string | undefined;
  'no-input': boolean;
};

export const makeHost = async (paths: Paths, given: Given): Promise<Made> => {
  requireRelays(given.relay);
  const tools = setupTools(paths.host, given.keys, given['passphrase-file'], !given['no-input']);
  const wanted = {
    name: given.graph,
    relays: given.relay,
    members: given.members === true,
    leaseMs: given.lease,
  };
  const made = await initHost(tools, wanted);
  const tokenFile = join(paths.host, 'operator.token');
  const recoveryFile = given['recovery-file'] ?? join(paths.host, 'recovery.key');
  await systemFiles.create(tokenFile, `${made.token}\n`);
  await systemFiles.create(recoveryFile, `${made.recoveryKey}\n`);
  const next = [...(wanted.members ? [relayLine(given.relay[0]!, made.npub)] : []), 'entangle host serve'];
  return { host: made.npub, graph: made.graph, relays: given.relay, tokenFile, recoveryFile, next };
};

const requireRelays = (relays: readonly string[]): void => {
  const wrong = relays.find((url) => !/^wss?:\/\/[^\s@]{1,250}$/.test(url));
  if (wrong !== undefined)
    throw new EntangleError('usage', `"${wrong}" is not the URL of a relay`, {
      hint: 'it begins with ws:// or wss://, and has no user name',
    });
};

/** Ours are embedded ones: a TLS name stands for one behind a proxy, which must know that name. */
const relayLine = (relay: string, host: string): string => {
  const behind = relay.startsWith('wss:') ? ` --url ${relay}` : '';
  const port = behind ? '' : new URL(relay).port;
  return `entangle relay serve${port ? ` --port ${port}` : ''} --owner ${host}${behind}`;
};
