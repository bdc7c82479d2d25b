/** Adds, chooses and removes contexts. */
import { resolve } from 'node:path';
import { npub } from '../../core/encoding/id.ts';
import { EntangleError } from '../../core/errors.ts';
import { readHostUrl } from '../../core/host-api/place.ts';
import { type HostContext, readContexts, requireContext, writeContexts } from '../kit/contexts.ts';
import { readUpState } from '../kit/repository-home.ts';

export type ContextView = HostContext & { current: boolean };
export type ContextPage = { items: ContextView[]; next: null };
type Given = {
  'host-url'?: string | undefined;
  'host-ca'?: string | undefined;
  'token-file'?: string | undefined;
  'oidc-token-file'?: string | undefined;
  'operator-key-file'?: string | undefined;
  'host-npub'?: string | undefined;
};
type Env = Readonly<Record<string, string | undefined>>;

const whole = (path: string | undefined): string | null => (path === undefined ? null : resolve(path));

/** The first one is used from then on. */
export const addContext = async (env: Env, name: string, flags: Given): Promise<ContextView> => {
  const { 'host-url': url, 'token-file': token, 'oidc-token-file': identity } = flags;
  const { 'operator-key-file': key, 'host-npub': host } = flags;
  if (url === undefined || readHostUrl(url) === null)
    throw new EntangleError(
      'usage',
      url === undefined
        ? 'a context needs the address of its Host'
        : `--host-url: "${url}" is no address of a Host`,
      {
        hint: 'write --host-url https://NAME:PORT, where `entangle host serve --listen` has it; plain http:// only of this machine',
      },
    );
  if ([token, identity, key].filter((one) => one !== undefined).length !== 1)
    throw new EntangleError('usage', 'a context needs a token, an identity token, or a key', {
      hint: 'name one file: --token-file, --oidc-token-file, or --operator-key-file',
    });
  if (key !== undefined && host === undefined)
    throw new EntangleError('usage', 'a context whose requests are signed names the key of its Host', {
      hint: 'give it with --host-npub: it is in `entangle host status`',
    });
  const { current, contexts } = await readContexts(env);
  if (contexts.some((one) => one.name === name))
    throw new EntangleError('conflict', `context "${name}" is there already`, {
      hint: `use \`entangle context rm ${name}\` first`,
    });
  const made = {
    ...{ name, url, ca: whole(flags['host-ca']) },
    ...{ tokenFile: whole(token), oidcTokenFile: whole(identity), operatorKeyFile: whole(key) },
    hostNpub: host === undefined ? null : npub(host),
  };
  await writeContexts(env, { current: current ?? name, contexts: [...contexts, made] });
  return { ...made, current: (current ?? name) === name };
};

/** What is nearer than the context that was just chosen, where that was typed; null where nothing is. */
export const nearerThan = (root: string, env: Env): string | null => {
  const named = ['ENTANGLE_HOME', 'ENTANGLE_HOST'].find((variable) => env[variable]);
  if (named !== undefined) return `Not while ${named} is set: it names a Host that is nearer.`;
  if (readUpState(root) === null) return null;
  return 'Not in this repository, which has a federation of its own: there --context NAME says otherwise.';
};

/** Null: commands are for the Host of the home again. */
export const useContext = async (
  env: Env,
  name: string | undefined,
): Promise<{ current: string | null; url: string | null }> => {
  const all = await readContexts(env);
  const url = name === undefined ? null : requireContext(all, name).url;
  await writeContexts(env, { ...all, current: name ?? null });
  return { current: name ?? null, url };
};

export const listContexts = async (env: Env): Promise<ContextPage> => {
  const { current, contexts } = await readContexts(env);
  return { items: contexts.map((one) => ({ ...one, current: one.name === current })), next: null };
};

/** The files of its tokens stay. */
export const removeContext = async (env: Env, name: string): Promise<ContextView> => {
  const all = await readContexts(env);
  const gone = requireContext(all, name);
  const contexts = all.contexts.filter((one) => one !== gone);
  await writeContexts(env, { current: all.current === name ? null : all.current, contexts });
  return { ...gone, current: all.current === name };
};
