/** Makes homes: keys where they are used, a config that holds no secret. */
import type * as z from 'zod';
import type { Suite } from '../../core/crypto/suite.ts';
import { toHex } from '../../core/encoding/bytes.ts';
import { npub } from '../../core/encoding/id.ts';
import { EntangleError } from '../../core/errors.ts';
import { newToken, tokenDigest } from '../../core/host-api/token.ts';
import type { KeyStoreKind } from '../../core/vocabulary.ts';
import type { Clock, Files, KeyBackup, KeyStore, Random } from '../../ports/index.ts';
import type { HostConfig, NewcomerConfig } from './config.ts';
import { checkConfig, hostConfig, newcomerConfig } from './config.ts';
import { requireSigning } from './key-backup.ts';

export type SetupTools = {
  /** Where this home is. */
  directory: string;
  keys: KeyStore;
  suite: Suite;
  random: Random;
  clock: Clock;
  /** Makes the directory of this home; refuses one that is a link or that others can write to. */
  makeDirectory(): Promise<void>;
  /** The config file of this home, and a way to replace it by what the schema takes. */
  readConfig(): Promise<unknown>;
  writeConfig<S extends z.ZodType>(schema: S, value: z.input<S>): Promise<void>;
};

export type HostWanted = { name: string; relays: string[]; members: boolean; leaseMs: number };
/** Files that only their owner can read, for what a new Host shows once. */
export type HostFiles = { token: string; recovery: string };
export type NewHost = { npub: string; graph: string };

const requireFresh = async (
  tools: SetupTools,
  what: string,
  hint = `use another name: --${what.toLowerCase()} NAME; or another --home; or delete this one with its keys: ${tools.directory}`,
): Promise<void> => {
  if ((await tools.readConfig()) !== undefined)
    throw new EntangleError('conflict', `this home already has a ${what}`, { hint });
};

/** The Host's key; an offline recovery key and the bootstrap operator token, which are in these files and nowhere else. */
export const initHost = async (
  tools: SetupTools & { files: Files },
  wanted: HostWanted,
  files: HostFiles,
): Promise<NewHost> => {
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
  await tools.makeDirectory();
  const secrets = [
    [files.token, token],
    [files.recovery, toHex(recoveryKey)],
  ] as const;
  await withFiles(tools.files, secrets, () =>
    withKey(tools, 'host', secretKey, () => tools.writeConfig(hostConfig, config)),
  );
  return { npub: npub(pubkey), graph: config.graph };
};

/** Makes new files for what `work` makes, and takes them away again when it fails: no Host without its token. */
const withFiles = async (
  files: Files,
  texts: readonly (readonly [path: string, text: string])[],
  work: () => Promise<void>,
): Promise<void> => {
  const made: string[] = [];
  try {
    for (const [path, text] of texts) {
      await files.create(path, `${text}\n`);
      made.push(path);
    }
    await work();
  } catch (error) {
    for (const path of made) await files.remove(path);
    throw error;
  }
};

/** A new key for what `work` writes down, and no key where it fails: the next try would take it for somebody's. */
const withKey = async (
  { keys, directory }: Pick<SetupTools, 'keys' | 'directory'>,
  name: string,
  secretKey: Uint8Array,
  work: () => Promise<void>,
): Promise<void> => {
  await keys.create(name, secretKey).catch((error: unknown) => {
    throw isConflict(error) ? keyWithoutHome(keys.kind, name, directory) : error;
  });
  try {
    await work();
  } catch (error) {
    await keys.remove(name);
    throw error;
  }
};

const isConflict = (error: unknown): boolean => error instanceof EntangleError && error.code === 'conflict';

/** Left by a try that was cut off between key and config, or by a config that is gone. */
const keyWithoutHome = (store: KeyStoreKind, name: string, directory: string): EntangleError => {
  const where = store === 'keyring' ? `in the keyring, for ${directory}` : `in ${directory}`;
  return new EntangleError('conflict', `a ${name} key lies ${where}, and no home has it`, {
    hint:
      store === 'keyring'
        ? 'delete it in the keyring if nobody needs it; a user key with a backup is taken over by `entangle user key import`'
        : `delete ${directory} if nobody needs that key; a user key with a backup is taken over by \`entangle user key import\``,
  });
};

const CHANGE_IT =
  'change a setting of it with `entangle runner config set`, or use another name: --runner NAME';

export type NewcomerWanted = Omit<NewcomerConfig, 'keys'>;

export type NewHome = { npub: string; name: string };

/** A key of one's own, before anybody invites it. */
export const initNewcomer = async (tools: SetupTools, wanted: NewcomerWanted): Promise<NewHome> => {
  await requireFresh(tools, wanted.kind, ...(wanted.kind === 'runner' ? [CHANGE_IT] : []));
  return makeNewcomer(tools, wanted, tools.random.bytes(32), async () => {});
};

/** A new home for a key that had one; the key of a home that is there is never replaced, and nobody asked for a backup of it. */
export const importNewcomer = async (
  tools: SetupTools,
  wanted: NewcomerWanted,
  backup: Pick<KeyBackup, 'read'>,
): Promise<NewHome> => {
  await requireFresh(
    tools,
    wanted.kind,
    `use another name (--user NAME) or another --home: the key that is there is never replaced`,
  );
  const { kind } = wanted;
  const secretKey = await backup.read();
  const prove = (pubkey: Uint8Array) => requireSigning(tools, kind, pubkey, tools.random.bytes(32));
  return makeNewcomer(tools, wanted, secretKey, prove, await isLeft(tools.keys, kind, secretKey));
};

/** What a try that was cut off left is gone on with; another key stays as it is. */
const isLeft = async (keys: KeyStore, name: string, secretKey: Uint8Array): Promise<boolean> =>
  (await keys.list()).includes(name) && toHex(await keys.read(name)) === toHex(secretKey);

const makeNewcomer = async (
  tools: SetupTools,
  wanted: NewcomerWanted,
  secretKey: Uint8Array,
  prove: (pubkey: Uint8Array) => Promise<void>,
  isThere = false,
): Promise<NewHome> => {
  const { suite, keys } = tools;
  const pubkey = suite.publicKey(secretKey);
  const config: NewcomerConfig = { ...wanted, keys: keys.kind };
  checkConfig(newcomerConfig, config, 'usage');
  await tools.makeDirectory();
  const write = async () => {
    await prove(pubkey);
    await tools.writeConfig(newcomerConfig, config);
  };
  await (isThere ? write() : withKey(tools, wanted.kind, secretKey, write));
  return { npub: npub(toHex(pubkey)), name: wanted.name };
};
