/** Which federation a command works on where none is named. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findUpHome, homeHere, upHome, upStateFile } from './repository-home.ts';

let base: string;
let root: string;
let repository: string;
let home: string;
beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), 'repository-home-')));
  root = join(base, 'root');
  repository = join(base, 'My Project');
  home = upHome(root, repository);
  mkdirSync(join(repository, '.git'), { recursive: true });
  mkdirSync(join(repository, 'deep/er'), { recursive: true });
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const madeBy = (path: string, text = JSON.stringify({ repository: path })): void => {
  mkdirSync(home, { recursive: true });
  writeFileSync(upStateFile(home), text);
};

test('the home that `up` made for it, from everywhere in the repository and over links', () => {
  madeBy(repository);
  expect(home).toMatch(/\/root\/up\/my-project-[0-9a-f]{8}$/);
  symlinkSync(join(repository, 'deep'), join(base, 'link'));
  for (const at of [repository, join(repository, 'deep/er'), join(base, 'link/er')])
    expect(findUpHome(root, at), at).toBe(home);
});

test('that of a bare repository too', () => {
  const bare = join(base, 'bare.git');
  for (const name of ['objects', 'refs']) mkdirSync(join(bare, name), { recursive: true });
  writeFileSync(join(bare, 'HEAD'), 'ref: refs/heads/main\n');
  home = upHome(root, bare);
  madeBy(bare);
  expect(findUpHome(root, join(bare, 'refs'))).toBe(home);
});

test.each([
  ['before `up` was there', () => undefined],
  ['with the state of another repository', () => madeBy('/elsewhere')],
  ['with a state that cannot be read', () => madeBy(repository, 'null')],
  ['with a state that is no JSON', () => madeBy(repository, '{')],
])('none %s', (_what, make) => {
  make();
  expect(findUpHome(root, repository)).toBeNull();
});

test('none in a repository inside of it, and none outside', () => {
  madeBy(repository);
  mkdirSync(join(repository, 'deep/.git'));
  expect(findUpHome(root, join(repository, 'deep/er'))).toBeNull();
  expect(findUpHome(root, base)).toBeNull();
});

test('what makes a home, or serves one, does not work on it', () => {
  madeBy(repository);
  for (const command of ['user:inbox', 'host:status', 'graph:apply', 'runner:status'])
    expect(homeHere(command, root, repository), command).toBe(home);
  for (const command of ['user:init', 'user:join', 'runner:serve', 'host:init', 'up', 'demo'])
    expect(homeHere(command, root, repository), command).toBeUndefined();
});
