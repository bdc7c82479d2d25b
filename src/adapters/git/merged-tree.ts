/** What git makes of two commits by itself: the tree of their merge, in a store where nothing of the repository decides. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Merged } from '../../core/evidence/merges.ts';
import { checkCommit } from '../../core/source/remote.ts';
import { prepareRoom } from './own.ts';
import { runGit } from './run.ts';

const TREE = /^([0-9a-f]{40}|[0-9a-f]{64})[\n\0]/;
/** Drivers, attributes, hooks, references and settings are those of the store, which has none: objects alone are lent to it. */
export const mergedTree = async (directory: string, one: string, other: string): Promise<Merged> => {
  const store = await mkdtemp(join(tmpdir(), 'entangle-merge-'));
  try {
    await prepareRoom(store, directory, checkCommit(one));
    const args = ['--write-tree', '--no-messages', '--name-only', '-z', one, checkCommit(other)];
    const { code, stdout } = await runGit({ store, verb: 'merge-tree', args, timeoutMs: 120_000 });
    const [, tree] = TREE.exec(stdout) ?? [];
    // Where it cannot begin it says so in no tree, by the same code as of a conflict
    if (tree === undefined || code > 1) return { why: 'history' };
    return code === 0 ? { tree: checkCommit(tree) } : { why: 'conflict' };
  } finally {
    await rm(store, { recursive: true, force: true, maxRetries: 5 });
  }
};
