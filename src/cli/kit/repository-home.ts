/** The home of a repository's own federation, which `entangle up` made: found from the directory upwards, as git finds one. */
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  openSync,
  readFileSync,
  readSync,
  realpathSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { requireOwn } from '../../adapters/system/files.ts';
import { isLockHeld } from '../../adapters/system/lock.ts';
import { EntangleError } from '../../core/errors.ts';
import { sha256Text } from './text-digest.ts';

/** Name of the graph: letters, digits and dashes of the directory's name. */
export const graphNameOf = (repository: string): string =>
  basename(repository, '.git')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, 40) || 'project';

const homesOf = (root: string): string => join(root, 'up');

/** Where the federation of a repository lives when no home was given. `repository`: its real path. */
export const upHome = (root: string, repository: string): string =>
  join(homesOf(root), `${graphNameOf(repository)}-${sha256Text(repository).slice(0, 8)}`);

/** Homes of the runner and the user of such a federation: those that commands take when none is named. */
export const OWN_NAME = 'default';

/** What `up` remembers of a home that it made. */
export const upStateFile = (home: string): string => join(home, 'up.json');

/** What `up` has while it runs. */
export const upLockFile = (home: string): string => join(home, 'up.lock');

/** The first of a regular file, or null where there is none: a pipe of that name would be waited for without an end. */
const beginning = (path: string): string | null => {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return null;
  }
  try {
    if (!fstatSync(file).isFile()) return null;
    const bytes = Buffer.alloc(64);
    return bytes.toString('latin1', 0, readSync(file, bytes, 0, bytes.length, 0));
  } finally {
    closeSync(file);
  }
};
const isGitDirectory = (path: string): boolean =>
  /^(?:ref: refs\/|[0-9a-f]{40})/.test(beginning(join(path, 'HEAD')) ?? '') &&
  existsSync(join(path, 'objects')) &&
  existsSync(join(path, 'refs'));
/** As git decides it: a commit can bring directories of these names, and is no repository. */
const isRepository = (path: string): boolean =>
  isGitDirectory(join(path, '.git')) ||
  beginning(join(path, '.git'))?.startsWith('gitdir: ') === true ||
  isGitDirectory(path);

export const damagedState = (path: string): EntangleError =>
  new EntangleError('invalid', `${path} is damaged`, {
    hint: 'use another --home, or delete this one',
  });

/** As JSON has it, or null where `up` made no home. */
export const readUpState = (home: string): { repository: unknown } | null => {
  const file = upStateFile(home);
  if (!existsSync(file)) return null;
  let state: unknown;
  try {
    state = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    throw damagedState(file);
  }
  if (typeof state !== 'object' || state === null || !('repository' in state)) throw damagedState(file);
  return state;
};

/** The repository of a home that `up` made, while no `up` runs there; null else, and where it cannot be told. */
export const repositoryAtRest = async (home: string): Promise<string | null> => {
  try {
    const state = readUpState(home);
    if (typeof state?.repository !== 'string' || (await isLockHeld(upLockFile(home)))) return null;
    return state.repository;
  } catch {
    return null;
  }
};

/** Null where the innermost repository has no federation of its own. Throws where it cannot be told. */
export const findUpHome = (root: string, directory: string): string | null => {
  if (!existsSync(homesOf(root))) return null;
  let at = realpathSync(directory);
  // What git keeps is of the repository above it
  while (basename(at) === '.git' || !isRepository(at)) {
    if (dirname(at) === at) return null;
    at = dirname(at);
  }
  const home = upHome(root, at);
  if (!existsSync(home)) return null;
  // The choice of the home stands on these directories, and nobody else may have written them
  for (const path of [root, dirname(home), home]) requireOwn(path);
  return readUpState(home)?.repository === at ? home : null;
};

/** Commands that make a home, serve one beside `up`, or have one served: what they work on is named, or is the default one. */
const ELSEWHERE: ReadonlySet<string> = new Set([
  'up',
  'demo',
  'relay:serve',
  'host:init',
  'host:restore',
  'host:serve',
  'runner:init',
  'runner:join',
  'runner:serve',
  'user:init',
  'user:join',
  'user:key:import',
  'service:print',
]);

/** The home that a command works on where none is named; undefined: the default one. */
export const homeHere = (command: string, root: string, directory: string): string | undefined =>
  ELSEWHERE.has(command) ? undefined : (findUpHome(root, directory) ?? undefined);
