/** What an engine finds when it asks git about its workspace; and that what it does to that repository decides nothing. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Fixture, gitFixture, plainGit, writeFiles } from '../../../test/support/git-fixtures.ts';
import type { Git } from '../../ports/index.ts';
import { createGit } from './git.ts';

let fixture: Fixture;
let git: Git;
let base: string;
let workspace: string;
beforeEach(async () => {
  fixture = gitFixture({ 'a.txt': 'one\r\ntwo\n', '.gitattributes': '* text=auto\n', 'd/b': 'b\n' });
  git = createGit();
  workspace = join(fixture.root, 'workspace');
  mkdirSync(workspace);
  await git.fetch(fixture.repository, ['main']);
  base = (await git.resolve(fixture.repository, 'main'))!;
  await git.checkout(fixture.repository, base, workspace);
});
afterEach(() => fixture.remove());
const asked = (...args: string[]): string => plainGit(workspace, ...args);
const committed = () =>
  git.commit(fixture.repository, workspace, { parent: base, message: 'work', at: 1_700_000_000 });

test('the commit that its turn begins from, with nothing changed, and what it changes since', () => {
  expect(asked('rev-parse', 'HEAD')).toBe(base);
  expect(asked('status', '--porcelain')).toBe('');
  expect(asked('log', '--format=%H')).toBe(base);
  writeFiles(workspace, { 'd/b': 'c\n' });
  expect(asked('diff', '--name-only')).toBe('d/b');
  asked('commit', '--quiet', '--all', '--message', 'mine');
  expect(asked('log', '--format=%s').split('\n')[0]).toBe('mine');
  expect(asked('fsck', '--strict')).toBe('');
});

test('its way leads to no other repository', () => {
  expect(asked('remote')).toBe('');
  expect(readdirSync(join(workspace, '.git/objects/info', '..'))).toContain('pack');
  expect(plainGit(workspace, 'count-objects', '-v')).not.toContain('alternate');
  expect(readdirSync(join(workspace, '.git'))).not.toContain('hooks');
});

test('what is taken are its files: its commits, settings and hooks are not, nor is a repository that is broken or gone', async () => {
  expect((await committed()).commit).toBeNull();
  writeFiles(workspace, { 'a.txt': 'three\n' });
  asked('commit', '--quiet', '--all', '--message', 'its own words');
  asked('checkout', '--quiet', base);
  asked('config', 'core.fsmonitor', 'touch ../started; false');
  expect((await committed()).commit).toBeNull();
  writeFileSync(join(workspace, '.git/HEAD'), 'nonsense');
  writeFiles(workspace, { 'd/b': 'c\n' });
  const { commit } = await committed();
  expect(plainGit(fixture.repository.store, 'diff', '--name-only', base, commit!)).toBe('d/b');
  rmSync(join(workspace, '.git'), { recursive: true });
  expect((await committed()).commit).toBe(commit);
  expect(readdirSync(fixture.root)).not.toContain('started');
});
