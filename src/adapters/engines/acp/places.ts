/**
 * Whether a write that an agent asks for stays in its workspace. What lies elsewhere is read by programs, as its HOME by
 * shells and `.git` by git: a write there may do anything, as a command may.
 */
import { lstat, realpath } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { BoundCall } from '../../../core/acp/binding.ts';
import { namedPlaces } from '../../../core/acp/places.ts';

export const isOfGit = (path: string): boolean => /(^|\/)\.git(\/|$)/i.test(path);

/** Where a path leads over all links; of one with nothing at its end, where its directory is. A link to nothing leads nowhere. */
const leadsTo = async (path: string): Promise<string | null> => {
  const found = await realpath(path).catch(() => null);
  if (found !== null || path === '/') return found;
  const isThere = await lstat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT',
  );
  return isThere ? null : leadsTo(dirname(path));
};

const leadsOut = async (root: string, path: string): Promise<boolean> => {
  if (path === '' || path.startsWith('~') || path.split('/').includes('..')) return true;
  const [top, end] = [await realpath(root), await leadsTo(resolve(root, path))];
  return end === null || !`${end}/`.startsWith(`${top}/`) || isOfGit(end.slice(top.length)) || isOfGit(path);
};

/** As it is asked about: beside the workspace, or where nobody can tell, it is a command of which there are words alone. */
export const placedWrite = async (root: string, call: unknown, bound: BoundCall): Promise<BoundCall> => {
  const places = namedPlaces(call);
  const outside: string[] = [];
  for (const place of places) if (await leadsOut(root, place)) outside.push(JSON.stringify(place));
  if (places.length > 0 && outside.length === 0) return bound;
  const where = places.length === 0 ? 'a place that it does not name' : outside.join(', ');
  const words = `${bound.words}\nIt writes outside of the files of the task: ${where}`;
  return { ...bound, operation: 'command.run', binding: 'described', command: null, words };
};
