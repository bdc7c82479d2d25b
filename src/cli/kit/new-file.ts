/** A file that a command writes for a person: where they say, and never over another one. */
import { resolve } from 'node:path';
import { requireFreePath } from '../../adapters/system/placed-file.ts';

/** Its whole path, which is free before anything is fetched for it; null where none is wanted. */
export const newFile = async (given: string | undefined): Promise<string | null> => {
  if (given === undefined) return null;
  const path = resolve(given);
  await requireFreePath(path);
  return path;
};
