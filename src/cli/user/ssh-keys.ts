/** The SSH keys with which a person also signs approvals: named in their config, told to the graph by its operator. */
import { resolve } from 'node:path';
import * as Args from '@oclif/core/args';
import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import { MAX_SSH_KEYS } from '../../core/bounds.ts';
import { readSshKey, SSH_KEY_TYPES } from '../../core/crypto/ssh-key.ts';
import { sshFingerprint } from '../../core/crypto/ssh-signature.ts';
import { EntangleError } from '../../core/errors.ts';
import { type UserConfig, userConfig } from '../../services/setup/config.ts';
import { pairs } from '../kit/render.ts';
import type { HomePaths } from '../kit/settings.ts';
import { readText } from '../kit/text-file.ts';
import { requireMember, writeConfig } from '../wiring/home-config.ts';

export type SshKeyView = {
  /** As the graph has it. */
  key: string;
  fingerprint: string;
  /** On a token: it counts where a policy wants a touch. */
  touch: boolean;
  file: string;
};
type Kept = NonNullable<UserConfig['ssh']>[number];
type Given = { user: string };

export const sshKeyFileArg = Args.string({ description: 'the .pub file of the key', required: true });

const viewOf = ({ key, file }: Kept): SshKeyView => {
  const read = readSshKey(key);
  if (read === null) throw new EntangleError('invalid', `the SSH key of ${file} in config.yaml is none`);
  return { key: read.text, fingerprint: sshFingerprint(suiteWasm, read), touch: read.isToken, file };
};

const change = async (
  paths: HomePaths,
  { user }: Given,
  next: (kept: readonly Kept[]) => Kept[],
): Promise<void> => {
  const directory = paths.user(user);
  const { ssh = [], ...rest } = await requireMember(directory, userConfig, 'user');
  const kept = next(ssh);
  await writeConfig(directory, userConfig, { ...rest, ...(kept.length > 0 && { ssh: kept }) });
};

/** Before a key that was there: the last one named is used first. */
export const addSshKey = async (paths: HomePaths, path: string, given: Given): Promise<SshKeyView> => {
  const file = resolve(path);
  const key = readSshKey(await readText(file));
  if (key === null)
    throw new EntangleError('usage', `${path} holds no SSH public key of ${SSH_KEY_TYPES.join(', ')}`, {
      hint: 'name the .pub file; make a key on a token with `ssh-keygen -t ed25519-sk`',
    });
  await change(paths, given, (kept) => {
    const others = kept.filter((one) => one.key !== key.text);
    if (others.length >= MAX_SSH_KEYS)
      throw new EntangleError('conflict', `${MAX_SSH_KEYS} SSH keys are registered, and no more can be`, {
        hint: 'remove one: `entangle user ssh-key rm FILE.pub`',
      });
    return [{ key: key.text, file }, ...others];
  });
  return viewOf({ key: key.text, file });
};

export const removeSshKey = async (paths: HomePaths, path: string, given: Given): Promise<SshKeyView> => {
  const file = resolve(path);
  const gone: Kept[] = [];
  await change(paths, given, (kept) => {
    gone.push(...kept.filter((one) => one.file === file));
    return kept.filter((one) => one.file !== file);
  });
  const [one] = gone;
  if (one) return viewOf(one);
  throw new EntangleError('not_found', `no key of ${path} is registered`, {
    hint: 'see those that are: `entangle user ssh-key list`',
  });
};

export const listSshKeys = async (paths: HomePaths, { user }: Given): Promise<{ items: SshKeyView[] }> => {
  const { ssh = [] } = await requireMember(paths.user(user), userConfig, 'user');
  return { items: ssh.map(viewOf) };
};

/** With the line that an operator puts into the graph. */
export const addedSshKeyText = (view: SshKeyView): string =>
  `${pairs([
    ['key', view.fingerprint],
    ['touch', view.touch ? 'yes: it counts where a policy says `assurance: touch`' : 'no: it is on no token'],
  ])}\nput it into your node of the graph: \`ssh: ["${view.key}"]\``;
