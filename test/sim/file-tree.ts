/** Files in memory, as a disk has them. */

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
