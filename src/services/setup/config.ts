/** `config.yaml` of each kind of home, written and read by the same schemas. Nothing in it is secret. */
import * as z from 'zod';
import { chain } from '../../core/authority/chain.ts';
import {
  CAPACITY,
  DISK,
  LEASE_MS,
  MAX_PATH_BYTES,
  MAX_SSH_KEY,
  MAX_SSH_KEYS,
  MEMORY,
} from '../../core/bounds.ts';
import { readBy } from '../../core/encoding/issues.ts';
import {
  graphId,
  hex,
  labels,
  list,
  matching,
  name,
  relayUrls,
  text,
  uuid,
} from '../../core/encoding/schema.ts';
import { EntangleError, type ErrorCode } from '../../core/errors.ts';
import { DURATION } from '../../core/grammars.ts';
import { KEY_STORE_KINDS, MEMBER_ROLES, REMOTE_SCHEMES, SANDBOX_KINDS } from '../../core/vocabulary.ts';

const keys = z.enum(KEY_STORE_KINDS);
const base = { graph: graphId, keys, stream: hex(16), relays: relayUrls.min(1) };

export const hostConfig = z.strictObject({
  kind: z.literal('host'),
  ...base,
  /** sha256 of the recovery public key; the key itself is kept away from this machine. */
  recovery: hex(32),
  leaseMs: z.int().min(LEASE_MS.least).max(LEASE_MS.most),
  /** sha256 of the first admin's token, null for none: it becomes an operator in the ledger at the first start. */
  bootstrap: hex(32).nullable(),
  /** Whether the relays are ours and want the members list. */
  members: z.boolean(),
  /** How long the words of a session are kept after it; each start prunes what is older. Left out: for ever. */
  retention: matching(DURATION).exactOptional(),
  /** Legal holds: nothing is pruned while there is one. */
  holds: list(z.strictObject({ name, reason: text(200).min(1), since: text(32) }), 100).exactOptional(),
});
const inviteProof = z.strictObject({ id: uuid, hmac: hex(32) });
const member = {
  ...base,
  name,
  host: hex(32),
  recovery: hex(32),
  invite: inviteProof.nullable(),
  /** Which key signs for the Host, as the invite has it. */
  chain: chain().exactOptional(),
  /** The key of that invite: it signs the wraps of the hello, and lets nobody in. */
  ticket: hex(32).nullable(),
};

/** What `runner init` can say before an invite came: everything but the federation. */
export const runnerSettings = {
  labels,
  sandbox: z.array(z.enum(SANDBOX_KINDS)).min(1).max(SANDBOX_KINDS.length),
  capacity: z.int().min(CAPACITY.least).max(CAPACITY.most),
  /** In MiB; left out: what the machine has when it starts. */
  memory: z.int().min(MEMORY.least).max(MEMORY.most).exactOptional(),
  /** All that it keeps on its disk, in MiB; left out: a part of the file system that it is on. */
  disk: z.int().min(DISK.least).max(DISK.most).exactOptional(),
  protocols: z.array(z.enum(REMOTE_SCHEMES)).min(1).max(REMOTE_SCHEMES.length),
  repositoryHooks: z.boolean(),
};
export const runnerConfig = z.strictObject({ kind: z.literal('runner'), ...member, ...runnerSettings });
export const userConfig = z.strictObject({
  kind: z.literal('user'),
  ...member,
  /** SSH keys with which this person also signs approvals, and the file of each. */
  ssh: z
    .array(z.strictObject({ key: z.string().max(MAX_SSH_KEY), file: z.string().max(MAX_PATH_BYTES) }))
    .max(MAX_SSH_KEYS)
    .exactOptional(),
});
export const joinedConfig = z.discriminatedUnion('kind', [runnerConfig, userConfig]);

/** Before joining: the key is there, the federation is not known. */
export const newcomerConfig = z.strictObject({
  kind: z.enum(MEMBER_ROLES),
  name,
  keys,
  settings: z.strictObject(runnerSettings).nullable(),
});

export type HostConfig = z.infer<typeof hostConfig>;
export type RunnerConfig = z.infer<typeof runnerConfig>;
export type UserConfig = z.infer<typeof userConfig>;
export type NewcomerConfig = z.infer<typeof newcomerConfig>;
export type JoinedConfig = RunnerConfig | UserConfig;

/** The config, or an error in words: what is written is refused where it would be refused on reading. */
export const checkConfig = <S extends z.ZodType>(
  schema: S,
  value: z.input<S>,
  code: ErrorCode = 'invalid',
): z.output<S> => readBy(schema, value, (words) => new EntangleError(code, words));
