/** The bubblewrap sandbox of an engine: what it sees, and whether this machine can make one. */
import { realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, relative } from 'node:path';
import { EntangleError } from '../../core/errors.ts';
import type { Turn } from '../../ports/index.ts';
import { findProgram, runProcess, searchPath } from '../system/child-process.ts';

export type SandboxOptions = {
  /** The whole environment of the engine. */
  env: Readonly<Record<string, string>>;
  /** Directories below a masked one that the engine may read, for example where its program is installed. */
  visible?: readonly string[];
  /** Words before the command inside the sandbox, for example a shell that sets limits. */
  starter?: readonly string[];
};

// Home directories and every place where sockets and other people's files are; /var/run leads to /run
const MASKED = ['/home', '/root', '/run', '/tmp', '/var/tmp', '/mnt', '/media'];

/** What the sandbox needs of a turn, and the command that runs in it. */
export type Boxed = Pick<Turn, 'workspace' | 'scratch' | 'hidden' | 'network'> & {
  command: readonly string[];
};

/** The arguments of bubblewrap that run the command with the file system read-only, secrets out of sight, workspace and scratch writable. */
export const sandboxArguments = (turn: Boxed, options: SandboxOptions): string[] => {
  for (const path of [turn.workspace, turn.scratch, ...turn.hidden]) checkMount(path);
  const own = [turn.workspace, turn.scratch];
  const masks = [...new Set([...MASKED, homedir()].flatMap(realPath))].filter((path) => path !== '/');
  const inside = (path: string) => own.some((parent) => isBelow(path, parent));
  const argv = ['--unshare-all', ...(turn.network ? ['--share-net'] : [])];
  argv.push('--die-with-parent', '--new-session', '--cap-drop', 'ALL', '--clearenv');
  for (const [name, value] of Object.entries(options.env)) argv.push('--setenv', name, value);
  argv.push('--ro-bind', '/', '/', '--proc', '/proc', '--dev', '/dev');
  for (const path of masks) argv.push('--tmpfs', path);
  for (const path of readable(turn, options, masks)) argv.push('--ro-bind', path, path);
  argv.push(...turn.hidden.filter((path) => !inside(path)).flatMap(hide));
  for (const path of own) argv.push('--bind', path, path);
  argv.push(...turn.hidden.filter(inside).flatMap(hide));
  argv.push('--chdir', turn.workspace, '--', ...(options.starter ?? []), ...turn.command);
  return argv;
};

const checkMount = (path: string): void => {
  if (isAbsolute(path) && path !== '/' && !path.includes('\0')) return;
  throw new EntangleError('invalid', 'a path of the sandbox must be absolute, and not the root');
};

const isBelow = (path: string, parent: string): boolean => {
  const rest = relative(parent, path);
  return rest === '' || (!rest.startsWith('..') && !isAbsolute(rest));
};

const realPath = (path: string): string[] => {
  try {
    return [realpathSync(path)];
  } catch {
    return [];
  }
};

/** A tmpfs over a directory, an empty file over a file; nothing where there is nothing to hide. */
const hide = (path: string): string[] => {
  const [real] = realPath(path);
  if (real === undefined) return [];
  return statSync(real).isDirectory() ? ['--tmpfs', real] : ['--ro-bind', '/dev/null', real];
};

/** Directories of programs that a mask took away: those of PATH, of the engine's own program, and those asked for. */
const readable = (turn: Boxed, options: SandboxOptions, masks: readonly string[]): string[] => {
  const path = (options.env.PATH ?? '').split(':').filter((entry) => isAbsolute(entry));
  const programs = [turn.command[0] ?? '', 'node'].flatMap((name) => whereIs(name, path)).map(dirname);
  const wanted = [...path, ...programs, ...(options.visible ?? [])];
  // With the network on, the resolver's configuration is often a link into /run
  if (turn.network) wanted.push(...realPath('/etc/resolv.conf'));
  const masked = (entry: string) => masks.some((mask) => isBelow(entry, mask) && entry !== mask);
  return [...new Set(wanted)].filter((entry) => masked(entry) && realPath(entry).length > 0);
};

const whereIs = (name: string, path: readonly string[]): string[] => {
  if (name.includes('/')) return isAbsolute(name) ? realPath(name) : [];
  return path.flatMap((directory) => realPath(join(directory, name))).slice(0, 1);
};

export type SandboxProbe =
  | { available: true; program: string; detail: string }
  | { available: false; detail: string };

const PROBE = [
  ...['--unshare-all', '--die-with-parent', '--new-session', '--cap-drop', 'ALL', '--ro-bind', '/', '/'],
  ...['--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp', '--', '/bin/sh', '-c', 'echo inside'],
];

/** Runs a small sandbox: bubblewrap can be installed and still not be allowed to make namespaces. */
export const probeSandbox = async (program = findProgram('bwrap')): Promise<SandboxProbe> => {
  if (program === null) return { available: false, detail: 'bubblewrap (bwrap) is not installed' };
  const start = { program, args: PROBE, env: { PATH: searchPath() }, cwd: '/' };
  const { code, stdout, stderr } = await runProcess(start, 5000);
  if (code === 0 && stdout === 'inside\n') return { available: true, program, detail: 'bubblewrap works' };
  const said = stderr
    .replace(/[\s\u0000-\u001f\u007f]+/g, ' ')
    .trim()
    .slice(0, 300);
  return { available: false, detail: `bubblewrap cannot make a sandbox here: ${said || 'no answer'}` };
};
