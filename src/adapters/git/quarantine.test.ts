/** What a store has of the objects of others: all of what was accepted, and nothing of what was not. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Fixture, gitFixture, plainGit, writeFiles } from '../../../test/support/git-fixtures.ts';
import { EntangleError } from '../../core/errors.ts';
import { createGit } from './git.ts';
import { withQuarantine } from './quarantine.ts';
import { forgetStore, openStore } from './store.ts';

let fixture: Fixture;
beforeEach(() => {
  fixture = gitFixture();
});
afterEach(() => fixture.remove());

const git = createGit();
const namesIn = (store: string): string[] =>
  readdirSync(store, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile())
    .map((one) => join(one.parentPath, one.name).slice(store.length + 1))
    .sort();

/** A commit in another store, as a pack over the base that both have. */
const sent = async () => {
  const theirs = { ...fixture.repository, store: `${fixture.repository.store}-theirs` };
  for (const one of [theirs, fixture.repository]) await git.fetch(one, ['main']);
  const base = (await git.resolve(theirs, 'main'))!;
  const tree = join(fixture.root, 'tree');
  mkdirSync(tree);
  await git.checkout(theirs, base, tree);
  writeFiles(tree, { 'new.txt': 'new\n' });
  const made = await git.commit(theirs, tree, { parent: base, message: 'work', at: 1_800_000_000 });
  const commit = made.commit!;
  return { commit, pack: await git.pack(theirs, { base, commit, most: 100_000 }) };
};

test('T153: of a pack that is refused, by git, by its name or by who judges it, no file is in the store', async () => {
  const { commit, pack } = await sent();
  const { repository } = fixture;
  const before = namesIn(repository.store);
  const broken = Uint8Array.from(pack);
  broken[broken.length - 1]! ^= 1;
  const no = async () => {
    throw new EntangleError('invalid', 'no');
  };
  for (const refused of [
    () => git.unpack(repository, broken, commit),
    () => git.unpack(repository, pack, 'a'.repeat(40)),
    () => git.unpack(repository, pack, commit, no),
  ])
    await expect(refused()).rejects.toMatchObject({ code: 'invalid' });
  expect(namesIn(repository.store)).toEqual(before);
  await git.unpack(repository, pack, commit, async (apart) => {
    expect(await git.resolve(apart, commit)).toBe(commit);
    expect(await git.resolve(repository, commit)).toBeNull();
  });
  expect(plainGit(repository.store, 'show', `${commit}:new.txt`)).toBe('new');
  expect(plainGit(repository.store, 'fsck', '--strict')).toBe('');
  expect(readdirSync(repository.store).filter((name) => name.startsWith('scratch-'))).toEqual([]);
});

test('what a git that was killed left of objects and packs is gone when the store is opened by the next process', async () => {
  const { commit, pack } = await sent();
  const { repository } = fixture;
  await git.unpack(repository, pack, commit);
  const whole = namesIn(repository.store);
  const left = {
    'objects/pack/tmp_pack_Ab12': 'x',
    'objects/pack/.tmp-77-pack-0a.pack': 'x',
    [`objects/pack/pack-${'a'.repeat(40)}.pack`]: 'moved, and its index was not',
    [`objects/pack/pack-${'a'.repeat(40)}.rev`]: 'x',
    'objects/ab/tmp_obj_x': 'x',
    'objects/incoming-Zz/pack/tmp_pack_1': 'x',
    'objects/tmp_objdir-incoming-Zz/x': 'x',
    'scratch-1/objects/pack/pack-1.pack': 'x',
  };
  writeFiles(repository.store, left);
  forgetStore(repository.store);
  await openStore(repository.store);
  expect(namesIn(repository.store)).toEqual(whole);
});

test('a store that is killed while it takes packs in has them with their index, or not at all', async () => {
  const { commit, pack } = await sent();
  const { repository } = fixture;
  const before = namesIn(repository.store).filter((name) => name.endsWith('.pack'));
  const killed = withQuarantine(repository.store, async (apart, takeIn) => {
    writeFileSync(join(apart, 'objects/pack/pack-1.pack'), pack);
    // The directory of its index is not there: the second step fails
    mkdirSync(join(repository.store, 'objects/pack/pack-1.idx'));
    writeFileSync(join(apart, 'objects/pack/pack-1.idx'), 'x');
    await takeIn();
  });
  await expect(killed).rejects.toThrow();
  expect(await git.resolve(repository, commit)).toBeNull();
  const after = namesIn(repository.store).filter((name) => name.endsWith('.pack'));
  expect(after).toEqual([...before, 'objects/pack/pack-1.pack'].sort());
});
