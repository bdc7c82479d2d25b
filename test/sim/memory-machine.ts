/** A runner's machine: files of its turns, git stores, keys. All of it survives a crash of the process. */
import { existingKey, missingKey, requireKeyName, requireSecretKey } from '../../src/adapters/keys/path.ts';
import type { LeaveMode } from '../../src/core/vocabulary.ts';
import type { KeyStore } from '../../src/ports/index.ts';
import type { LiveSettings } from '../../src/services/runner/runner.ts';
import type { FileTree } from './file-tree.ts';
import type { GitStores } from './memory-git.ts';

/** `leave`: how its runner is wanted to leave; `settings`: what was set of it, until it takes that up. */
export type MemoryMachine = {
  files: FileTree;
  stores: GitStores;
  keys: Map<string, Uint8Array>;
  leave?: LeaveMode;
  settings?: LiveSettings;
};

export const createMemoryMachine = (): MemoryMachine => ({
  files: new Map(),
  stores: new Map(),
  keys: new Map(),
});

export const memoryKeyStore = (keys: Map<string, Uint8Array>): KeyStore => ({
  kind: 'file',
  async create(name, secretKey) {
    requireKeyName(name);
    requireSecretKey(secretKey);
    if (keys.has(name)) throw existingKey(name);
    keys.set(name, secretKey.slice());
  },
  async read(name) {
    requireKeyName(name);
    const key = keys.get(name);
    if (!key) throw missingKey(name);
    return key.slice();
  },
  async remove(name) {
    requireKeyName(name);
    if (!keys.delete(name)) throw missingKey(name);
  },
  list: async () => [...keys.keys()].sort(),
});
