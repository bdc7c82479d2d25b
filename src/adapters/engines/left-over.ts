/** What turns left behind that a killed runner did not end. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { removeTree } from '../system/remove-tree.ts';

/** Their scratch directories, where secrets may lie in files; the workspaces stay. */
export const clearScratch = async (turns: string): Promise<void> => {
  const names = await readdir(turns).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  for (const name of names) await removeTree(join(turns, name, 'scratch'));
};
