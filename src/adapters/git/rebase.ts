/** A change on top of what came to its branch meanwhile: git merges the trees in the store, and no file is written. */
import { EntangleError } from '../../core/errors.ts';
import { checkCommit } from '../../core/source/remote.ts';
import type { Git, Principal } from '../../ports/index.ts';
import { writeCommit } from './commit.ts';
import { gitFailed } from './failure.ts';
import { runGit } from './run.ts';

type Rebased = Parameters<Git['rebase']>[1];

/** 1 says no; anything else is a store in trouble, which says nothing about the commits. */
export const isAncestor = async (store: string, old: string, commit: string): Promise<boolean> => {
  const result = await runGit({ store, verb: 'merge-base', args: ['--is-ancestor', old, commit] });
  if (result.code > 1) throw gitFailed('merge-base', result);
  return result.code === 0;
};

const MERGE = ['--write-tree', '-z', '--name-only', '--no-messages'];
const NAMED = 5;

export const rebaseCommit = async (
  store: string,
  principal: Principal,
  { base, commit, onto, message, at }: Rebased,
): Promise<string> => {
  for (const id of [base, commit, onto]) checkCommit(id);
  if (!(await isAncestor(store, base, onto)))
    throw new EntangleError(
      'conflict',
      `commit ${onto} does not go on from ${base}: its history was rewritten`,
    );
  const result = await runGit({ store, verb: 'merge-tree', args: [...MERGE, onto, commit] });
  if (result.code > 1) throw gitFailed('merge-tree', result);
  const [tree = '', ...paths] = result.stdout.split('\0').filter((part) => part !== '');
  if (result.code === 1) throw inConflict(onto, paths);
  return writeCommit(store, checkCommit(tree), principal, { parent: onto, message, at });
};

const inConflict = (onto: string, paths: readonly string[]): EntangleError => {
  const names = [...new Set(paths)].map((path) => JSON.stringify(path));
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  const list = names.slice(0, NAMED).join(', ');
  return new EntangleError('conflict', `commit ${onto} changed the same of ${list}${more}`);
};
