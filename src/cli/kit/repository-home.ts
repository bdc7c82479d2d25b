/** The home of a repository's own federation, which `entangle up` made: found from the directory upwards, as git finds one. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Name of the graph: letters, digits and dashes of the directory's name. */
export const graphNameOf = (repository: string): string =>
  basename(repository, '.git')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, 40) || 'project';

/** Where the federation of a repository lives when no home was given. `repository`: its real path. */
export const upHome = (root: string, repository: string): string =>
  join(
    root,
    'up',
    `${graphNameOf(repository)}-${createHash('sha256').update(repository).digest('hex').slice(0, 8)}`,
  );

/** What `up` remembers of a home that it made. */
export const upStateFile = (home: string): string => join(home, 'up.json');

const BARE = ['HEAD', 'objects', 'refs'];
const isRepository = (path: string): boolean =>
  existsSync(join(path, '.git')) || BARE.every((name) => existsSync(join(path, name)));

/** Null where the innermost repository has no federation of its own. */
export const findUpHome = (root: string, directory: string): string | null => {
  try {
    let at = realpathSync(directory);
    while (!isRepository(at)) {
      if (dirname(at) === at) return null;
      at = dirname(at);
    }
    const home = upHome(root, at);
    return JSON.parse(readFileSync(upStateFile(home), 'utf8')).repository === at ? home : null;
  } catch {
    return null;
  }
};

/** Commands that make a home, or serve one beside `up`: what they work on is named, or is the default one. */
const ELSEWHERE: ReadonlySet<string> = new Set([
  'up',
  'demo',
  'relay:serve',
  'host:init',
  'host:serve',
  'runner:init',
  'runner:join',
  'runner:serve',
  'user:init',
  'user:join',
]);

/** The home that a command works on where none is named; undefined: the default one. */
export const homeHere = (command: string, root: string, directory: string): string | undefined =>
  ELSEWHERE.has(command) ? undefined : (findUpHome(root, directory) ?? undefined);
