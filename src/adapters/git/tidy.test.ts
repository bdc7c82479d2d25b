/** What a store holds, since when, and that it goes whole or not at all. */
import { existsSync, mkdirSync, readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Fixture, gitFixture, writeFiles } from '../../../test/support/git-fixtures.ts';
import { createGit } from './git.ts';
import { goneStoresIn, storesIn } from './store.ts';
import { heldIn, removeStore, usedAt } from './tidy.ts';

let fixture: Fixture;
beforeEach(() => {
  fixture = gitFixture({ 'a.txt': 'a\n' });
});
afterEach(() => fixture.remove());
const git = createGit();

const made = async () => {
  const directory = join(fixture.root, 'runner');
  const repository = { ...fixture.repository, store: join(directory, 'git', 'ab'.repeat(12)) };
  await git.fetch(repository, ['main']);
  const base = (await git.resolve(repository, 'main'))!;
  const tree = join(fixture.root, 'tree');
  mkdirSync(tree);
  await git.checkout(repository, base, tree);
  writeFiles(tree, { 'a.txt': 'b\n' });
  const { commit } = await git.commit(repository, tree, { parent: base, message: 'b', at: 1_800_000_000 });
  return { directory, repository, base, commit: commit! };
};

test('commits that it holds have the time since when, and its use is the newest of all that says so', async () => {
  const { repository, base, commit } = await made();
  const { store } = repository;
  for (const name of [...readdirSync(store, { recursive: true, encoding: 'utf8' }), '.'])
    utimesSync(join(store, name), 1_000, 1_000);
  expect(await usedAt(store)).toBe(1_000_000);
  utimesSync(join(store, 'refs/entangle', commit), 2_000, 2_000);
  expect((await heldIn(store)).sort((a, b) => a.since - b.since)).toEqual([
    { commit: base, since: 1_000 },
    { commit, since: 2_000 },
  ]);
  expect(await usedAt(store)).toBe(2_000_000);
  utimesSync(join(store, 'objects/pack'), 3_000, 3_000);
  expect(await usedAt(store)).toBe(3_000_000);
});

test('one that is removed is gone for whoever lists them, and made anew by the next that needs it', async () => {
  const { directory, repository } = await made();
  await removeStore(repository.store);
  expect(existsSync(repository.store)).toBe(false);
  expect([await storesIn(directory), await goneStoresIn(directory)]).toEqual([[], []]);
  await git.fetch(repository, ['main']);
  expect(await git.resolve(repository, 'main')).not.toBeNull();
  // What a kill left of one is no store
  mkdirSync(join(directory, 'git', 'gone-x'));
  expect([await storesIn(directory), await goneStoresIn(directory)]).toEqual([
    [repository.store],
    [join(directory, 'git', 'gone-x')],
  ]);
});
