/** The repository of a person here: read through the one launcher of git, and deciding nothing. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeFiles } from '../../../test/support/git-fixtures.ts';
import { contentsIn, headCommit, localGit, makeBareRepository, originOf } from './local.ts';

let here: string;
beforeEach(() => {
  here = mkdtempSync(join(tmpdir(), 'git-local-'));
});
afterEach(() => rmSync(here, { recursive: true, force: true }));
const git = (...args: string[]) =>
  execFileSync('git', ['-C', here, ...args], {
    env: { PATH: process.env.PATH, HOME: here },
    encoding: 'utf8',
  });

test('git is started in one place only', () => {
  const root = join(import.meta.dirname, '../../..');
  const starts = globSync('src/**/*.ts', { cwd: root })
    .filter((path) => !path.endsWith('.test.ts'))
    .filter((path) => /(?:spawn|exec)\w*\(\s*'git'|simpleGit\(/.test(readFileSync(join(root, path), 'utf8')));
  expect(starts).toEqual([join('src', 'adapters', 'git', 'run.ts')]);
});

test('a repository with a monitor, a hook and an alias of its own is read, and runs none of them', async () => {
  git('init', '--quiet', '--initial-branch=main');
  const ran = join(here, 'ran');
  const script = join(here, 'evil.sh');
  writeFileSync(script, `#!/bin/sh\ntouch ${ran}\n`);
  chmodSync(script, 0o755);
  mkdirSync(join(here, '.git/hooks'), { recursive: true });
  git('config', 'core.fsmonitor', script);
  git('config', 'core.hooksPath', here);
  git('config', 'alias.rev-parse', `!${script}`);
  git('config', 'remote.origin.url', 'https://example.org/a.git');
  const { code, stdout } = await localGit(here, 'rev-parse', '--show-toplevel');
  expect([code, stdout.trim().endsWith(here.split('/').at(-1)!)]).toEqual([0, true]);
  expect(await originOf(here)).toBe('https://example.org/a.git');
  expect(existsSync(ran)).toBe(false);
});

test('an old content is read where the repository has it, and nothing is run or fetched for it', async () => {
  git('init', '--quiet', '--initial-branch=main');
  const files = ['odd ü.txt', 'none', 'dir', 'empty', 'x blob 3', 'last'].map((path) => ({ path, size: 20 }));
  mkdirSync(join(here, 'dir'));
  writeFiles(here, { 'odd ü.txt': 'a\0\u00ff\n', 'dir/in': 'x', empty: '', last: 'end' });
  git('add', '.');
  git('-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '--quiet', '-m', 'first');
  const commit = git('rev-parse', 'HEAD').trim();
  const read = contentsIn(here);
  const found = [...(await read(commit, files))].map(([path, bytes]) => [
    path,
    Buffer.from(bytes).toString(),
  ]);
  expect(found).toEqual([
    ['odd ü.txt', 'a\0\u00ff\n'],
    ['empty', ''],
    ['last', 'end'],
  ]);
  expect(await read('ab'.repeat(20), files)).toEqual(new Map());
  expect(await contentsIn('/')(commit, files)).toEqual(new Map());
  // One that is larger than was said is none; those behind it are
  const small = files.map((file) => ({ ...file, size: file.path === 'odd ü.txt' ? 4 : 20 }));
  expect([...(await read(commit, small)).keys()]).toEqual(['empty', 'last']);
  // No more is read than what is signed of their sizes
  writeFileSync(join(here, 'last'), 'x'.repeat(10_000));
  git('-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '--quiet', '-a', '-m', 'second');
  expect(await read(git('rev-parse', 'HEAD').trim(), files)).toEqual(new Map());
});

test('makes a bare repository of the files of a directory, whatever configuration the person has', async () => {
  const files = join(here, 'files');
  mkdirSync(files);
  writeFileSync(join(files, 'a.txt'), 'a\n');
  const store = join(here, 'store.git');
  await makeBareRepository(store, files, 'first');
  const head = await headCommit(store, 'main');
  expect(head).toMatch(/^[0-9a-f]{40}$/);
  const show = execFileSync('git', ['--git-dir', store, 'show', '--format=%an %s', '--stat', head], {
    encoding: 'utf8',
  });
  expect(show).toMatch(/^demo first\n[\s\S]*a\.txt/);
  expect(readdirSync(here)).not.toContain('files.index');
  expect(await originOf(store)).toBe(null);
});
