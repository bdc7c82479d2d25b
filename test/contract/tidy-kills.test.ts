/** kill -9 at any moment of the tidying of a store: what is kept is whole, and the next one ends it. */

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, watch } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createGit } from '../../src/adapters/git/git.ts';
import { bundledProgram } from '../support/bundled-program.ts';
import { type Fixture, gitFixture, plainGit, writeFiles } from '../support/git-fixtures.ts';

let fixture: Fixture;
beforeEach(() => {
  fixture = gitFixture();
});
afterEach(() => fixture.remove());

const git = createGit();
const COUNT = process.env.SLOW === '1' ? 60 : 6;
const KILLS = 3;
const SCRIPT = bundledProgram(join(import.meta.dirname, '../support/tidy-once.ts'));

/** Ends with its whole group when so many files of the store were touched, or by itself; whether it was killed. */
const killedAfter = async (store: string, kept: string, touches: number): Promise<boolean> => {
  let seen = 0;
  const watcher = watch(store, { recursive: true });
  const child: ChildProcess = spawn(process.execPath, [SCRIPT, store, kept], { detached: true });
  watcher.on('change', () => {
    seen += 1;
    if (seen === touches && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  });
  const signal = await new Promise((done) => child.on('exit', (_code, by) => done(by)));
  watcher.close();
  return signal === 'SIGKILL';
};

test('T153 a store whose tidying is killed has all that is kept, and the next tidying ends it', async () => {
  const { repository, root } = fixture;
  const { store } = repository;
  await git.fetch(repository, ['main']);
  const base = (await git.resolve(repository, 'main'))!;
  const commitOf = async (name: string): Promise<string> => {
    const tree = join(root, name);
    mkdirSync(tree);
    await git.checkout(repository, base, tree);
    writeFiles(tree, { [`${name}.txt`]: name.repeat(1000) });
    return (await git.commit(repository, tree, { parent: base, message: name, at: 1_800_000_000 })).commit!;
  };
  const kept = await commitOf('kept');
  let kills = 0;
  // A busy machine tells of what was touched when all is over: then the kill of that round came too late
  for (let round = 0; round < COUNT || (kills < KILLS && round < COUNT * 10); round++) {
    const gone = await commitOf(`gone${round}`);
    if (await killedAfter(store, kept, 1 + (round % COUNT) * 7)) kills += 1;
    expect(plainGit(store, 'show', `${kept}:kept.txt`)).toBe('kept'.repeat(1000));
    await git.tidy(store, (commit) => commit === kept, true);
    expect(plainGit(store, 'fsck', '--strict', '--no-dangling')).toBe('');
    expect([await git.resolve(repository, kept), await git.resolve(repository, gone)]).toEqual([kept, null]);
    expect(readdirSync(join(store, 'objects/pack')).filter((name) => !name.startsWith('pack-'))).toEqual([]);
    expect(readdirSync(join(store, 'objects/pack')).filter((name) => name.endsWith('.pack'))).toHaveLength(1);
  }
  expect(kills).toBeGreaterThanOrEqual(KILLS);
});
