/** The git repository that `up` works on: read, never changed from here. */
import { realpathSync } from 'node:fs';
import { localGit } from '../adapters/git/local.ts';
import type { Verb } from '../adapters/git/run.ts';
import { MAX_REPOSITORY } from '../core/bounds.ts';
import { EntangleError } from '../core/errors.ts';
import { checkBranch, HEADS, parseRemote } from '../core/source/remote.ts';

export type LocalRepository = { path: string; branch: string; commit: string };
type Answer = { ok: boolean; text: string };

const git = async (directory: string, verb: Verb, ...args: string[]): Promise<Answer> => {
  const { code, stdout, stderr } = await localGit(directory, verb, ...args);
  return { ok: code === 0, text: (code === 0 ? stdout : stderr).replace(/\n$/, '') };
};

const locate = async (directory: string): Promise<string> => {
  const tree = await git(directory, 'rev-parse', '--show-toplevel');
  const found = tree.ok ? tree : await git(directory, 'rev-parse', '--absolute-git-dir');
  // What git keeps is of the repository above it
  if (found.ok) return usable(found.text.replace(/\/\.git$/, ''));
  if (found.text.includes('dubious ownership'))
    throw new EntangleError('denied', 'git does not trust this repository: it belongs to another user');
  throw new EntangleError('not_found', `not in a git repository: ${directory}`, {
    hint: 'change to a git repository, or create one with `git init` and a first commit',
  });
};

/** Refused here, where it can be said in words, and not by a file that the person never wrote. */
const usable = (found: string): string => {
  if (found.includes('\ufffd'))
    throw new EntangleError('invalid', 'the path of this repository is not UTF-8: it cannot be named');
  const path = realpathSync(found);
  if (parseRemote(path).url.length > MAX_REPOSITORY)
    throw new EntangleError('invalid', `the path of this repository is too long: ${path}`, {
      hint: `choose a shorter one: its address may take ${MAX_REPOSITORY} characters`,
    });
  return path;
};

/** Objects that are not here cannot be given to anybody: the remote that has them is not asked for a task. */
const requireComplete = async (path: string): Promise<void> => {
  if ((await git(path, 'rev-parse', '--is-shallow-repository')).text === 'true')
    throw new EntangleError('invalid', 'tasks cannot start from a shallow clone', {
      hint: 'fetch the rest with `git fetch --unshallow`',
    });
  const partial = await git(
    path,
    'config',
    '--get-regexp',
    '^(extensions\\.partialclone|remote\\..*\\.promisor)$',
  );
  if (partial.ok)
    throw new EntangleError(
      'invalid',
      'tasks cannot start from a partial clone: some of its objects are missing',
      {
        hint: 'make a clone without --filter, and run it there',
      },
    );
};

export const findRepository = async (directory: string): Promise<LocalRepository> => {
  const path = await locate(directory);
  const branch = await git(path, 'symbolic-ref', '--quiet', '--short', 'HEAD');
  if (!branch.ok)
    throw new EntangleError('invalid', 'HEAD is detached: tasks need a base branch', {
      hint: 'switch to a branch: `git switch main`',
    });
  const commit = await git(path, 'rev-parse', '--verify', '--quiet', 'HEAD^{commit}');
  if (!commit.ok)
    throw new EntangleError('invalid', `branch "${branch.text}" has no commit yet`, {
      hint: 'create one with `git commit --allow-empty -m start`',
    });
  checkBranch(branch.text);
  await requireComplete(path);
  for (const name of ['entangle', 'entangle/builder'])
    if ((await git(path, 'show-ref', '--verify', '--quiet', `${HEADS}${name}`)).ok)
      throw new EntangleError('conflict', `branch "${name}" conflicts with the branches entangle/builder/…`, {
        hint: `rename it with \`git branch -m ${name} my-${name.replace('/', '-')}\``,
      });
  return { path, branch: branch.text, commit: commit.text };
};
