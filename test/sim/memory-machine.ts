/** A runner's machine: files of its turns, git stores, keys. All of it survives a crash of the process. */
import { EntangleError } from '../../src/core/errors.ts';
import type { KeyStore } from '../../src/ports/index.ts';
import type { FileTree } from './file-tree.ts';
import type { GitStores } from './memory-git.ts';

export type MemoryMachine = { files: FileTree; stores: GitStores; keys: Map<string, Uint8Array> };

export const createMemoryMachine = (): MemoryMachine => ({
  files: new Map(),
  stores: new Map(),
  keys: new Map(),
});

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
