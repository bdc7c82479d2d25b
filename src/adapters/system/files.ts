/** Small files of a home: private, never followed through links, each write whole or not at all. */
import { randomBytes } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats, statSync } from 'node:fs';
import { type FileHandle, link, lstat, mkdir, open, readdir, rename, stat, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { fromUtf8 } from '../../core/encoding/bytes.ts';
import { EntangleError } from '../../core/errors.ts';
import type { Files } from '../../ports/index.ts';

const MAX_FILE_BYTES = 16 * 1_048_576;
const TEMPORARY = '.new-';
/** Windows has neither flag. */
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;
const DIRECTORY = constants.O_DIRECTORY ?? 0;
/** Opening a FIFO that somebody put there must fail or return, never hang. */
const NO_WAIT = constants.O_NONBLOCK ?? 0;
const READ_ONLY = constants.O_RDONLY | NO_FOLLOW | NO_WAIT;
const CREATE = constants.O_CREAT | constants.O_EXCL | NO_FOLLOW;

export const systemFiles: Files = {
  read: async (path) => {
    const bytes = await readBounded(path, MAX_FILE_BYTES);
    return bytes === undefined ? undefined : textOf(path, bytes);
  },
  write: (path, text) => writeAtomic(path, Buffer.from(text)),
  create: async (path, text) => void (await createWhole(path, Buffer.from(text))),
  remove: async (path) => {
    await unlink(path).catch(unlessMissing);
    await syncDirectory(dirname(path)).catch(unlessMissing);
  },
  list: async (directory) => {
    const names = await readdir(directory).catch(unlessMissing);
    return (names ?? []).filter((name) => !name.startsWith(TEMPORARY)).sort();
  },
  directory: privateDirectory,
};

/** Opens for reading what is a file and nothing else: a pipe would be waited for without an end. */
export const openRegular = async (path: string): Promise<FileHandle> => (await opened(path, READ_ONLY)).file;

/** A descriptor of the regular file, at once; undefined where there is none; `invalid` for a link, a directory or too many bytes. */
export function openRegularNow(path: string, max: number): { file: number; size: number } | undefined {
  let file: number;
  try {
    file = openSync(path, READ_ONLY);
  } catch (error) {
    return unlessMissing(unlessLink(path, error as NodeJS.ErrnoException));
  }
  try {
    const { size } = requireRegular(path, fstatSync(file), max);
    return { file, size };
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

/** Its bytes, at once: for small files of which there are many. */
export function readBoundedNow(path: string, max: number): Buffer | undefined {
  const found = openRegularNow(path, max);
  if (found === undefined) return undefined;
  try {
    return readFileSync(found.file);
  } finally {
    closeSync(found.file);
  }
}

/** What stands at the path is a file, and no link to one. */
async function opened(path: string, flags: number): Promise<{ file: FileHandle; stats: Stats }> {
  const file = await open(path, flags, 0o600).catch((cause: NodeJS.ErrnoException) => {
    throw unlessLink(path, cause);
  });
  try {
    return { file, stats: requireRegular(path, await file.stat()) };
  } catch (error) {
    await file.close();
    throw error;
  }
}

const unlessLink = (path: string, cause: NodeJS.ErrnoException): Error =>
  cause.code === 'ELOOP'
    ? new EntangleError('invalid', `${path} is a symbolic link`, { hint: REFUSED_HINT, cause })
    : cause;

function requireRegular(path: string, stats: Stats, max = Number.POSITIVE_INFINITY): Stats {
  if (!stats.isFile()) throw new EntangleError('invalid', `${path} is not a regular file`);
  if (stats.size > max) throw new EntangleError('invalid', `${path} is larger than ${max} bytes`);
  return stats;
}

/** The regular file's bytes; undefined where there is none; `invalid` for a link, a directory or too many bytes. */
export async function readBounded(path: string, max: number): Promise<Buffer | undefined> {
  const found = await opened(path, READ_ONLY).catch(unlessMissing);
  if (found === undefined) return undefined;
  const { file, stats } = found;
  try {
    requireRegular(path, stats, max);
    return await named(path, file.readFile());
  } finally {
    await file.close();
  }
}

const FORBIDDEN: ReadonlySet<string | undefined> = new Set(['EROFS', 'EACCES', 'EPERM']);

/** True where a file may not be written here, which says nothing about reading it. */
export const forbidsWriting = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && FORBIDDEN.has((error as NodeJS.ErrnoException).code);

/** What a descriptor fails with tells no path: this one. */
async function named<T>(path: string, work: Promise<T>): Promise<T> {
  return work.catch((error: NodeJS.ErrnoException) => {
    throw error.path === undefined ? Object.assign(error, { path }) : error;
  });
}

function textOf(path: string, bytes: Uint8Array): string {
  try {
    return fromUtf8(bytes);
  } catch (cause) {
    throw new EntangleError('invalid', `${path} is not UTF-8 text`, { cause });
  }
}

/** Replaces the file as a whole: temporary file in the same directory, fsync, rename, fsync of the directory. */
export async function writeAtomic(
  path: string,
  content: Uint8Array | AsyncIterable<Uint8Array>,
): Promise<void> {
  const temporary = await writeTemporary(dirname(path), content);
  await renameOver(temporary, path);
}

/** How many bytes it has. Fails with `conflict` where anything, even a dangling link, has that name. */
export async function createWhole(
  path: string,
  content: Uint8Array | Readable,
  linking: typeof link = link,
): Promise<number> {
  const temporary = await writeTemporary(dirname(path), content);
  let size: number;
  try {
    size = (await stat(temporary)).size;
    await giveNewName(temporary, path, linking);
  } catch (cause) {
    throw (cause as NodeJS.ErrnoException).code === 'EEXIST'
      ? new EntangleError('conflict', `${path} already exists`, { cause })
      : cause;
  } finally {
    await unlink(temporary).catch(unlessMissing);
  }
  await syncDirectory(dirname(path));
  return size;
}

/** What a file system without hard links says of one. */
const NO_LINKS: ReadonlySet<string | undefined> = new Set([
  'EPERM',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EMLINK',
]);

async function giveNewName(temporary: string, path: string, linking: typeof link): Promise<void> {
  try {
    // link(2) is O_EXCL and O_NOFOLLOW in one, and the name never shows a half-written file.
    await linking(temporary, path);
  } catch (error) {
    if (!NO_LINKS.has((error as NodeJS.ErrnoException).code)) throw error;
    // The name is taken first, so that nothing is written over: a crash here leaves an empty file, and no half of one
    await (await open(path, constants.O_WRONLY | CREATE, 0o600)).close();
    await rename(temporary, path);
  }
}

async function writeTemporary(
  directory: string,
  content: Uint8Array | AsyncIterable<Uint8Array>,
): Promise<string> {
  const path = join(directory, `${TEMPORARY}${randomBytes(8).toString('hex')}`);
  const file = await openPrivate(path, constants.O_WRONLY | CREATE);
  try {
    await named(path, file.writeFile(content));
    await named(path, file.sync());
  } catch (error) {
    await unlink(path).catch(() => {});
    throw error;
  } finally {
    await file.close();
  }
  return path;
}

/** Who writes now began it a moment ago. */
const WRITING_MS = 3_600_000;

/** Removes what killed processes left of files that they were writing there. `olderMs`: 0 where nobody writes now. */
export async function clearUnfinished(directory: string, olderMs = WRITING_MS): Promise<void> {
  const names = (await readdir(directory).catch(unlessMissing)) ?? [];
  for (const name of names.filter((one) => one.startsWith(TEMPORARY))) {
    const path = join(directory, name);
    const found = await lstat(path).catch(unlessMissing);
    if (found && (olderMs === 0 || Date.now() - found.mtimeMs > olderMs))
      await unlink(path).catch(unlessMissing);
  }
}

async function renameOver(temporary: string, path: string): Promise<void> {
  try {
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw error;
  }
  await syncDirectory(dirname(path));
}

/** Opens a file of ours with mode 0600 whatever the umask; refuses links and what is no regular file. */
export async function openPrivate(path: string, flags: number): Promise<FileHandle> {
  const { file, stats } = await opened(path, flags | NO_FOLLOW | NO_WAIT);
  try {
    refuseForeign(path, stats);
    if ((stats.mode & 0o777) !== 0o600) await named(path, file.chmod(0o600));
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Makes a new name in the directory durable. */
export async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const directory = await open(path, constants.O_RDONLY | DIRECTORY);
  try {
    await named(path, directory.sync());
  } finally {
    await directory.close();
  }
}

const REFUSED_HINT = 'choose another home: its directories and files must belong to you alone';

async function privateDirectory(path: string): Promise<void> {
  const made = await mkdir(path, { recursive: true, mode: 0o700 });
  if (made !== undefined) await syncNames(path, made);
  const directory = await open(path, constants.O_RDONLY | DIRECTORY | NO_FOLLOW).catch(
    (cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'ELOOP' && cause.code !== 'ENOTDIR') throw cause;
      throw new EntangleError('invalid', `${path} is a symbolic link or no directory`, {
        hint: REFUSED_HINT,
        cause,
      });
    },
  );
  try {
    const stats = await directory.stat();
    refuseForeign(path, stats);
    if (process.platform !== 'win32' && (stats.mode & 0o777) !== 0o700)
      await named(path, directory.chmod(0o700));
  } finally {
    await directory.close();
  }
}

/**
 * Refuses a directory of homes where somebody else could put a home in place of ours. It is where a person chose, maybe
 * through a link, and what else lies there is theirs: it is judged as it is, and not closed.
 */
export function requireOwn(path: string): void {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats !== undefined) refuseForeign(path, stats);
}

/** Makes the names of new directories durable, from `path` up to `first`, the topmost one that was made. */
async function syncNames(path: string, first: string): Promise<void> {
  for (let at = resolve(path); at.length >= resolve(first).length; at = dirname(at)) {
    await syncDirectory(dirname(at));
    if (dirname(at) === at) return;
  }
}

function refuseForeign(path: string, stats: Stats): void {
  if (process.getuid === undefined) return;
  const hint = REFUSED_HINT;
  if (stats.uid !== process.getuid())
    throw new EntangleError('invalid', `${path} belongs to another user`, { hint });
  if ((stats.mode & 0o022) !== 0)
    throw new EntangleError('invalid', `others can write to ${path}`, {
      hint: `run \`chmod go-w ${path}\`, or ${hint}`,
    });
}

/** For a promise's catch: a missing file is undefined, the rest is thrown on. */
function unlessMissing(cause: NodeJS.ErrnoException): undefined {
  if (cause.code === 'ENOENT') return undefined;
  throw cause;
}
