/** A branch that is checked out in its remote: the files there would be behind it, so git lets nobody push to it. */
import { dirname } from 'node:path';
import { EntangleError } from '../../core/errors.ts';
import type { Repository } from '../../ports/index.ts';
import { remoteOf, trusting } from './remote.ts';
import { runGit, type Verb } from './run.ts';

/** What git answers to a push there. */
export const CHECKED_OUT = 'branch is currently checked out';

export const checkedOut = (branch: string): EntangleError =>
  new EntangleError(
    'denied',
    `the branch "${branch}" is checked out in the remote, which lets nobody push to it`,
    { hint: 'use a bare repository as the remote, or check out another branch there' },
  );

/** What git reads as another word than `refuse`; its own `true` and `1` are that too. */
const ALLOWS = /^(?:ignore|warn|updateinstead|false|no|off|0|)$/i;

/** Whether a repository of this machine would answer that; a push that writes nothing is not asked about it. */
export const isCheckedOut = async (repository: Repository, branch: string): Promise<boolean> => {
  const remote = remoteOf(repository);
  if (remote.scheme !== 'file') return false;
  const { path } = remote;
  const env = { ...(await trusting(repository, remote)), GIT_CEILING_DIRECTORIES: dirname(path) };
  const said = async (verb: Verb, ...args: string[]): Promise<string | null> => {
    const config = ['safe.bareRepository=all'];
    const call = { store: null, cwd: path, verb, args, env, config, timeoutMs: 10_000 };
    const result = await runGit(call).catch(() => null);
    return result?.code === 0 ? result.stdout : null;
  };
  // Of a bare one it names none
  const trees = await said('worktree', 'list', '--porcelain');
  if (!trees?.split('\n').includes(`branch refs/heads/${branch}`)) return false;
  // Where its owner did not ask for its hooks, its configuration allows nothing (`withoutHooks`)
  const setting = repository.runsHooks ? await said('config', '--get', 'receive.denyCurrentBranch') : null;
  return setting === null || !ALLOWS.test(setting.trim());
};
