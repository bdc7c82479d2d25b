/** A file that a person asked for at a path of their own: whole or not at all, and never over another one. */
import { createReadStream } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { EntangleError } from '../../core/errors.ts';
import { createWhole } from './files.ts';

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
export const placeFile = (source: string | Uint8Array, path: string): Promise<number> =>
  createWhole(path, typeof source === 'string' ? createReadStream(source) : source).catch(
    (error: unknown) => {
      throw error instanceof EntangleError && error.code === 'conflict' ? isThere(path) : error;
    },
  );

const unlessAbsent = (cause: NodeJS.ErrnoException): undefined => {
  if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR') return undefined;
  throw cause;
};
