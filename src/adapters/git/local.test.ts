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
  writeFileSync(join(here, 'odd ü.txt'), 'a\0\u00ff');
  git('add', '.');
  git('-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '--quiet', '-m', 'first');
  const commit = git('rev-parse', 'HEAD').trim();
  const read = contentsIn(here);
  expect(await read(commit, 'odd ü.txt')).toEqual(readFileSync(join(here, 'odd ü.txt')));
  expect(await read(commit, 'none')).toBe(null);
  expect(await read('ab'.repeat(20), 'odd ü.txt')).toBe(null);
  expect(await contentsIn('/')(commit, 'odd ü.txt')).toBe(null);
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
