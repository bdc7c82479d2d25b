/** The repository that a person has here: read, never changed, and deciding nothing: no hook, no monitor, no alias. */
import { rm, stat } from 'node:fs/promises';
import { EntangleError } from '../../core/errors.ts';
import { checkCommit, HEADS } from '../../core/source/remote.ts';
import type { OldContents } from '../../ports/index.ts';
import { catFile, type GitResult, runGit, type Verb } from './run.ts';

/** The person's own configuration says which directories of others git may read. */
export const ownHome = (): Record<string, string> =>
  process.env.HOME === undefined ? {} : { HOME: process.env.HOME };

/** A path that somebody typed: where no directory is, nothing can run. */
const requireDirectory = async (path: string): Promise<void> => {
  if ((await stat(path).catch(() => null))?.isDirectory() === true) return;
  throw new EntangleError('not_found', `no directory ${path}`, { hint: 'check the path' });
};

export const localGit = async (directory: string, verb: Verb, ...args: string[]): Promise<GitResult> => {
  await requireDirectory(directory);
  return runGit({
    store: null,
    cwd: directory,
    verb,
    args,
    env: ownHome(),
    config: ['safe.bareRepository=all'],
    timeoutMs: 10_000,
  });
};

/** Reads old contents from the repository that a directory is in, all of them by one process; nothing is fetched for it. */
export const contentsIn =
  (directory: string): OldContents =>
  async (commit, files) =>
    (await contentsWithin(directory, commit, files)) ?? new Map();

/** The same; null where nothing can be read, as where git prints more than was asked for. */
export const contentsWithin = async (
  directory: string,
  commit: string,
  files: Parameters<OldContents>[1],
): Promise<Map<string, Uint8Array> | null> => {
  const id = checkCommit(commit);
  const input = files.map(({ path }) => `${id}:${path}\n`).join('');
  const maxOutput = files.reduce((sum, { path, size }) => sum + size + 4 * path.length + 200, 0);
  const call = { store: null, cwd: directory, args: ['--batch'], env: ownHome(), input, maxOutput };
  const config = ['safe.bareRepository=all'];
  const all = await catFile({ ...call, config, timeoutMs: 60_000 }).catch(() => null);
  return all && contentsOf(all, files);
};

/** An answer for each question, in its order: a head with a size and as many bytes, or one line that says why not. What is larger than was asked for is left out. */
const contentsOf = (
  all: Buffer,
  files: readonly { path: string; size: number }[],
): Map<string, Uint8Array> => {
  const contents = new Map<string, Uint8Array>();
  let at = 0;
  for (const { path, size: most } of files) {
    const start = all.indexOf(10, at) + 1;
    if (start === 0) break;
    const [, kind, size] = /^[0-9a-f]+ ([a-z]+) ([0-9]+)\n$/.exec(all.toString('latin1', at, start)) ?? [];
    at = size === undefined ? start : start + Number(size) + 1;
    if (kind === 'blob' && Number(size) <= most) contents.set(path, all.subarray(start, at - 1));
  }
  return contents;
};

/** Address of the remote `origin`, or null where there is none. */
export const originOf = async (directory: string): Promise<string | null> => {
  const { code, stdout } = await localGit(directory, 'config', '--get', 'remote.origin.url');
  return code === 0 ? stdout.trim() : null;
};

const DEMO = { name: 'demo', email: 'demo@entangle.invalid' };
const IDENTITY = {
  GIT_AUTHOR_NAME: DEMO.name,
  GIT_AUTHOR_EMAIL: DEMO.email,
  GIT_COMMITTER_NAME: DEMO.name,
  GIT_COMMITTER_EMAIL: DEMO.email,
};

/** Makes a bare repository whose branch main has one commit: the files of the directory. */
export const makeBareRepository = async (store: string, files: string, message: string): Promise<void> => {
  const index = `${files}.index`;
  const run = async (verb: Verb, ...args: string[]): Promise<string> => {
    const env = { ...IDENTITY, GIT_WORK_TREE: files, GIT_INDEX_FILE: index };
    const { code, stdout, stderr } = await runGit({ store, cwd: files, verb, args, env });
    if (code !== 0) throw new EntangleError('unavailable', `git ${verb} failed: ${stderr.trim()}`);
    return stdout.trim();
  };
  const made = await runGit({
    store,
    cwd: files,
    verb: 'init',
    args: ['--quiet', '--bare', '--initial-branch=main'],
  });
  if (made.code !== 0) throw new EntangleError('unavailable', `git init failed: ${made.stderr.trim()}`);
  await run('add', '.');
  const tree = await run('write-tree');
  await rm(index, { force: true });
  const commit = await run('commit-tree', tree, '-m', message);
  await run('update-ref', 'refs/heads/main', commit);
};

/** The commit at a branch of a bare repository. */
export const headCommit = async (store: string, branch: string): Promise<string> => {
  const { stdout } = await runGit({ store, verb: 'rev-parse', args: [`${HEADS}${branch}`] });
  return stdout.trim();
};
