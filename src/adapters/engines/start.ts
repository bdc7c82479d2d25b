/** How a turn's command is started: its files and environment, its limits, and the sandbox around it. */
import { existsSync } from 'node:fs';
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { EntangleError } from '../../core/errors.ts';
import type { NamedBytes, Turn } from '../../ports/index.ts';
import { type ChildStart, searchPath } from '../system/child-process.ts';
import { SESSION_BEHIND } from '../system/priority.ts';
import { engineAccount, giveTo } from './account.ts';
import { openingLine, proxyEnvironment } from './network/forwarder.ts';
import type { TurnMark } from './processes.ts';
import { type PrivateFile, sandboxStart } from './sandbox.ts';

/** A turn as the command that does it, whatever engine that is of. */
export type CommandTurn = Omit<Turn, 'spec'> & {
  command: readonly string[];
  /** Descriptors of the command from 3 on. */
  pipes?: number;
  /** Programs that it starts by itself, to be seen in its sandbox as it is. */
  helpers?: readonly string[];
  /** Of its own, beside what every engine has. */
  env?: Readonly<Record<string, string>>;
  /** Files below its HOME that have a secret in them. */
  configuration?: readonly NamedBytes[];
  /** Where the socket of its way to the network is, and the Node that joins to it. */
  way?: { directory: string; node: string };
};

/** Where they are looked for, in many kinds of container. */
const FENCED_SECRETS = '/run/secrets';
const secretsIn = ({ scratch, sandbox }: Pick<Turn, 'scratch' | 'sandbox'>): string =>
  sandbox === 'bwrap' ? FENCED_SECRETS : join(scratch, 'secrets');

/** Each secret of the turn, and what holds one, under the path that its engine finds it by. */
const privateFiles = (turn: CommandTurn): PrivateFile[] => [
  ...turn.secrets.map(({ name, bytes }) => ({ path: join(secretsIn(turn), name), bytes })),
  ...(turn.configuration ?? []).map(({ name, bytes }) => ({ path: join(homeIn(turn), name), bytes })),
];

/** In the fence they are laid out in memory, and never on a disk; else they go with the scratch directory of the turn. */
const placePrivate = async (turn: CommandTurn): Promise<void> => {
  if (turn.sandbox === 'bwrap') return;
  for (const { path, bytes } of privateFiles(turn)) {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(path, bytes, { flag: 'wx', mode: 0o400 });
  }
};

/** As soon as the turn is over, whatever becomes of its other files. */
export const clearPrivate = async (turn: CommandTurn): Promise<void> => {
  if (turn.sandbox === 'bwrap') return;
  for (const { path } of privateFiles(turn)) await rm(path, { force: true });
};

const FILE_BYTES = 2 * 1024 ** 3;
const PROCESSES = 4096;

/** A line of the environment that every process of this turn inherits, and what a sandbox has mounted for it. */
export const markOf = (scratch: string): TurnMark => ({
  environment: `ENTANGLE_TASK_FILE=${join(scratch, 'task.txt')}`,
  mount: scratch,
});

export const checkTurn = (turn: CommandTurn): void => {
  const [program] = turn.command;
  if (!program || turn.command.some((word) => word.includes('\0'))) {
    throw new EntangleError('invalid', 'the engine command is empty or has a NUL character');
  }
  if (!isAbsolute(turn.workspace) || !isAbsolute(turn.scratch)) {
    throw new EntangleError('invalid', 'workspace and scratch of a turn must be absolute paths');
  }
  if (
    [...turn.attached, ...turn.secrets].some(
      ({ name }) => name !== basename(name) || ['', '.', '..'].includes(name),
    )
  )
    throw new EntangleError('invalid', 'an attached file or a secret must have the name of a file');
};

export const homeIn = ({ scratch }: Pick<Turn, 'scratch'>): string => join(scratch, 'home');
const attachedIn = ({ scratch }: Pick<Turn, 'scratch'>): string => join(scratch, 'attached');

/** The task with where its files are: lines that are comments where a shell runs it. */
export const taskText = (turn: Pick<Turn, 'task' | 'attached' | 'scratch'>): string => {
  const places = turn.attached.map(({ name }) => `# attached, read-only: ${join(attachedIn(turn), name)}\n`);
  return places.length === 0 ? turn.task : `${turn.task.replace(/\n?$/, '\n')}\n${places.join('')}`;
};

/** Beside the workspace, so that no commit has them; the sandbox lets nobody write there. */
const placeAttached = async (turn: CommandTurn): Promise<Record<string, string>> => {
  if (turn.attached.length === 0) return {};
  const directory = attachedIn(turn);
  await mkdir(directory, { mode: 0o700 });
  for (const { name, bytes } of turn.attached)
    await writeFile(join(directory, name), bytes, { flag: 'wx', mode: 0o444 });
  await chmod(directory, 0o555);
  return { ENTANGLE_ATTACHED: directory };
};

/** The directories and files of a turn; resolves to all of its environment. */
export const prepare = async (turn: CommandTurn): Promise<Record<string, string>> => {
  const home = homeIn(turn);
  const [temporary, task] = [join(turn.scratch, 'tmp'), join(turn.scratch, 'task.txt')];
  for (const directory of [home, temporary]) await mkdir(directory, { recursive: true, mode: 0o700 });
  // An earlier attempt may have put a link there
  await rm(task, { recursive: true, force: true });
  await writeFile(task, taskText(turn), { flag: 'wx', mode: 0o600 });
  const attached = await placeAttached(turn);
  await placePrivate(turn);
  const account = turn.sandbox === 'bwrap' ? engineAccount() : undefined;
  if (account) await giveTo(account, [turn.workspace, turn.scratch]);
  const own = { HOME: home, TMPDIR: temporary, ENTANGLE_TASK_FILE: task };
  const secrets: Record<string, string> =
    turn.secrets.length > 0 ? { ENTANGLE_SECRETS: secretsIn(turn) } : {};
  const way = turn.way ? proxyEnvironment(turn.network) : {};
  return { PATH: searchPath(), LANG: 'C.UTF-8', ...own, ...attached, ...secrets, ...way, ...turn.env };
};

// bash closes what the runner itself inherited; the plain shell knows no descriptor above 9
const BASH = existsSync('/bin/bash');
const CLOSE = `for f in /proc/$$/fd/*; do f=\${f##*/}; case $f in [01234]|*[!0-9]*) ;; *) eval "exec $f>&-";; esac; done;`;

/** Of a shell that reads no file: its HOME, and what it gets as environment, are where an engine writes. */
const SHELL = BASH ? ['/bin/bash', '--norc', '--noprofile'] : ['/bin/sh'];
/** Sets words up to `--` as the environment of the command after it, which nothing before that command has. */
const OWN_ENVIRONMENT = 'while [ "$1" != -- ]; do export "$1"; shift; done; shift;';

/** A starter that sets the limits a shell knows, each where the system takes it, and becomes the command after it. */
const limits = (turn: CommandTurn, env: Readonly<Record<string, string>>): string[] => {
  // Programs map far more than they use, those of Bun three times a turn's memory: this only stops what grows faster than
  // memory is weighed
  const data = Math.floor(turn.limits.memoryBytes / 1024) + 3 * 1024 * 1024;
  // A count of processes is the account's, not the turn's, outside of a user namespace
  const processes = turn.sandbox === 'bwrap' ? `ulimit -u ${PROCESSES} || ulimit -p ${PROCESSES};` : '';
  const set = `ulimit -c 0; ulimit -f ${FILE_BYTES / (BASH ? 1024 : 512)}; ulimit -d ${data}; ${processes}`;
  const way = turn.way ? openingLine(turn.way.node, turn.way.directory, turn.network) : '';
  const script = `${BASH ? CLOSE : ''} { ${SESSION_BEHIND} ${set} } 2>/dev/null; ${way} ${OWN_ENVIRONMENT} exec "$@"`;
  const own = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return [...SHELL, '-c', script, 'sh', ...own, '--'];
};

/** Another command of a turn, in the words of its engine: they decide what runs, and nothing of what it sees. */
export type OtherCommand = {
  command: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string>>;
  /** In the sandbox it has nothing of the HOME and TMPDIR of its engine. */
  isApart?: boolean;
};

/** A command of the turn behind what sets its limits, in its sandbox where it has one: its own, or `other`. */
export const startOf = (
  turn: CommandTurn,
  env: Record<string, string>,
  bwrap: string | null,
  other?: OtherCommand,
): ChildStart => {
  const { pipes = 0, way } = turn;
  const { command } = other ?? turn;
  const { cwd = turn.workspace, isApart = false } = other ?? {};
  const starter = limits(turn, other?.env ?? {});
  if (bwrap === null) {
    const [program, ...args] = [...starter, ...command] as [string, ...string[]];
    return { program, args, env, cwd };
  }
  const own = turn.isReadOnly ? [turn.workspace] : [];
  const readOnly = [
    ...own,
    ...(turn.attached.length > 0 ? [attachedIn(turn)] : []),
    ...(way ? [way.directory] : []),
  ];
  const shown = [...turn.command, ...(turn.helpers ?? []), ...(way ? [way.node] : [])];
  const files = privateFiles(turn);
  return sandboxStart(
    bwrap,
    { ...turn, command, cwd, isApart, shown, readOnly, files },
    { env, starter, pipes },
  );
};
