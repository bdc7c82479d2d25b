/** Any repository that git works in is one for `up`, or says why not, before anything is set up. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PRINCIPAL, plainGit } from '../../test/support/git-fixtures.ts';
import { createGit } from '../adapters/git/git.ts';
import { parseRemote } from '../core/source/remote.ts';
import { findRepository } from './up-repository.ts';

let here: string;
beforeEach(() => {
  here = realpathSync(mkdtempSync(join(tmpdir(), 'up-repository-')));
});
afterEach(() => rmSync(here, { recursive: true, force: true }));

const made = (name: string, branch = 'main', ...options: string[]): string => {
  const path = join(here, name);
  mkdirSync(path, { recursive: true });
  plainGit(path, 'init', '--quiet', `--initial-branch=${branch}`, ...options);
  plainGit(path, 'commit', '--quiet', '--allow-empty', '--message', 'first');
  return path;
};

test.each([
  ['R&D', 'main'],
  ['repo(1)', 'fix(ui)'],
  ["it's", 'feature/über'],
  ['c#proj', 'wörk/ümlaut'],
  ['Zoë Müller/100% mine', 'main'],
  ['-x/$HOME;`ls`|"a"?', "it's"],
  ['a\\b', 'a/-b'],
])('%s, branch %s: is found, and fetched and pushed to by the address it gets', async (name, branch) => {
  const path = made(name, branch);
  expect(await findRepository(path)).toMatchObject({ path, branch });
  const repository = {
    url: parseRemote(path).url,
    store: join(here, 'store'),
    principal: PRINCIPAL,
    protocols: ['file' as const],
    runsHooks: false,
  };
  const git = createGit();
  await git.fetch(repository, [branch]);
  const head = plainGit(path, 'rev-parse', 'HEAD');
  expect(await git.resolve(repository, branch)).toBe(head);
  expect(await git.push(repository, { commit: head, branch: 'entangle/x', expected: null })).toBe('pushed');
});

test('what git keeps of a repository is in that repository, and no other one', async () => {
  const path = made('mine');
  expect((await findRepository(join(path, '.git', 'refs'))).path).toBe(path);
});

test('a path that has no address is refused with words', async () => {
  const long = made(join(...Array(9).fill('ü'.repeat(20))));
  await expect(findRepository(long)).rejects.toMatchObject({
    code: 'invalid',
    message: expect.stringContaining('is too long'),
  });
});

test('a partial clone is refused with words, and what to do', async () => {
  const path = made('whole');
  const partial = join(here, 'partial');
  execFileSync('git', ['clone', '--quiet', '--filter=blob:none', '--no-local', path, partial], {
    env: { PATH: process.env.PATH, HOME: here },
    stdio: 'pipe',
  });
  await expect(findRepository(partial)).rejects.toMatchObject({
    code: 'invalid',
    message: expect.stringContaining('partial clone'),
  });
});
