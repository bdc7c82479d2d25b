/** Programs outside of the system that a fenced engine sees: where they lie, and nothing that is somebody's. */
import { existsSync, opendirSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import type { Turn } from '../../ports/index.ts';
import { findProgram } from '../system/child-process.ts';
import { isAccessible, isBelow, isReadable, isSystem, readOnly, realPath, statsOf } from './view.ts';

type Wanted = {
  command: readonly string[];
  /** The engine's PATH. */
  path: readonly string[];
  hidden: readonly string[];
};

/** This Node, or where the engine’s account cannot reach it, the one that is found as any program is. */
export const insideNode = ({ sandbox }: Pick<Turn, 'sandbox'>, own = process.execPath): string =>
  sandbox === 'bwrap' && !isReadable(own) ? (findProgram('node') ?? own) : own;

/** Arguments that show programs outside of the system: directories of PATH, and where programs of the command lie. */
export const programView = ({ command, path, hidden }: Wanted): string[] => {
  const programs = new Set(['node', ...command].flatMap((word) => filesOf(word, path)));
  const wanted = [...path, ...[...programs].flatMap((file) => [dirname(file), ...packagesOf(file)])];
  const shown = new Set(wanted.filter((entry) => isShowable(entry, hidden)));
  // Alone, where it lies among what is not for everybody
  for (const file of programs)
    if (!isShowable(dirname(file), hidden) && isFree(file, hidden) && !isSystem(file)) shown.add(file);
  return [...shown].filter(isReadable).flatMap(readOnly);
};

const MOST_WORDS = 64;

/** Programs that a shell's line starts too, as in `bash -c "/opt/agent/bin/agent --print"`; and scripts that are an argument. */
const filesOf = (word: string, path: readonly string[]): string[] => {
  const parts = word.split(/[\s;&|()<>'"`]+/).slice(0, MOST_WORDS);
  const isScript = (file: string) => file === word && isForAll(file);
  return (
    [...new Set([word, ...parts])]
      .filter((part) => part !== '' && part.length < 4096)
      .flatMap((part) =>
        placesOf(part, path)
          .filter((file) => isProgram(file) || isScript(file))
          .slice(0, 1),
      )
      // A link by its own name too: that is what is started
      .flatMap((file) => [file, ...realPath(file)])
  );
};

const PACKAGES = '/node_modules/';
/** What a program of npm loads lies in other packages beside its own. */
const packagesOf = (file: string): string[] => {
  const at = file.indexOf(PACKAGES);
  return at < 0 ? [] : [file.slice(0, at + PACKAGES.length - 1)];
};

/** A name stands for files on the engine's PATH. */
const placesOf = (word: string, path: readonly string[]): string[] =>
  word.includes('/') ? [word].filter(isAbsolute) : path.map((directory) => join(directory, word));

const isProgram = (path: string): boolean => hasMode(path, 0o111);
/** Readable by everybody, in a directory that everybody may look into. */
const isForAll = (path: string): boolean =>
  hasMode(path, 0o004) && ((statsOf(dirname(path))?.mode ?? 0) & 0o005) === 0o005;
const hasMode = (path: string, bits: number): boolean => {
  const stats = statsOf(path);
  return stats?.isFile() === true && (stats.mode & bits) !== 0;
};

/** Outside of what is hidden, and of every home of entangle. */
const isFree = (path: string, hidden: readonly string[]): boolean =>
  !hidden.flatMap(realPath).some((one) => isBelow(path, one)) && !ancestors(path).some(isRoleHome);

/** A directory of programs: no person's home, no top of the tree, nothing that holds a home of entangle. */
const isShowable = (entry: string, hidden: readonly string[]): boolean => {
  const [real] = realPath(entry);
  if (real === undefined || isSystem(real) || !statsOf(real)?.isDirectory()) return false;
  if (ancestors(real).length < 2 || isPersonal(real) || !isFree(real, hidden)) return false;
  return !hidden.flatMap(realPath).some((one) => isBelow(one, real)) && !holdsHome(real);
};

/** The path and the directories above it, without the root. */
const ancestors = (path: string): string[] => (path === '/' ? [] : [path, ...ancestors(dirname(path))]);

const isPersonal = (path: string): boolean =>
  isBelow(homedir(), path) || path === '/root' || dirname(path) === '/home' || dirname(path) === '/Users';

const ROLE_HOMES = ['host', 'relay', 'runner', 'user', 'up'];
const isRoleHome = (path: string): boolean =>
  existsSync(join(path, 'config.yaml')) &&
  (existsSync(join(path, 'keys')) || existsSync(join(path, 'ledger')));
const isHomesRoot = (path: string): boolean =>
  ROLE_HOMES.some((name) => {
    const stats = statsOf(join(path, name));
    return stats?.isDirectory() === true && (stats.mode & 0o077) === 0;
  });

const MOST_CHILDREN = 5000;

/** Down to the children: whoever puts homes beside programs puts them side by side. Too many to look at are not shown. */
const holdsHome = (path: string): boolean => {
  if (isHomesRoot(path)) return true;
  if (!isAccessible(path)) return false;
  const directory = opendirSync(path);
  try {
    for (let count = 0; count < MOST_CHILDREN; count++) {
      const entry = directory.readSync();
      if (entry === null) return false;
      if (!entry.isDirectory()) continue;
      const child = join(path, entry.name);
      if (isRoleHome(child) || isHomesRoot(child)) return true;
    }
    return true;
  } finally {
    directory.closeSync();
  }
};
