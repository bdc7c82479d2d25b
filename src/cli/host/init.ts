/** Makes a Host and leaves its token and recovery key as files that only their owner can read. */
import { join } from 'node:path';
import * as Flags from '@oclif/core/flags';
import { systemFiles } from '../../adapters/system/files.ts';
import { LEASE_MS } from '../../core/bounds.ts';
import type { KeyStoreKind } from '../../core/vocabulary.ts';
import { initHost } from '../../services/setup/setup.ts';
import {
  duration,
  hostName,
  nameFlag,
  passphraseFile,
  relayFlag,
  requiredKeys,
  requireRelays,
} from '../kit/flags.ts';
import type { HomePaths as Paths } from '../kit/settings.ts';
import { forHost } from '../wiring/named-host.ts';
import { setupTools } from '../wiring/setup-tools.ts';

/** Unless it is said otherwise. */
export const HOST_LEASE_MS = 60_000;

export const hostInitFlags = {
  host: hostName,
  graph: nameFlag({
    description: 'name of the graph',
    default: 'main',
    env: 'ENTANGLE_GRAPH',
  }),
  relay: relayFlag({ required: true }),
  keys: requiredKeys,
  'passphrase-file': passphraseFile,
  lease: duration({
    description: 'how long an assignment is valid without renewal',
    default: HOST_LEASE_MS,
    env: 'ENTANGLE_LEASE',
    ...LEASE_MS,
  }),
  members: Flags.boolean({
    description: 'publish the member list to the relays (for your own embedded relay)',
    env: 'ENTANGLE_MEMBERS',
  }),
  'recovery-file': Flags.string({
    description: 'file for the recovery key; keep it offline',
    env: 'ENTANGLE_RECOVERY_FILE',
    helpValue: 'FILE',
  }),
};

export type MadeHost = {
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
  keys: KeyStoreKind;
  'passphrase-file': string | undefined;
  lease: number;
  members: boolean;
  'recovery-file': string | undefined;
  'no-input': boolean;
};

export const makeHost = async (paths: Paths, given: Given): Promise<MadeHost> => {
  requireRelays(given.relay);
  const tools = setupTools(paths.host, given.keys, given['passphrase-file'], !given['no-input']);
  const wanted = {
    name: given.graph,
    relays: given.relay,
    members: given.members === true,
    leaseMs: given.lease,
  };
  const tokenFile = join(paths.host, 'operator.token');
  const recoveryFile = given['recovery-file'] ?? join(paths.host, 'recovery.key');
  const files = { token: tokenFile, recovery: recoveryFile };
  const made = await initHost({ ...tools, files: systemFiles }, wanted, files);
  const next = [
    ...(wanted.members ? [relayLine(given.relay[0]!, made.npub)] : []),
    forHost(paths.host, 'entangle host serve'),
  ];
  return { host: made.npub, graph: made.graph, relays: given.relay, tokenFile, recoveryFile, next };
};

/** Ours are embedded ones: a TLS name stands for one behind a proxy, which must know that name. */
const relayLine = (relay: string, host: string): string => {
  const behind = relay.startsWith('wss:') ? ` --url ${relay}` : '';
  const port = behind ? '' : new URL(relay).port;
  return `entangle relay serve${port ? ` --port ${port}` : ''} --owner ${host}${behind}`;
};
