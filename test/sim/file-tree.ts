/** Files in memory, as a disk has them. */
import { EntangleError } from '../../src/core/errors.ts';
import type { WithFiles } from '../../src/ports/index.ts';

/** Contents by absolute path. */
export type FileTree = Map<string, Uint8Array>;

/** What lies in a directory, by the path below it. */
export const filesBelow = (files: FileTree, directory: string): FileTree =>
  new Map(
    [...files]
      .filter(([path]) => path.startsWith(`${directory}/`))
      .map(([path, bytes]) => [path.slice(directory.length + 1), bytes]),
  );

export const removeBelow = (files: FileTree, directory: string): void => {
  for (const path of filesBelow(files, directory).keys()) files.delete(`${directory}/${path}`);
};

/** As the runner's own reading of a workspace: here there are no links and nothing special. */
export const fileBelow =
  (files: FileTree) =>
  async (directory: string, path: string, most: number): Promise<Uint8Array> => {
    const bytes = files.get(`${directory}/${path}`);
    if (!bytes || bytes.length > most)
      throw new EntangleError(
        'invalid',
        `the file cannot be given: ${bytes ? 'it is too large' : 'there is no such file'}`,
      );
    return bytes;
  };

/** What git of this simulation is told to read it does not read. */
export const inNoFiles: WithFiles = (_texts, work) => work((name) => `/credentials/${name}`);
