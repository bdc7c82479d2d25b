/** Remotes made with plain git for tests: own HOME, no configuration of this machine. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import type { Principal, Repository } from '../../src/ports/index.ts';

/** Hooks that a hostile repository has, each of which git would run in what is done with it. */
export const TRAPPED_HOOKS = [
  'post-checkout',
  'pre-commit',
  'post-commit',
  'reference-transaction',
  'pre-push',
  'post-index-change',
];

export const PRINCIPAL: Principal = { name: 'Agent', email: 'agent@example.com' };

const ENV = {
  PATH: process.env.PATH ?? '',
  HOME: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'Fixture',
  GIT_AUTHOR_EMAIL: 'fixture@example.com',
  GIT_COMMITTER_NAME: 'Fixture',
  GIT_COMMITTER_EMAIL: 'fixture@example.com',
  GIT_AUTHOR_DATE: '@1700000000 +0000',
  GIT_COMMITTER_DATE: '@1700000000 +0000',
  // What git tidies by itself is nobody's subject here, and each is two more processes.
  GIT_CONFIG_COUNT: '3',
  GIT_CONFIG_KEY_0: 'gc.auto',
  GIT_CONFIG_VALUE_0: '0',
  GIT_CONFIG_KEY_1: 'maintenance.auto',
  GIT_CONFIG_VALUE_1: 'false',
  GIT_CONFIG_KEY_2: 'receive.autogc',
  GIT_CONFIG_VALUE_2: 'false',
};

/** Runs plain git in a directory and returns its trimmed output. */
export const plainGit = (cwd: string, ...args: string[]): string =>
  execFileSync('git', args, { cwd, env: ENV, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();

/** The same, with something on its standard input. */
export const feedGit = (cwd: string, input: string | Buffer, ...args: string[]): string =>
  execFileSync('git', args, {
    cwd,
    env: ENV,
    input,
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'pipe'],
  }).trim();

export type Fixture = {
  root: string;
  remote: string;
  work: string;
  repository: Repository;
  /** Commits files in a working clone and pushes them to main; returns the commit id. */
  publish(files: Record<string, string | Buffer>, message?: string): string;
  /** A fresh empty directory below the root. */
  directory(name: string): string;
  remove(): void;
};

export const writeFiles = (directory: string, files: Record<string, string | Buffer>): void => {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content);
  }
};

type Entry = { path: string; content: Buffer | null; mode: number };
/** Directories, with null, before what is in them. */
const entriesBelow = (root: string): Entry[] =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .map((entry) => ({ path: join(entry.parentPath, entry.name), isFile: entry.isFile() }))
    .toSorted((a, b) => (a.path < b.path ? -1 : 1))
    .map(({ path, isFile }) => ({
      path: relative(root, path),
      content: isFile ? readFileSync(path) : null,
      mode: statSync(path).mode,
    }));

/** What git made of a set of files, made once and written again: nothing in a repository names where it is. */
const made = new Map<string, Entry[]>();

/** A bare remote with one commit on main, and the repository that names it. */
export const gitFixture = (files: Record<string, string | Buffer> = { 'README.md': 'hello\n' }): Fixture => {
  const root = mkdtempSync(join(tmpdir(), 'entangle-git-'));
  const [remote, work] = [join(root, 'remote.git'), join(root, 'work')];
  const publish = (more: Record<string, string | Buffer>, message = 'fixture') => {
    writeFiles(work, more);
    plainGit(work, 'add', '--all', '--force');
    plainGit(work, 'commit', '--quiet', '--message', message);
    plainGit(work, 'push', '--quiet', remote, 'HEAD:refs/heads/main');
    return plainGit(work, 'rev-parse', 'HEAD');
  };
  const kind = JSON.stringify(files);
  const same = made.get(kind);
  for (const { path, content, mode } of same ?? [])
    if (content) writeFileSync(join(root, path), content, { mode });
    else mkdirSync(join(root, path), { mode });
  if (!same) {
    plainGit(root, 'init', '--quiet', '--bare', '--initial-branch=main', remote);
    plainGit(root, 'init', '--quiet', '--initial-branch=main', work);
    publish(files);
    made.set(kind, entriesBelow(root));
  }
  const repository: Repository = {
    url: `file://${remote}`,
    store: join(root, 'store'),
    principal: PRINCIPAL,
    protocols: ['file'],
    runsHooks: false,
  };
  const directory = (name: string) => {
    mkdirSync(join(root, name));
    return join(root, name);
  };
  return {
    root,
    remote,
    work,
    repository,
    publish,
    directory,
    remove: () => rmSync(root, { recursive: true }),
  };
};
