/** Remotes made with plain git for tests: own HOME, no configuration of this machine. */
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
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

/** The commit at which a working tree is, whose branch no git has packed. */
export const headOf = (work: string): string => {
  const [ref, name] = readFileSync(join(work, '.git/HEAD'), 'utf8').trim().split(' ');
  return name === undefined ? ref! : readFileSync(join(work, '.git', name), 'utf8').trim();
};
/** Commits all that is in a working tree; the commit. */
export const commitAll = (work: string, message: string, ...args: string[]): string => {
  plainGit(work, 'add', '--all', '--force');
  plainGit(work, 'commit', '--quiet', ...args, '--message', message);
  return headOf(work);
};
/** As pushed by force to a bare remote, whose hooks say nothing to it: a push is eight processes. */
export const give = (work: string, remote: string, commit: string, branch: string): void => {
  cpSync(join(work, '.git/objects'), join(remote, 'objects'), { recursive: true, force: false });
  const ref = join(remote, 'refs/heads', branch);
  mkdirSync(dirname(ref), { recursive: true });
  // As git does it: who reads meanwhile finds what was there, or this
  writeFileSync(`${ref}.lock`, `${commit}\n`, { flag: 'wx' });
  renameSync(`${ref}.lock`, ref);
};

type Preparation = (fixture: Fixture) => void;
/** What was made below a root, to be written again below another one: only configuration names where it is. */
type Made = { root: string; entries: Entry[] };
const made = new Map<Preparation, Map<string, Made>>();
const writeAgain = ({ root: before, entries }: Made, root: string): void => {
  for (const { path, content, mode } of entries)
    if (!content) mkdirSync(join(root, path), { mode });
    else if (basename(path) !== 'config') writeFileSync(join(root, path), content, { mode });
    else writeFileSync(join(root, path), content.toString().replaceAll(before, root), { mode });
};
const asItIs: Preparation = () => undefined;

/** A bare remote with one commit on main, and the repository that names it; with what is prepared there once for all of its kind. */
export const gitFixture = (
  files: Record<string, string | Buffer> = { 'README.md': 'hello\n' },
  prepare: Preparation = asItIs,
): Fixture => {
  const root = mkdtempSync(join(tmpdir(), 'entangle-git-'));
  const [remote, work] = [join(root, 'remote.git'), join(root, 'work')];
  const publish = (more: Record<string, string | Buffer>, message = 'fixture') => {
    writeFiles(work, more);
    const commit = commitAll(work, message);
    give(work, remote, commit, 'main');
    return commit;
  };
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
  const remove = () => rmSync(root, { recursive: true });
  const fixture = { root, remote, work, repository, publish, directory, remove };
  const kind = JSON.stringify(files);
  const ofKind = made.get(prepare) ?? new Map<string, Made>();
  made.set(prepare, ofKind);
  const same = ofKind.get(kind);
  if (same) writeAgain(same, root);
  else {
    plainGit(root, 'init', '--quiet', '--bare', '--initial-branch=main', remote);
    plainGit(root, 'init', '--quiet', '--initial-branch=main', work);
    publish(files);
    prepare(fixture);
    ofKind.set(kind, { root, entries: entriesBelow(root) });
  }
  return fixture;
};
