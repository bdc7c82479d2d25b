/** Trees of the store and directories of files: writing a commit out, taking a directory in, comparing two commits. */
import { mkdir, readdir } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { EntangleError } from '../../core/errors.ts';
import type { Principal } from '../../ports/index.ts';
import { COLLECT_LIMITS, collect } from './collect.ts';
import { git } from './run.ts';
import { withScratch } from './store.ts';

export type Entry = { mode: string; id: string; size: number; path: string };

const tooLarge = (): EntangleError =>
  new EntangleError('invalid', 'the commit is too large for a workspace', {
    hint: `keep it to at most ${COLLECT_LIMITS.entries} files and ${COLLECT_LIMITS.bytes / 1024 / 1024} MiB`,
  });

/** Every file of a commit, within the limits of a workspace (docs/threats.md T82: a tree can be a bomb). */
export const listTree = async (store: string, commit: string): Promise<Entry[]> => {
  const text = await git({
    store,
    verb: 'ls-tree',
    args: ['-r', '-l', '-z', '--full-tree', commit],
    maxOutput: 32 * 1024 * 1024,
    overflow: tooLarge(),
  });
  const entries = text
    .split('\0')
    .filter((row) => row !== '')
    .map((row) => {
      const match = /^([0-7]{6}) [a-z]+ ([0-9a-f]{40}) +([0-9]+|-)\t(.+)$/s.exec(row);
      if (!match) throw new EntangleError('invalid', 'the tree of the commit is damaged');
      return {
        mode: match[1]!,
        id: match[2]!,
        size: Number(match[3] === '-' ? 0 : match[3]),
        path: match[4]!,
      };
    });
  const bytes = entries.reduce((sum, entry) => sum + entry.size, 0);
  if (entries.length > COLLECT_LIMITS.entries || bytes > COLLECT_LIMITS.bytes) throw tooLarge();
  return entries;
};

/** Writes the files of a commit into an empty directory: no links, no submodules, no conversion, no `.git`. */
export const writeTree = async (store: string, commit: string, directory: string): Promise<void> => {
  if (!isAbsolute(directory)) throw new EntangleError('invalid', 'the workspace path must be absolute');
  if ((await readdir(directory)).length > 0) {
    throw new EntangleError('conflict', 'the workspace directory is not empty');
  }
  await listTree(store, commit);
  await withScratch(store, async (scratch) => {
    const env = { GIT_INDEX_FILE: join(scratch, 'index'), GIT_WORK_TREE: directory };
    await git({ store, verb: 'read-tree', args: [commit], env });
    await git({ store, verb: 'checkout-index', args: ['--all', '--quiet'], cwd: directory, env });
  });
};

export type CommitOptions = { parent: string; message: string; at: number };

/** Commits the regular files of a directory that an engine wrote; null when the tree is the parent's. */
export const commitDirectory = async (
  store: string,
  directory: string,
  principal: Principal,
  options: CommitOptions,
): Promise<string | null> => {
  const entries = await listTree(store, options.parent);
  const submodules = entries.filter((entry) => entry.mode === '160000');
  const tree = await withScratch(store, async (scratch) => {
    const files = join(scratch, 'files');
    await mkdir(files, { mode: 0o700 });
    await collect({
      store,
      from: directory,
      to: files,
      tracked: new Set(entries.map((entry) => entry.path)),
      submodules: new Set(submodules.map((entry) => entry.path)),
      limits: COLLECT_LIMITS,
    });
    const env = { GIT_INDEX_FILE: join(scratch, 'index'), GIT_WORK_TREE: files };
    await git({ store, verb: 'read-tree', args: [options.parent], env });
    await git({ store, verb: 'add', args: ['--all', '--force', '--', '.'], cwd: files, env });
    // An engine cannot move a submodule: its entry stays what the parent has
    const rows = submodules.map((entry) => `160000 ${entry.id}\t${entry.path}\0`).join('');
    if (rows)
      await git({ store, verb: 'update-index', args: ['-z', '--index-info'], cwd: files, env, input: rows });
    return (await git({ store, verb: 'write-tree', args: [], env })).trim();
  });
  const before = await git({ store, verb: 'rev-parse', args: ['--verify', `${options.parent}^{tree}`] });
  return tree === before.trim() ? null : writeCommit(store, tree, principal, options);
};

const writeCommit = async (store: string, tree: string, principal: Principal, options: CommitOptions) => {
  const { name, email, sshKeyFile } = checkPrincipal(principal);
  const date = `${checkTime(options.at)} +0000`;
  const env = {
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: email,
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: name,
    GIT_COMMITTER_EMAIL: email,
    GIT_COMMITTER_DATE: date,
  };
  const signing = sshKeyFile ? ['gpg.format=ssh', `user.signingKey=${checkKeyFile(sshKeyFile)}`] : [];
  const message = `${options.message.replaceAll('\0', '').trimEnd().slice(0, 65_536)}\n`;
  const args = [...(sshKeyFile ? ['-S'] : []), '-p', options.parent, '-F', '-', tree];
  return (await git({ store, verb: 'commit-tree', args, env, config: signing, input: message })).trim();
};

const checkPrincipal = (principal: Principal): Principal => {
  for (const text of [principal.name, principal.email]) {
    if (text.trim() === '' || text.length > 200 || /[\u0000-\u001f\u007f<>]/.test(text)) {
      throw new EntangleError(
        'invalid',
        'the git principal needs a name and an email of one line, without < or >',
      );
    }
  }
  return principal;
};

const checkTime = (at: number): string => {
  if (!Number.isSafeInteger(at) || at < 100_000_000) {
    throw new EntangleError('invalid', 'the commit date must be Unix seconds');
  }
  return `@${at}`;
};

/** Returns the path of a key that ssh and git take literally, or refuses it. */
export const checkKeyFile = (path: string): string => {
  if (!isAbsolute(path) || /[\u0000-\u0020\u007f"'\\%$]/.test(path)) {
    throw new EntangleError(
      'invalid',
      'the path of an SSH file must be absolute, without spaces, quotes, % or $',
    );
  }
  return path;
};
