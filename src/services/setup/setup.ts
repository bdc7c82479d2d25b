/** Makes homes: keys where they are used, a config that holds no secret. */
import type * as z from 'zod';
import type { Suite } from '../../core/crypto/suite.ts';
import { fromHex, toHex } from '../../core/encoding/bytes.ts';
import { npub } from '../../core/encoding/id.ts';
import { EntangleError } from '../../core/errors.ts';
import { newToken, tokenDigest } from '../../core/host-api/token.ts';
import { readInvite } from '../../core/protocol/invite.ts';
import type { Clock, KeyStore, Random } from '../../ports/index.ts';
import { inviteProofOf } from '../messaging/admission.ts';
import type { HostConfig, JoinedConfig, NewcomerConfig } from './config.ts';
import { checkConfig, hostConfig, joinedConfig, newcomerConfig } from './config.ts';

export type SetupTools = {
  keys: KeyStore;
  suite: Suite;
  random: Random;
  clock: Clock;
  /** The config file of this home, and a way to replace it by what the schema takes. */
  readConfig(): Promise<unknown>;
  writeConfig<S extends z.ZodType>(schema: S, value: z.input<S>): Promise<void>;
};

export type HostWanted = { name: string; relays: string[]; members: boolean; leaseMs: number };
export type NewHost = { npub: string; graph: string; token: string; recoveryKey: string };

const requireFresh = async (tools: SetupTools, what: string): Promise<void> => {
  if ((await tools.readConfig()) !== undefined)
    throw new EntangleError('conflict', `this home already has a ${what}`, {
      hint: 'use another --home, or delete that directory',
    });
};

/** The Host's key, an offline recovery key, and the bootstrap operator token, both shown once. */
export const initHost = async (tools: SetupTools, wanted: HostWanted): Promise<NewHost> => {
  await requireFresh(tools, 'Host');
  const { suite, random, keys } = tools;
  const secretKey = random.bytes(32);
  const recoveryKey = random.bytes(32);
  const token = newToken(random.bytes);
  const pubkey = toHex(suite.publicKey(secretKey));
  const config: HostConfig = {
    kind: 'host',
    graph: `${pubkey}/${wanted.name}`,
    keys: keys.kind,
    stream: toHex(random.bytes(16)),
    relays: wanted.relays,
    recovery: toHex(suite.sha256(suite.publicKey(recoveryKey))),
    leaseMs: wanted.leaseMs,
    bootstrap: tokenDigest(suite, token),
    members: wanted.members,
  };
  // Before the key: what cannot be served leaves nothing behind.
  checkConfig(hostConfig, config, 'usage');
  await keys.create('host', secretKey);
  await tools.writeConfig(hostConfig, config);
  return { npub: npub(pubkey), graph: config.graph, token, recoveryKey: toHex(recoveryKey) };
};

export type NewcomerWanted = Omit<NewcomerConfig, 'keys'>;

/** A key of one's own, before anybody invites it; found again when it was made already. */
export const initNewcomer = async (
  tools: SetupTools,
  wanted: NewcomerWanted,
): Promise<{ npub: string; name: string }> => {
  await requireFresh(tools, wanted.kind);
  const { suite, random, keys } = tools;
  const secretKey = random.bytes(32);
  const config: NewcomerConfig = { ...wanted, keys: keys.kind };
  checkConfig(newcomerConfig, config, 'usage');
  await keys.create(wanted.kind, secretKey);
  await tools.writeConfig(newcomerConfig, config);
  return { npub: npub(toHex(suite.publicKey(secretKey))), name: wanted.name };
};

/** Binds a newcomer to the federation of an invite; the proof is kept, its secret is not. */
export const joinFederation = async (
  tools: SetupTools,
  newcomer: NewcomerConfig,
  text: string,
): Promise<JoinedConfig> => {
  const invite = readInvite(text);
  const { suite, random, keys, clock } = tools;
  if (invite.role !== newcomer.kind)
    throw new EntangleError('invalid', `this invite is for a ${invite.role}, not for a ${newcomer.kind}`);
  if (invite.expiresAt <= clock.now() / 1000)
    throw new EntangleError('not_authorized', 'this invite has expired', {
      hint: 'ask for a new one: `entangle host invite`',
    });
  const self = toHex(suite.publicKey(await keys.read(newcomer.kind)));
  if (self === invite.host)
    throw new EntangleError(
      'invalid',
      'this key is the key of the Host: use one key for one role (key_reuse)',
    );
  const { host, graph, role, name } = invite;
  const hmac = inviteProofOf(suite, fromHex(invite.secret), { host, self, graph, role, name });
  const member = {
    graph,
    keys: newcomer.keys,
    stream: toHex(random.bytes(16)),
    relays: invite.relays,
    name,
    host,
    recovery: invite.recovery,
    invite: { id: invite.id, hmac },
  };
  const config: JoinedConfig =
    newcomer.kind === 'runner'
      ? { kind: 'runner', ...member, ...newcomer.settings! }
      : { kind: 'user', ...member };
  await tools.writeConfig(joinedConfig, config);
  return config;
};
