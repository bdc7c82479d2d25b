/** The bubblewrap sandbox of an engine: an own root of what it needs, as somebody who may do nothing else here. */
import { statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { EntangleError } from '../../core/errors.ts';
import type { Turn } from '../../ports/index.ts';
import { type ChildStart, searchPath } from '../system/child-process.ts';
import { engineAccount } from './account.ts';
import { programView } from './programs.ts';
import { callFilter } from './seccomp.ts';
import { isBelow, isSystem, realPath, systemView } from './view.ts';

export type SandboxOptions = {
  /** The whole environment of the engine. */
  env: Readonly<Record<string, string>>;
  /** Words before the command inside the sandbox, for example a shell that sets limits. */
  starter?: readonly string[];
  /** Descriptors of the command from 3 on; those of the fence come after them. */
  pipes?: number;
};

/** What the engine alone reads, and nobody finds on a disk. */
export type PrivateFile = { path: string; bytes: Uint8Array };

/** What the sandbox needs of a turn, and the command that runs in it. */
export type Boxed = Pick<Turn, 'workspace' | 'scratch' | 'hidden'> & {
  command: readonly string[];
  cwd?: string;
  /** With a HOME and TMPDIR that nobody else writes to: empty, in memory, and gone with it. */
  isApart?: boolean;
  /** Words whose programs are shown; the command itself where there are none. They are the operator's, never the engine's. */
  shown?: readonly string[];
  limits: Pick<Turn['limits'], 'memoryBytes'>;
  /** Directories of its own that it cannot write to. */
  readOnly?: readonly string[];
  files?: readonly PrivateFile[];
};

/** What an engine is called inside, whoever it is outside. */
const INSIDE = 1000;
/** Files that programs ask who and where they are; they tell nothing of this machine. */
const NAMES: readonly (readonly [path: string, text: string])[] = [
  [
    '/etc/passwd',
    `engine:x:${INSIDE}:${INSIDE}:engine:/tmp:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n`,
  ],
  ['/etc/group', `engine:x:${INSIDE}:\nnogroup:x:65534:\n`],
  [
    '/etc/nsswitch.conf',
    'passwd: files\ngroup: files\nhosts: files dns\nservices: files\nprotocols: files\n',
  ],
  ['/etc/hosts', '127.0.0.1 localhost\n::1 localhost\n'],
];

/** File systems in memory that an engine can write to, each bounded: what lies there is memory of the turn. */
export const MEMORY_MOUNTS = ['/tmp', '/dev/shm'];
const PAGE = 4096;
const APART = '/tmp/home';

/** What each of them holds at most, in whole pages. */
export const shareOf = (memoryBytes: number): number =>
  Math.max(1, Math.floor(memoryBytes / 4 / PAGE)) * PAGE;

/** How bubblewrap is started so that it runs the command in its fence. */
export const sandboxStart = (bwrap: string, turn: Boxed, options: SandboxOptions): ChildStart => {
  const first = 3 + (options.pipes ?? 0);
  const data = NAMES.flatMap(([path], i) => ['--perms', '0444', '--ro-bind-data', String(first + i), path]);
  const { files = [] } = turn;
  const filesAt = first + NAMES.length;
  const filter = callFilter();
  if (filter === null)
    throw new EntangleError(
      'unavailable',
      `no sandbox for engines on ${process.arch}: its calls are not known`,
    );
  return {
    program: bwrap,
    args: [
      '--seccomp',
      String(filesAt + files.length),
      ...sandboxArguments(turn, options, { data, filesAt }),
    ],
    env: { PATH: searchPath() },
    cwd: '/',
    account: engineAccount(),
    inputs: [...NAMES.map(([, text]) => text), ...files.map(({ bytes }) => bytes), filter],
  };
};

const ISOLATION = [
  ...[
    '--unshare-user',
    '--unshare-all',
    '--disable-userns',
    '--uid',
    String(INSIDE),
    '--gid',
    String(INSIDE),
  ],
  ...['--die-with-parent', '--new-session', '--cap-drop', 'ALL', '--clearenv'],
];

/** Arguments for what comes by descriptors, and the first of those of the turn's own files. */
type Inputs = { data: readonly string[]; filesAt: number };

/** The arguments of bubblewrap: what is not mounted here is not there. */
export const sandboxArguments = (
  turn: Boxed,
  { env, starter = [] }: SandboxOptions,
  { data, filesAt }: Inputs = { data: [], filesAt: 3 },
): string[] => {
  const own = [turn.workspace, turn.scratch];
  for (const path of [...own, ...turn.hidden]) checkMount(path);
  const size = String(shareOf(turn.limits.memoryBytes));
  const path = (env.PATH ?? '').split(':').filter((entry) => isAbsolute(entry));
  const argv = [...ISOLATION];
  const apart = turn.isApart ? { HOME: APART, TMPDIR: '/tmp' } : {};
  for (const [name, value] of Object.entries({ ...env, ...apart })) argv.push('--setenv', name, value);
  argv.push(...systemView(), ...data);
  // Settings of the namespaces made here belong to who made them: those are closed as well
  argv.push('--proc', '/proc', '--ro-bind', '/proc/sys', '/proc/sys');
  argv.push('--dev', '/dev', '--remount-ro', '/dev');
  for (const mount of MEMORY_MOUNTS) argv.push('--size', size, '--perms', '1777', '--tmpfs', mount);
  if (turn.isApart) argv.push('--dir', APART);
  argv.push(...programView({ command: turn.shown ?? turn.command, path, hidden: turn.hidden }));
  const inside = (one: string) => own.some((parent) => isBelow(one, parent));
  argv.push(...turn.hidden.filter((one) => isSystem(one) && !inside(one)).flatMap(hide));
  for (const one of own) argv.push('--bind', one, one);
  for (const one of turn.readOnly ?? []) argv.push('--ro-bind', one, one);
  // Copies in memory, of the mount and not of a directory: nothing of them outlives the sandbox
  for (const [i, { path }] of (turn.files ?? []).entries())
    argv.push('--perms', '0400', '--ro-bind-data', String(filesAt + i), path);
  argv.push(...turn.hidden.filter(inside).flatMap(hide));
  // Else the root itself is a place in memory to write to, without a bound
  argv.push('--remount-ro', '/', '--chdir', turn.cwd ?? turn.workspace, '--', ...starter, ...turn.command);
  return argv;
};

const checkMount = (path: string): void => {
  if (isAbsolute(path) && path !== '/' && !path.includes('\0')) return;
  throw new EntangleError('invalid', 'a path of the sandbox must be absolute, and not the root');
};

/** An empty directory over a directory, an empty file over a file; nothing where there is nothing to hide. */
const hide = (path: string): string[] => {
  const [real] = realPath(path);
  if (real === undefined) return [];
  return statSync(real).isDirectory()
    ? ['--size', '65536', '--tmpfs', real]
    : ['--ro-bind', '/dev/null', real];
};
