/** Sets a git principal: what is given takes the place of what there was, and the rest stays. */
import * as Flags from '@oclif/core/flags';
import { fits } from '../../core/encoding/grammar.ts';
import { EntangleError } from '../../core/errors.ts';
import { COMMIT_AUTHOR, GIT_ACCOUNT, HTTPS_HOST, KNOWN_HOSTS } from '../../core/grammars.ts';
import { callHost, type HostClient } from '../../core/host-api/client.ts';
import type { PrincipalView } from '../../core/host-api/principal-view.ts';
import { defaultAuthor, type PrincipalFacts } from '../../core/source/principal.ts';
import { authorOf } from '../../core/source/workspace-names.ts';
import { fitting, hostFlags, nameFlag } from '../kit/flags.ts';
import { readText } from '../kit/text-file.ts';

export const sshKeySecret = nameFlag({
  description: 'secret that holds its SSH key, which also signs its commits',
  env: 'ENTANGLE_SSH_KEY_SECRET',
  helpValue: 'SECRET',
});
export const principalFlags = {
  'ssh-key-secret': sshKeySecret,
  'https-token-secret': nameFlag({
    description: 'secret that holds its token for git over https',
    env: 'ENTANGLE_HTTPS_TOKEN_SECRET',
    helpValue: 'SECRET',
    dependsOn: ['https-host'],
  }),
  'https-host': Flags.string({
    description: 'the only host that is given the token, with its port where that is not 443',
    env: 'ENTANGLE_HTTPS_HOST',
    helpValue: 'ADDRESS',
    ...fitting(HTTPS_HOST),
    dependsOn: ['https-token-secret'],
  }),
  'https-user': Flags.string({
    description: 'user name that goes with the token (default: x-access-token)',
    env: 'ENTANGLE_HTTPS_USER',
    helpValue: 'TEXT',
    ...fitting(GIT_ACCOUNT),
    dependsOn: ['https-token-secret'],
  }),
  'push-key-secret': nameFlag({
    description:
      'secret that holds the SSH key that pushes; withheld from runners until people approved, and the other only reads',
    env: 'ENTANGLE_PUSH_KEY_SECRET',
    helpValue: 'SECRET',
    exclusive: ['push-token-secret'],
  }),
  'push-token-secret': nameFlag({
    description:
      'secret that holds the token that pushes to the https host; withheld from runners until people approved',
    env: 'ENTANGLE_PUSH_TOKEN_SECRET',
    helpValue: 'SECRET',
  }),
  'known-hosts': Flags.string({
    description: 'file with the host keys that ssh accepts, as `ssh-keyscan` prints them; compare them first',
    env: 'ENTANGLE_KNOWN_HOSTS',
    helpValue: 'FILE',
  }),
  name: Flags.string({
    description: 'name of who commits (default: that of the principal)',
    env: 'ENTANGLE_GIT_NAME',
    helpValue: 'TEXT',
  }),
  email: Flags.string({
    description: 'email of who commits (default: NAME@entangle.invalid)',
    env: 'ENTANGLE_GIT_EMAIL',
    helpValue: 'TEXT',
  }),
  ...hostFlags,
};
type Given = {
  'ssh-key-secret': string | undefined;
  'https-token-secret': string | undefined;
  'https-host': string | undefined;
  'https-user': string | undefined;
  'push-key-secret': string | undefined;
  'push-token-secret': string | undefined;
  'known-hosts': string | undefined;
  name: string | undefined;
  email: string | undefined;
};

export const setGivenPrincipal = async (
  client: HostClient,
  name: string,
  flags: Given,
): Promise<PrincipalView> => {
  const { items } = await callHost(client, 'principals.list');
  const before = items.find((one) => one.name === name)?.facts ?? null;
  return callHost(client, 'principals.set', { body: { name, facts: await factsOf(name, before, flags) } });
};

const factsOf = async (
  name: string,
  before: PrincipalFacts | null,
  flags: Given,
): Promise<PrincipalFacts> => {
  const { 'https-token-secret': secret, 'https-host': host } = flags;
  const push = pushIn(flags) ?? before?.push;
  return {
    author: authored(before?.author ?? defaultAuthor(name), flags),
    ssh: flags['ssh-key-secret'] ?? before?.ssh ?? null,
    https:
      secret !== undefined && host !== undefined
        ? { secret, host, user: flags['https-user'] ?? null }
        : (before?.https ?? null),
    knownHosts:
      flags['known-hosts'] === undefined
        ? (before?.knownHosts ?? null)
        : await hostKeysIn(flags['known-hosts']),
    ...(push && { push }),
  };
};

const pushIn = ({ 'push-key-secret': key, 'push-token-secret': token }: Given): PrincipalFacts['push'] => {
  if (key !== undefined) return { secret: key, scheme: 'ssh' };
  return token === undefined ? undefined : { secret: token, scheme: 'https' };
};

const authored = (before: string, { name, email }: Given): string => {
  const was = authorOf({ author: before })!;
  const author = `${name ?? was.name} <${email ?? was.email}>`;
  if (fits(COMMIT_AUTHOR, author)) return author;
  throw new EntangleError('usage', `"${author.slice(0, 80)}" is no author`, {
    hint: `write ${COMMIT_AUTHOR.rule}`,
  });
};

/** Without comments: they are no keys. */
const hostKeysIn = async (file: string): Promise<string> => {
  const lines = (await readText(file)).split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('#'));
  const text = lines.map((line) => `${line}\n`).join('');
  if (fits(KNOWN_HOSTS, text)) return text;
  throw new EntangleError('invalid', `${file} holds no host keys`, {
    hint: 'give what `ssh-keyscan HOST` prints, compared with what the owner of the host publishes',
  });
};
