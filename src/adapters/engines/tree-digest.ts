/** All files below a directory by one digest: what a command is bound to that was approved over them. */
import { createHash, hash } from 'node:crypto';
import { constants, type Dirent } from 'node:fs';
import { open, opendir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { MAX_RUN } from '../../core/bounds.ts';
import { EntangleError } from '../../core/errors.ts';

const tooMuch = (): EntangleError =>
  new EntangleError(
    'invalid',
    `its workspace has more than ${MAX_RUN.files} files, or than ${MAX_RUN.fileBytes / 1024 ** 3} GiB of them: no command can be bound to it`,
  );

/** A file that went meanwhile, or that its runner may not read; where it lies on this machine concerns no engine. */
const unreadable = (name: string): EntangleError =>
  new EntangleError(
    'conflict',
    `${JSON.stringify(name)} in its workspace cannot be read, or changed meanwhile: no command can be bound to it`,
    { hint: 'ask again when nothing writes there, and its runner may read all files' },
  );
const orUnreadable = <T>(name: string, read: Promise<T>): Promise<T> =>
  read.catch((error: unknown) => {
    throw error instanceof EntangleError ? error : unreadable(name);
  });

/** An engine may put another thing in its place meanwhile: what is no file any more is not waited for. */
const ofFile = async (path: string, left: { bytes: number }): Promise<string> => {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stats = await file.stat();
    if (!stats.isFile()) return 'other';
    const sum = createHash('sha256');
    for await (const part of file.createReadStream({ autoClose: false })) {
      left.bytes -= part.length;
      if (left.bytes < 0) throw tooMuch();
      sum.update(part);
    }
    return `${stats.mode & 0o111 ? 'x' : 'f'} ${sum.digest('hex')}`;
  } finally {
    await file.close();
  }
};

/** As they come: an engine may leave any number of names. */
async function* entriesIn(name: string, path: string): AsyncGenerator<Dirent> {
  try {
    yield* await opendir(path, { bufferSize: 256 });
  } catch {
    throw unreadable(name);
  }
}

export const treeDigest = async (
  root: string,
  bounds: { files: number; fileBytes: number } = MAX_RUN,
): Promise<string> => {
  const left = { bytes: bounds.fileBytes };
  const lines: string[] = [];
  const queue = [''];
  for (let at = queue.pop(); at !== undefined; at = queue.pop())
    for await (const entry of entriesIn(at, join(root, at))) {
      const name = join(at, entry.name);
      const path = join(root, name);
      if (lines.length >= bounds.files) throw tooMuch();
      if (entry.isDirectory()) queue.push(name);
      const what = entry.isSymbolicLink()
        ? `l ${await orUnreadable(name, readlink(path))}`
        : entry.isFile()
          ? await orUnreadable(name, ofFile(path, left))
          : entry.isDirectory()
            ? 'd'
            : 'other';
      lines.push(JSON.stringify([name, what]));
    }
  return hash('sha256', lines.sort().join('\n'));
};
