/** All of an installed package: what an agent runs is more than the file that its command names. */
import { createHash } from 'node:crypto';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { MAX_PROBE } from '../../../../core/bounds.ts';

const MODULES = 'node_modules';

/** The directory of the package that a file is of, where it is installed as npm and its like do it. */
export const packageDirectory = (file: string): string | null => {
  const steps = file.split(sep);
  const at = steps.lastIndexOf(MODULES);
  if (at === -1) return null;
  const isScoped = steps[at + 1]?.startsWith('@') ?? false;
  const end = at + (isScoped ? 3 : 2);
  // What lies beside the packages is of none
  return end < steps.length ? steps.slice(0, end).join(sep) : null;
};

/** What npm notes of all that it installed there: of packages beside this one, versions and digests. */
export const installedList = (directory: string): string => {
  const steps = directory.split(sep);
  return join(steps.slice(0, steps.lastIndexOf(MODULES) + 1).join(sep), '.package-lock.json');
};

type Found = { path: string; stamp: string; isLink: boolean };
/** Null where it has more files, or bytes, than are looked at. */
const filesBelow = async (directory: string): Promise<Found[] | null> => {
  const [found, left] = [[] as Found[], [directory]];
  let bytes = 0;
  for (let at = left.pop(); at !== undefined; at = left.pop()) {
    for (const { name } of await readdir(at, { withFileTypes: true })) {
      const path = join(at, name);
      const one = await lstat(path);
      if (one.isDirectory()) left.push(path);
      const isLink = one.isSymbolicLink();
      if (!isLink && !one.isFile()) continue;
      bytes += one.size;
      const { ino, size, mtimeMs, ctimeMs } = one;
      found.push({ path, stamp: [path, ino, size, mtimeMs, ctimeMs].join(' '), isLink });
      if (found.length > MAX_PROBE.files || bytes > MAX_PROBE.program) return null;
    }
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
};

/** Of all its files by name and content; those are read again where the system says something else of one. */
export const digestOfTree = async (
  directory: string,
  known: Map<string, string>,
  digestOf: (file: string) => Promise<string>,
): Promise<string | null> => {
  const files = await filesBelow(directory);
  if (files === null) return null;
  const stamps = createHash('sha256');
  for (const { stamp } of files) stamps.update(`${stamp}\0`);
  const key = `${directory} ${stamps.digest('hex')}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  const all = createHash('sha256');
  for (const { path, isLink } of files) {
    const content = isLink ? await readlink(path) : await digestOf(path);
    all.update(JSON.stringify([relative(dirname(directory), path), isLink, content]));
  }
  const digest = all.digest('hex');
  known.set(key, digest);
  return digest;
};
