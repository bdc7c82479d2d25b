/** What of the system a fenced engine sees: a list of what is there, so that what nobody thought of is not. */
import { accessSync, constants, lstatSync, readlinkSync, realpathSync, type Stats, statSync } from 'node:fs';
import { dirname, isAbsolute, relative } from 'node:path';
import { isRoot } from './account.ts';

export const isBelow = (path: string, parent: string): boolean => {
  const rest = relative(parent, path);
  return rest === '' || (!rest.startsWith('..') && !isAbsolute(rest));
};

export const realPath = (path: string): string[] => {
  try {
    return [realpathSync(path)];
  } catch {
    return [];
  }
};

export const statsOf = (path: string, stat = statSync): Stats | undefined => {
  try {
    return stat(path);
  } catch {
    return undefined;
  }
};

/** Programs and libraries of the system; the latter two hold nothing but packages. */
const TREES = ['/usr', '/nix/store', '/gnu/store'];
/** Links into /usr, or directories where the two are not merged. */
const BESIDE = ['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'];
/** What programs look up. Nothing here is anybody's: no account, no key, no address of this network. */
const ETC = [
  ...['alternatives', 'ca-certificates', 'crypto-policies', 'fonts', 'ld.so.cache', 'ld.so.conf'],
  ...[
    'ld.so.conf.d',
    'localtime',
    'magic',
    'mime.types',
    'os-release',
    'perl',
    'pki/ca-trust',
    'pki/tls/certs',
  ],
  ...[
    'protocols',
    'python3',
    'services',
    'ssl/cert.pem',
    'ssl/certs',
    'ssl/openssl.cnf',
    'terminfo',
    'timezone',
  ],
].map((name) => `/etc/${name}`);

/** Arguments of bubblewrap that lay out the system, read-only. */
export const systemView = (): string[] => {
  const argv = TREES.filter(isReadable).flatMap(readOnly);
  for (const path of BESIDE) {
    const stats = statsOf(path, lstatSync);
    if (stats?.isSymbolicLink()) argv.push('--symlink', readlinkSync(path), path);
    else if (stats?.isDirectory()) argv.push(...readOnly(path));
  }
  argv.push(...ETC.filter(isReadable).flatMap(readOnly));
  return argv;
};

export const readOnly = (path: string): string[] => ['--ro-bind', path, path];

/** By whom the engine runs as: the engine's account is nobody's friend, and bubblewrap must reach the place as it. */
export const isReadable = (path: string): boolean => {
  if (!isRoot()) return isAccessible(path);
  const [real] = realPath(path);
  if (real === undefined || (statSync(real).mode & 0o004) === 0) return false;
  for (let at = real; at !== '/'; at = dirname(at))
    if (statSync(at).isDirectory() && (statSync(at).mode & 0o001) === 0) return false;
  return true;
};

export const isAccessible = (path: string): boolean => {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
};

/** Part of what every engine sees, or laid out by the sandbox itself. */
export const isSystem = (path: string): boolean =>
  [...TREES, ...BESIDE, ...LAID_OUT].some((tree) => isBelow(path, tree));
const LAID_OUT = ['/etc', '/proc', '/sys', '/dev'];
