/** A runner's machine: files of its turns, git stores, keys. All of it survives a crash of the process. */
import { EntangleError } from '../../src/core/errors.ts';
import type { KeyStore } from '../../src/ports.ts';
import type { GitStores } from './memory-git.ts';

/** Contents by absolute path. */
export type FileTree = Map<string, Uint8Array>;
export type MemoryMachine = { files: FileTree; stores: GitStores; keys: Map<string, Uint8Array> };

export const createMemoryMachine = (): MemoryMachine => ({
  files: new Map(),
  stores: new Map(),
  keys: new Map(),
});

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

export const memoryKeyStore = (keys: Map<string, Uint8Array>): KeyStore => ({
  kind: 'file',
  async create(name, secretKey) {
    if (keys.has(name)) throw new EntangleError('conflict', `there is a key "${name}" already`);
    keys.set(name, secretKey);
  },
  async read(name) {
    const key = keys.get(name);
    if (!key) throw new EntangleError('not_found', `no key "${name}"`);
    return key;
  },
  async remove(name) {
    keys.delete(name);
  },
  list: async () => [...keys.keys()],
});
