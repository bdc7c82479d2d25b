/** `config.yaml` of each kind of home. Nothing in it is secret. */
import * as z from 'zod';

const hex = (bytes: number) => z.string().regex(new RegExp(`^[0-9a-f]{${bytes * 2}}$`));
const relays = z
  .array(
    z
      .string()
      .regex(/^wss?:\/\/[^\s@]+$/)
      .max(256),
  )
  .min(1)
  .max(8);
const keys = z.enum(['keyring', 'encrypted', 'file']);
const base = { graph: z.string().max(200), keys, stream: hex(16), relays };

export const hostConfig = z.strictObject({
  kind: z.literal('host'),
  ...base,
  /** sha256 of the recovery public key; the key itself is kept away from this machine. */
  recovery: hex(32),
  leaseMs: z.int().min(1000).max(3_600_000),
  /** sha256 of the first admin's token, null for none: it becomes an operator in the ledger at the first start. */
  bootstrap: hex(32).nullable(),
  /** Whether the relays are ours and want the members list. */
  members: z.boolean(),
});
const inviteProof = z.strictObject({ id: z.string(), hmac: hex(32) });
const member = {
  ...base,
  name: z.string().max(64),
  host: hex(32),
  recovery: hex(32),
  invite: inviteProof.nullable(),
};

/** What `runner init` can say before an invite came: everything but the federation. */
export const runnerSettings = {
  labels: z.record(z.string().max(63), z.string().max(63)),
  sandbox: z.array(z.enum(['bwrap', 'none'])).min(1),
  capacity: z.int().min(1).max(1000),
  protocols: z.array(z.enum(['https', 'ssh', 'file'])).min(1),
};
export const runnerConfig = z.strictObject({ kind: z.literal('runner'), ...member, ...runnerSettings });
export const userConfig = z.strictObject({ kind: z.literal('user'), ...member });

/** Before joining: the key is there, the federation is not known. */
export const newcomerConfig = z.strictObject({
  kind: z.enum(['runner', 'user']),
  name: z.string().max(64),
  keys,
  settings: z.strictObject(runnerSettings).nullable(),
});

export type HostConfig = z.infer<typeof hostConfig>;
export type RunnerConfig = z.infer<typeof runnerConfig>;
export type UserConfig = z.infer<typeof userConfig>;
export type NewcomerConfig = z.infer<typeof newcomerConfig>;
export type JoinedConfig = RunnerConfig | UserConfig;
