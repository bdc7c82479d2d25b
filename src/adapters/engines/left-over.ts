/** What turns left behind that a killed runner did not end. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { removeTree } from '../system/remove-tree.ts';

/** Their scratch directories, where secrets may lie in files; the workspaces stay. */
export const clearScratch = async (turns: string): Promise<void> => {
  for (const name of await namesIn(turns)) await removeTree(join(turns, name, 'scratch'));
};

/** Places of what agents keep between two turns. */
export const keptPlacesIn = async (turns: string): Promise<string[]> =>
  (await namesIn(turns)).filter((name) => name.startsWith('agent-')).map((name) => join(turns, name));

/** Workspaces of turns, with what lies beside them. */
export const leftPlacesIn = async (turns: string): Promise<string[]> =>
  (await namesIn(turns)).filter((name) => !name.startsWith('agent-')).map((name) => join(turns, name));

const namesIn = (turns: string): Promise<string[]> =>
  readdir(turns).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
