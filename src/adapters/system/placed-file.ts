/** A file that a person asked for at a path of their own: whole or not at all, and never over another one. */
import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { link, lstat, open, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { EntangleError } from '../../core/errors.ts';
import { syncDirectory } from './files.ts';

const isThere = (path: string): EntangleError =>
  new EntangleError('conflict', `${path} already exists`, {
    hint: 'choose another name, or move that file away: nothing is written over it',
  });

/** A link to nowhere is there too. */
export const requireFreePath = async (path: string): Promise<void> => {
  if (await lstat(path).catch(unlessAbsent)) throw isThere(path);
  const above = await lstat(`${dirname(path)}/.`).catch(unlessAbsent);
  if (!above?.isDirectory())
    throw new EntangleError('not_found', `${dirname(path)} is no directory`, {
      hint: 'make it, or choose another place',
    });
};

/** Bytes, or those of the file at a path, for the owner alone; how many they are. */
export const placeFile = async (source: string | Uint8Array, path: string): Promise<number> => {
  const temporary = join(dirname(path), `.entangle-${randomBytes(8).toString('hex')}`);
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(typeof source === 'string' ? createReadStream(source) : source);
      await file.sync();
      // Unlike a rename it fails where anything has that name
      await link(temporary, path);
      return (await file.stat()).size;
    } finally {
      await file.close();
    }
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'EEXIST' ? isThere(path) : error;
  } finally {
    await unlink(temporary).catch(unlessAbsent);
    await syncDirectory(dirname(path)).catch(unlessAbsent);
  }
};

const unlessAbsent = (cause: NodeJS.ErrnoException): undefined => {
  if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR') return undefined;
  throw cause;
};
