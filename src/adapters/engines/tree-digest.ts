/** All files below a directory by one digest: what a command is bound to that was approved over them. */
import { createHash, hash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, opendir, readlink, realpath } from 'node:fs/promises';
import { MAX_RUN } from '../../core/bounds.ts';
import { EntangleError } from '../../core/errors.ts';
import { hashFile } from '../system/hash-file.ts';
import { pathBelow, stepBelow } from '../system/open-below.ts';

const tooMuch = (): EntangleError =>
  new EntangleError(
    'invalid',
    `its workspace has more than ${MAX_RUN.files} files, or than ${MAX_RUN.fileBytes / 1024 ** 3} GiB of them: no command can be bound to it`,
  );

/** A name of bytes, each of them one character of it, for people. */
const shown = (name: string): string => JSON.stringify(Buffer.from(name, 'latin1').toString('utf8'));

/** A file that went meanwhile, or that its runner may not read; where it lies on this machine concerns no engine. */
const unreadable = (name: string): EntangleError =>
  new EntangleError(
    'conflict',
    `${shown(name)} in its workspace cannot be read, or changed meanwhile: no command can be bound to it`,
    { hint: 'ask again when nothing writes there, and its runner may read all files' },
  );
const orUnreadable = <T>(name: string, read: Promise<T>): Promise<T> =>
  read.catch((error: unknown) => {
    throw error instanceof EntangleError ? error : unreadable(name);
  });

/**
 * By its words alone, which no place that others write to can change: what it leads to is then digested as well. After a name
 * `..` may lead anywhere, as that may be a link.
 */
const leadsOut = (name: string, target: string): boolean => {
  const parts = target.split('/').filter((part) => part !== '' && part !== '.');
  const down = parts.findIndex((part) => part !== '..');
  const up = down < 0 ? parts.length : down;
  return target.startsWith('/') || up > name.split('/').length - 1 || parts.lastIndexOf('..') >= up;
};
const ofLink = (name: string, target: string): string => {
  if (!leadsOut(name, target)) return `l ${target}`;
  throw new EntangleError(
    'invalid',
    `${shown(name)} in its workspace is a link that may lead out of it: no command can be bound to it`,
    { hint: 'put what it leads to in its place, or a relative link within the workspace' },
  );
};

/** An engine may put another thing in its place meanwhile: what is no file any more is not waited for. */
const ofFile = async (path: Buffer, left: { bytes: number }): Promise<string> => {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stats = await file.stat();
    if (!stats.isFile()) return 'other';
    const sum = createHash('sha256');
    left.bytes -= await hashFile(sum, file, left.bytes);
    if (left.bytes < 0) throw tooMuch();
    return `${stats.mode & 0o111 ? 'x' : 'f'} ${sum.digest('hex')}`;
  } finally {
    await file.close();
  }
};

/** As it was opened; one that is reached over a link by now is refused. */
const openDirectory = async (path: Buffer): Promise<FileHandle> => {
  const directory = await stepBelow(path);
  const found = await readlink(`/proc/self/fd/${directory.fd}`, 'buffer').catch(() => null);
  if (found?.equals(path)) return directory;
  await directory.close();
  throw new Error('replaced meanwhile');
};

export const treeDigest = async (
  root: string,
  bounds: { files: number; fileBytes: number } = MAX_RUN,
): Promise<string> => {
  const left = { bytes: bounds.fileBytes };
  const lines: string[] = [];
  const queue = [''];
  const top = await orUnreadable('', realpath(root));
  const listed = async (at: string): Promise<void> => {
    const directory = await openDirectory(pathBelow(top, at));
    try {
      const here = `/proc/self/fd/${directory.fd}`;
      // As they come: an engine may leave any number of names, and of bytes that are no text
      for await (const entry of await opendir(here, { bufferSize: 256, encoding: 'latin1' })) {
        if (lines.length >= bounds.files) throw tooMuch();
        const name = at === '' ? entry.name : `${at}/${entry.name}`;
        if (entry.isDirectory()) queue.push(name);
        const path = pathBelow(here, entry.name);
        const what = entry.isSymbolicLink()
          ? ofLink(name, await orUnreadable(name, readlink(path, 'latin1')))
          : entry.isFile()
            ? await orUnreadable(name, ofFile(path, left))
            : entry.isDirectory()
              ? 'd'
              : 'other';
        lines.push(JSON.stringify([name, what]));
      }
    } finally {
      await directory.close();
    }
  };
  for (let at = queue.pop(); at !== undefined; at = queue.pop()) await orUnreadable(at, listed(at));
  return hash('sha256', lines.sort().join('\n'));
};
