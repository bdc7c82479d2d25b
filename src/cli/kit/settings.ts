/** Where state lies and what the two settings files say: flags > ENTANGLE_* > project file > user file > defaults. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { readBoundedNow } from '../../adapters/system/files.ts';
import { fits } from '../../core/encoding/grammar.ts';
import { EntangleError } from '../../core/errors.ts';
import { NAME } from '../../core/grammars.ts';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Settings that a file may give, by flag name. A project file comes with a repository that somebody else may have
 * written: it names nothing outside of that, so neither a file, a relay, an identity, nor where a home or a secret lies.
 */
const settingNames = {
  project: ['timeout'],
  user: [
    'host',
    'runner',
    'user',
    'file',
    'relay',
    'timeout',
    'home',
    'keys',
    'passphrase-file',
    'token-file',
    'host-url',
    'host-ca',
    'sandbox',
    'notify',
    'alert',
    'quiet-hours',
    'bind',
    'inline',
    'screen-reader',
    'theme',
  ],
} as const;
/** What is on or off, written as YAML has it. */
const switches: ReadonlySet<string> = new Set(['inline', 'screen-reader']);
/** What may be a mapping too, as a list of `name=value`. */
const maps: ReadonlySet<string> = new Set(['bind']);
export type Settings = Readonly<Record<string, string | boolean | readonly string[]>>;

const maxBytes = 65_536;

/** A person may link their own to where they keep such files. */
const readOwn = (path: string): string => readFileSync(path, 'utf8');

/** It comes with a repository: as a link it could lead to a device, which has no end, or to what a log must not have. */
const readOfProject = (path: string): string | undefined => {
  try {
    return readBoundedNow(path, maxBytes)?.toString('utf8');
  } catch (error) {
    if (!(error instanceof EntangleError)) throw error;
    throw new EntangleError('invalid', error.message, { hint: 'remove it, or write a small file there' });
  }
};

type Read = (path: string) => string | undefined;
/** At once: to wait for the disk Node loads more, and starts threads, than two small files are worth. */
const readText = (path: string, read: Read): string | undefined => {
  try {
    return read(path);
  } catch (error) {
    if (error instanceof EntangleError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new EntangleError('invalid', `cannot read ${path}: ${code}`, { cause: error });
  }
};

const isText = (value: unknown): value is string => typeof value === 'string' && value.length <= 4_096;

/** A name has one value or several; YAML reads a digit as a number. */
const pairsOf = (given: unknown): unknown => {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return given;
  return Object.entries(given).flatMap(([name, values]) =>
    [values].flat().map((one) => (isText(one) || typeof one === 'number' ? `${name}=${one}` : null)),
  );
};

async function readSettings(path: string, known: readonly string[], read: Read): Promise<Settings> {
  const text = readText(path, read);
  if (text === undefined) return {};
  const wrong = (why: string) =>
    new EntangleError('invalid', `${path}: ${why}`, { hint: `use one of ${known.join(', ')}` });
  if (text.length > maxBytes) throw wrong('larger than 64 KiB');
  const { parseYaml } = await import('../../core/encoding/yaml.ts');
  const value = parseYaml(text, wrong);
  if (value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw wrong('must be a mapping of settings');
  const settings: Record<string, string | boolean | readonly string[]> = {};
  for (const [name, given] of Object.entries(value)) {
    const setting = maps.has(name) ? pairsOf(given) : given;
    if (!known.includes(name)) throw wrong(`setting "${name}" is not allowed in this file`);
    if (switches.has(name)) {
      if (typeof setting !== 'boolean') throw wrong(`"${name}" must be true or false`);
      settings[name] = setting;
      continue;
    }
    const isFine =
      isText(setting) || (Array.isArray(setting) && setting.length <= 32 && setting.every(isText));
    if (!isFine) throw wrong(`"${name}" must be a text or a list of texts`);
    settings[name] = setting;
  }
  return settings;
}

/** `~/.config/entangle/config.yaml`, or below XDG_CONFIG_HOME. */
export function userFile(env: Env): string {
  const base = env.XDG_CONFIG_HOME;
  return join(
    base && isAbsolute(base) ? base : join(env.HOME || homedir(), '.config'),
    'entangle',
    'config.yaml',
  );
}

/** Both files as one, the project's first. */
export async function loadSettings(directory: string, env: Env): Promise<Settings> {
  const user = await readSettings(userFile(env), settingNames.user, readOwn);
  const project = await readSettings(join(directory, '.entangle.yaml'), settingNames.project, readOfProject);
  return { ...user, ...project };
}

/** Settings that are about the homes of the person who wrote them, and not about one that is found. */
const OF_HOMES: ReadonlySet<string> = new Set([
  'host',
  'runner',
  'user',
  'relay',
  'keys',
  'passphrase-file',
  'token-file',
  'host-url',
  'host-ca',
]);
/** Those of them that are about one Host, and whom it knows. */
const OF_HOST: ReadonlySet<string> = new Set(['token-file', 'host-url', 'host-ca']);
const without =
  (names: ReadonlySet<string>) =>
  (settings: Settings): Settings =>
    Object.fromEntries(Object.entries(settings).filter(([name]) => !names.has(name)));
export const withoutHomes = without(OF_HOMES);
export const withoutHost = without(OF_HOST);

/** The directory of one role's state. */
export type HomePaths = {
  readonly root: string;
  /** Directories that homes lie in: whoever can write to one can put a home of its own in place of ours. */
  readonly parents: readonly string[];
  /** Of the one that is meant: each is a federation of its own. */
  readonly host: string;
  readonly relay: string;
  runner(name: string): string;
  user(name: string): string;
};

function named(kind: string, name: string): string {
  if (fits(NAME, name)) return name;
  throw new EntangleError('usage', `"${name.slice(0, 80)}" cannot name a ${kind}`, {
    hint: `write ${NAME.rule}`,
  });
}

/** Of a home that nobody named: of a Host, a runner, a user. */
export const DEFAULT_NAME = 'default';

/** `given` is what flag, environment or file say; else XDG_DATA_HOME/entangle, else ~/.local/share/entangle. */
export function resolveHome(
  given: string | undefined,
  env: Env,
  directory: string,
  host = DEFAULT_NAME,
): HomePaths {
  const data = env.XDG_DATA_HOME;
  const base = data && isAbsolute(data) ? data : join(env.HOME || homedir(), '.local', 'share');
  const root = given ? resolve(directory, given) : join(base, 'entangle');
  return {
    root,
    parents: [root, join(root, 'host'), join(root, 'runner'), join(root, 'user')],
    host: join(root, 'host', named('Host', host)),
    relay: join(root, 'relay'),
    runner: (name) => join(root, 'runner', named('runner', name)),
    user: (name) => join(root, 'user', named('user', name)),
  };
}
