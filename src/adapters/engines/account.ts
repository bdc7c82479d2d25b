/** Who an engine runs as. A runner of root's gives its rights away: a namespace alone only changes what a uid is called. */
import { createHash } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { mkdir, open, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { EntangleError } from '../../core/errors.ts';
import { type Account, findProgram, runProcess, searchPath } from '../system/child-process.ts';

/** Neither of a package, nor of systemd's dynamic users, nor shared with daemons as 65534 is. */
const ENGINE_UID = 65_533;

export const isRoot = (): boolean => process.getuid?.() === 0;

/** The account of fenced engines where this process can choose one; else they have its own. */
export const engineAccount = (): Account | undefined =>
  isRoot() ? { uid: ENGINE_UID, gid: ENGINE_UID } : undefined;

/** Root's homes are closed to the engine's account, so its turns lie here, each closed to everybody else. */
const ROOTS_TURNS = '/var/tmp/entangle-turns';

/** Where turns of fenced engines lie: in the runner's home, or where the engine's account can reach them. */
export const fencedTurns = async (home: string): Promise<string> => {
  const directory = await fencedPlace(home);
  if (isRoot()) for (const path of [ROOTS_TURNS, directory]) await passableDirectory(path);
  return directory;
};

/** The same place, which need not be there. */
export const fencedPlace = async (home: string): Promise<string> => {
  if (!isRoot()) return join(home, 'turns');
  const name = createHash('sha256')
    .update(await realpath(home))
    .digest('hex')
    .slice(0, 24);
  return join(ROOTS_TURNS, name);
};

/** Root's, to be passed through and not listed; refused where somebody else made it first. */
const passableDirectory = async (path: string): Promise<void> => {
  await mkdir(path, { mode: 0o711 }).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'EEXIST') throw cause;
  });
  const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
  const directory = await open(path, flags).catch((cause) => {
    throw notOurs(path, cause);
  });
  try {
    if (!isOurs(await directory.stat())) throw notOurs(path);
    await directory.chmod(0o711);
  } finally {
    await directory.close();
  }
};

const isOurs = ({ uid, mode }: Stats): boolean => uid === process.getuid?.() && (mode & 0o022) === 0;

const notOurs = (path: string, cause?: unknown): EntangleError =>
  new EntangleError('unavailable', `${path} is no directory that only root can write to`, {
    hint: `remove ${path}, after a look at who made it`,
    cause,
  });

/** Gives the files of a turn to the account that its engine runs as. */
export const giveTo = async ({ uid, gid }: Account, paths: readonly string[]): Promise<void> => {
  const program = findProgram('chown') ?? '/bin/chown';
  const args = ['-RhP', `${uid}:${gid}`, '--', ...paths];
  const { code } = await runProcess({ program, args, env: { PATH: searchPath() }, cwd: '/' }, 300_000);
  if (code !== 0)
    throw new EntangleError('unavailable', 'the files of the turn cannot be given to the engine’s account');
};
