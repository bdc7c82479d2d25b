/** Hosts that a person operates, by name: which of them a command is for, where nothing nearer says so. As kubectl has it. */
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { systemFiles } from '../../adapters/system/files.ts';
import { readShape } from '../../core/encoding/read-shape.ts';
import { name, text } from '../../core/encoding/schema.ts';
import { EntangleError } from '../../core/errors.ts';
import { type Settings, userFile } from './settings.ts';

type Env = Readonly<Record<string, string | undefined>>;

const path = text(4_096).min(1);
const contextEntry = z.strictObject({
  name,
  url: text(300),
  ca: path.nullable(),
  tokenFile: path.nullable(),
  oidcTokenFile: path.nullable(),
  /** Of contexts that were made before there was such a key there is none. */
  operatorKeyFile: path.nullable().default(null),
  hostNpub: text(80).nullable().default(null),
});
export type HostContext = z.output<typeof contextEntry>;
const contextsFile = z.strictObject({ current: name.nullable(), contexts: z.array(contextEntry).max(100) });
export type Contexts = z.output<typeof contextsFile>;

const pathOf = (env: Env): string => join(dirname(userFile(env)), 'contexts.json');

export const readContexts = async (env: Env): Promise<Contexts> => {
  const file = pathOf(env);
  const written = await systemFiles.read(file);
  if (written === undefined) return { current: null, contexts: [] };
  const read = readShape(contextsFile, jsonOf(written));
  if (read.success) return read.data;
  throw new EntangleError('invalid', `${file} is damaged`, {
    hint: 'delete it, then use `entangle context add` again',
  });
};

const jsonOf = (written: string): unknown => {
  try {
    return JSON.parse(written);
  } catch {
    return null;
  }
};

/** Private, though no token is in it: it says which Hosts there are, and where their tokens lie. */
export const writeContexts = async (env: Env, contexts: Contexts): Promise<void> => {
  await systemFiles.directory(dirname(pathOf(env)));
  await systemFiles.write(pathOf(env), `${JSON.stringify(contexts, null, 2)}\n`);
};

export const requireContext = ({ contexts }: Contexts, wanted: string): HostContext => {
  const found = contexts.find((one) => one.name === wanted);
  if (found) return found;
  throw new EntangleError('not_found', `no context "${wanted}"`, { hint: 'see `entangle context list`' });
};

/** What the command line says of a flag, else its variable. */
const given = (argv: readonly string[], env: Env, flag: string, variable: string): string | undefined => {
  const end = argv.indexOf('--');
  const words = end === -1 ? argv : argv.slice(0, end);
  const at = words.findLastIndex((word) => word === `--${flag}` || word.startsWith(`--${flag}=`));
  if (at === -1) return env[variable] || undefined;
  const word = words[at]!;
  return word.includes('=') ? word.slice(word.indexOf('=') + 1) : words[at + 1];
};

/** Of a home, and of one Host in it: either is nearer than a context that was chosen once. */
const OF_HOME = [
  ['home', 'ENTANGLE_HOME'],
  ['host', 'ENTANGLE_HOST'],
] as const;

/**
 * What a context says, as settings; null where none counts. A Host that is named by a flag or a variable comes first, and so
 * does a home: a context's token is for its own Host. So does the federation of the repository one stands in: what is chosen
 * once for everywhere is the farthest. An empty variable chooses none. Of who asks, too, flag and variable come first.
 * `isInFederation`: asked only where nothing nearer says so.
 */
export const contextSettings = async (
  argv: readonly string[],
  env: Env,
  isInFederation: () => boolean,
): Promise<Settings | null> => {
  const of = (flag: string, variable: string) => given(argv, env, flag, variable);
  const named = of('context', 'ENTANGLE_CONTEXT');
  const isElsewhere = of('host-url', 'ENTANGLE_HOST_URL') !== undefined;
  if (named !== undefined && isElsewhere)
    throw new EntangleError('usage', 'a context and the address of a Host are named', {
      hint: 'unset --context and ENTANGLE_CONTEXT, or --host-url and ENTANGLE_HOST_URL',
    });
  if (isElsewhere) return null;
  const isNearer = () =>
    OF_HOME.some(([flag, variable]) => of(flag, variable) !== undefined) || isInFederation();
  if (named === undefined && (env.ENTANGLE_CONTEXT === '' || isNearer())) return null;
  const all = await readContexts(env);
  const wanted = named ?? all.current;
  if (wanted === null) return null;
  const { url, ca, tokenFile, oidcTokenFile, operatorKeyFile, hostNpub } = requireContext(all, wanted);
  const isKnown =
    of('token-file', 'ENTANGLE_TOKEN_FILE') !== undefined ||
    of('oidc-token-file', 'ENTANGLE_HOST_OIDC_TOKEN_FILE') !== undefined ||
    of('operator-key-file', 'ENTANGLE_OPERATOR_KEY_FILE') !== undefined;
  return {
    'host-url': url,
    ...(ca !== null && { 'host-ca': ca }),
    ...(!isKnown && tokenFile !== null && { 'token-file': tokenFile }),
    ...(!isKnown && oidcTokenFile !== null && { 'oidc-token-file': oidcTokenFile }),
    ...(!isKnown && operatorKeyFile !== null && { 'operator-key-file': operatorKeyFile }),
    ...(hostNpub !== null && { 'host-npub': hostNpub }),
  };
};
