/** Which federation a command works on where none is named. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { acquireLock } from '../../adapters/system/lock.ts';
import {
  findUpHome,
  homeHere,
  repositoryAtRest,
  upHome,
  upLockFile,
  upStateFile,
} from './repository-home.ts';

let base: string;
let root: string;
let repository: string;
let home: string;
beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'repository-home-')));
  root = join(base, 'root');
  repository = join(base, 'My Project');
  home = upHome(root, repository);
  gitDirectory(join(repository, '.git'));
  mkdirSync(join(repository, 'deep/er'), { recursive: true });
});
const gitDirectory = (path: string): void => {
  for (const name of ['objects', 'refs']) mkdirSync(join(path, name), { recursive: true });
  writeFileSync(join(path, 'HEAD'), 'ref: refs/heads/main\n');
};
afterEach(() => rmSync(base, { recursive: true, force: true }));

const madeBy = (path: string, text = JSON.stringify({ repository: path })): void => {
  mkdirSync(home, { recursive: true });
  writeFileSync(upStateFile(home), text);
};

test('the home that `up` made for it, from everywhere in the repository and over links', () => {
  madeBy(repository);
  expect(home).toMatch(/\/root\/up\/my-project-[0-9a-f]{8}$/);
  symlinkSync(join(repository, 'deep'), join(base, 'link'));
  for (const at of [
    repository,
    join(repository, 'deep/er'),
    join(base, 'link/er'),
    join(repository, '.git/refs'),
  ])
    expect(findUpHome(root, at), at).toBe(home);
});

test('a home of `up` is told to be at rest, and not while it runs, nor any other, nor one that is damaged', async () => {
  mkdirSync(home, { recursive: true });
  expect(await repositoryAtRest(home)).toBe(null);
  madeBy(repository);
  expect(await repositoryAtRest(home)).toBe(repository);
  const lock = await acquireLock(upLockFile(home), 'entangle up');
  expect(await repositoryAtRest(home)).toBe(null);
  await lock.release();
  expect(await repositoryAtRest(home)).toBe(repository);
  madeBy(repository, '{');
  expect(await repositoryAtRest(home)).toBe(null);
});

test('that of a bare repository too', () => {
  const bare = join(base, 'bare.git');
  gitDirectory(bare);
  home = upHome(root, bare);
  madeBy(bare);
  expect(findUpHome(root, join(bare, 'refs'))).toBe(home);
});

test.each([
  ['before `up` was there', () => undefined],
  ['with the state of another repository', () => madeBy('/elsewhere')],
])('none %s', (_what, make) => {
  make();
  expect(findUpHome(root, repository)).toBeNull();
});

test('none in a repository inside of it, and none outside', () => {
  madeBy(repository);
  gitDirectory(join(repository, 'deep/.git'));
  expect(findUpHome(root, join(repository, 'deep/er'))).toBeNull();
  writeFileSync(join(repository, 'deep/er/.git'), 'gitdir: /elsewhere\n');
  expect(findUpHome(root, join(repository, 'deep/er'))).toBeNull();
  expect(findUpHome(root, base)).toBeNull();
});

test('what a commit can bring is no repository: who stands in it is still in this one', () => {
  madeBy(repository);
  for (const name of ['HEAD/x', 'objects/x', 'refs/x'])
    mkdirSync(join(repository, 'deep', name), { recursive: true });
  mkdirSync(join(repository, 'deep/er/.git'));
  for (const at of ['deep', 'deep/er']) expect(findUpHome(root, join(repository, at)), at).toBe(home);
});

test('a pipe named as git names things is waited for by nobody', () => {
  madeBy(repository);
  for (const name of ['.git', 'HEAD']) execFileSync('mkfifo', [join(repository, 'deep/er', name)]);
  expect(findUpHome(root, join(repository, 'deep/er'))).toBe(home);
});

test.each(['{', 'null', '{}'])('a state that is damaged (%s) is said, and no other home taken', (text) => {
  madeBy(repository, text);
  expect(() => findUpHome(root, repository)).toThrow(expect.objectContaining({ code: 'invalid' }));
});

test('a directory on the way to it that others can write to is refused', () => {
  madeBy(repository);
  for (const open of [root, join(root, 'up'), home]) {
    chmodSync(open, 0o777);
    expect(() => findUpHome(root, repository), open).toThrow(/others can write to/);
    chmodSync(open, 0o755);
  }
});

test('what makes a home, or serves one, does not work on it', () => {
  madeBy(repository);
  for (const command of ['user:inbox', 'host:status', 'graph:apply', 'runner:status'])
    expect(homeHere(command, root, repository), command).toBe(home);
  const ids = globSync('{host,runner,user,relay}/{init,join,restore,serve}.ts', { cwd: 'src/commands' });
  expect(ids.length).toBeGreaterThan(5);
  for (const command of [...ids.map((path) => path.slice(0, -3).replaceAll('/', ':')), 'up', 'demo'])
    expect(homeHere(command, root, repository), command).toBeUndefined();
});
