/** Which programs a turn starts of git: each start of one from a large process costs more than what it does. */
import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Fixture, gitFixture, plainGit, writeFiles } from '../../../test/support/git-fixtures.ts';
import { findProgram } from '../system/child-process.ts';
import { createGit } from './git.ts';

const git = createGit();
const path = process.env.PATH;
let fixture: Fixture;
let log: string;
beforeEach(() => {
  fixture = gitFixture({ 'a.txt': 'one\n', 'd/b': 'b\n', '.gitignore': 'out/\n' });
  const [programs, real] = [join(fixture.root, 'programs'), findProgram('git')];
  log = join(fixture.root, 'started');
  mkdirSync(programs);
  writeFileSync(join(programs, 'git'), `#!/bin/sh\necho "$*" >> '${log}'\nexec '${real}' "$@"\n`);
  chmodSync(join(programs, 'git'), 0o755);
  process.env.PATH = `${programs}${delimiter}${path}`;
});
afterEach(() => {
  process.env.PATH = path;
  fixture.remove();
});

/** The verbs since it was asked before. */
const started = (): string[] => {
  const text = readFileSync(log, 'utf8');
  rmSync(log);
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line) => line.replace(/^(?:-c \S+ )*/, '').split(' ')[0]!);
};
let turns = 0;
/** What the remote's head is, and the commit of it. */
const turn = async (left: Record<string, string>) => {
  const directory = fixture.directory(`turn-${++turns}`);
  await git.fetch(fixture.repository, ['main', 'mine']);
  const own = await git.resolve(fixture.repository, 'mine');
  const base = own ?? (await git.resolve(fixture.repository, 'main'))!;
  await git.checkout(fixture.repository, base, directory);
  writeFiles(directory, left);
  const { commit } = await git.commit(fixture.repository, directory, {
    ...{ parent: base, message: 'work', at: 1_700_000_000 },
  });
  return { base, commit };
};

test('a remote that stands where it stood, and nothing left: four', async () => {
  await turn({});
  started();
  expect((await turn({})).commit).toBeNull();
  expect(started()).toEqual(['ls-remote', 'read-tree', 'checkout-index', 'pack-objects']);
});

test('only what is new there is asked about, and only what changed is taken', async () => {
  await turn({});
  started();
  const { base, commit } = await turn({ 'd/b': 'c\n' });
  expect(plainGit(fixture.repository.store, 'diff', '--name-only', base, commit!)).toBe('d/b');
  expect(started().slice(4)).toEqual([
    ...['read-tree', 'add', 'write-tree', 'ls-tree', 'check-attr', 'commit-tree', 'update-ref'],
  ]);
  await turn({ 'out/x': 'x\n' });
  expect(started().slice(4)).toEqual(['check-ignore']);
});

test('a branch that moved at the remote is fetched, one that went is forgotten, one that came is gone on from', async () => {
  const first = (await turn({})).base;
  const second = fixture.publish({ 'a.txt': 'two\n' });
  started();
  expect((await turn({})).base).toBe(second);
  expect(started().slice(0, 3)).toEqual(['ls-remote', 'fetch', 'rev-parse']);
  plainGit(fixture.remote, 'update-ref', 'refs/heads/mine', first);
  expect((await turn({})).base).toBe(first);
  plainGit(fixture.remote, 'update-ref', '-d', 'refs/heads/mine');
  started();
  expect((await turn({})).base).toBe(second);
  expect(started().slice(0, 2)).toEqual(['ls-remote', 'update-ref']);
});

test('references that are packed are read there, and git is asked of what is no plain one', async () => {
  const { base } = await turn({});
  plainGit(fixture.repository.store, 'update-ref', '-d', `refs/entangle/${base}`);
  plainGit(fixture.repository.store, 'pack-refs', '--all');
  started();
  expect((await turn({})).base).toBe(base);
  expect(started().slice(0, 3)).toEqual(['ls-remote', 'update-ref', 'read-tree']);
  const later = fixture.publish({ 'a.txt': 'two\n' });
  expect((await turn({})).base).toBe(later);
  const ref = 'refs/remotes/origin/main';
  plainGit(fixture.repository.store, 'symbolic-ref', ref, 'refs/remotes/origin/other');
  plainGit(fixture.repository.store, 'update-ref', 'refs/remotes/origin/other', base);
  expect(await git.resolve(fixture.repository, 'main')).toBe(base);
  expect(await git.resolve(fixture.repository, 'oth')).toBeNull();
});

test('a configuration that somebody changed is written anew, one that is right is left', async () => {
  await turn({});
  const config = join(fixture.repository.store, 'config');
  const [text, { ino }] = [readFileSync(config, 'utf8'), statSync(config)];
  await turn({});
  expect(statSync(config).ino).toBe(ino);
  writeFileSync(config, `${text}[core]\n\thooksPath = /tmp\n`);
  await turn({});
  expect(readFileSync(config, 'utf8')).toBe(text);
});

test('a file that is of the same length, or only executable now, or only gone, is a change', async () => {
  const { base } = await turn({});
  const left = fixture.directory('left');
  const committed = async () => {
    const at = { parent: base, message: 'work', at: 1_700_000_000 };
    const { commit } = await git.commit(fixture.repository, left, at);
    return commit && plainGit(fixture.repository.store, 'diff', '--name-status', base, commit);
  };
  await git.checkout(fixture.repository, base, left);
  expect(await committed()).toBeNull();
  writeFiles(left, { 'a.txt': 'two\n' });
  expect(await committed()).toBe('M\ta.txt');
  writeFiles(left, { 'a.txt': 'one\n' });
  chmodSync(join(left, 'a.txt'), 0o755);
  expect(await committed()).toBe('M\ta.txt');
  rmSync(join(left, 'a.txt'));
  expect(await committed()).toBe('D\ta.txt');
});
