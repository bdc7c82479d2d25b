/** Links, filters, line ends, submodules, odd names and modes: each comes back as it was, or is refused by its name. */
import {
  appendFileSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { gathered } from '../../../test/support/gathered.ts';
import {
  type Fixture,
  feedGit,
  gitFixture,
  give,
  headOf,
  plainGit,
  writeFiles,
} from '../../../test/support/git-fixtures.ts';
import { createGit } from './git.ts';

const git = createGit();
const AT = 1_800_000_000;
let fixture: Fixture;
beforeEach(() => {
  fixture = gitFixture({ 'README.md': 'hello\n', 'src/run.sh': '#!/bin/sh\n' });
});
afterEach(() => fixture.remove());

const opened = async (name = 'tree') => {
  await git.fetch(fixture.repository, ['main']);
  const base = (await git.resolve(fixture.repository, 'main'))!;
  const tree = fixture.directory(name);
  await git.checkout(fixture.repository, base, tree);
  return { base, tree };
};
const committed = (tree: string, parent: string, message = 'work') =>
  git.commit(fixture.repository, tree, { parent, message, at: AT });
const commit = async (tree: string, parent: string, message?: string): Promise<string | null> => {
  const { commit: id, problem } = await committed(tree, parent, message);
  if (problem) throw problem;
  return id;
};
const changed = (from: string, to: string) => gathered(git.changes(fixture.repository, from, to));
const show = (...args: string[]) => plainGit(fixture.repository.store, ...args);

describe('what is not a plain file comes back as it was, or is refused', () => {
  const changedTo = async (from: Record<string, string>, act: (tree: string) => void) => {
    for (const [path, target] of Object.entries(from)) symlinkSync(target, join(fixture.work, path));
    fixture.publish({ 'AGENTS.md': '# Agents\n', 'src/a': 'a\n' });
    const { base, tree } = await opened();
    act(tree);
    const id = await commit(tree, base);
    return { base, id, tree };
  };
  const modes = (id: string) => show('ls-tree', '-r', '--format=%(objectmode) %(path)', id).split('\n');
  const LINKS = { 'CLAUDE.md': 'AGENTS.md', docs: 'src', 'src/up': '../README.md' };

  test('R1 a link inside the tree is a link; what is written through it changes its target', async () => {
    const { base, id, tree } = await changedTo(LINKS, (path) => {
      expect(readFileSync(join(path, 'CLAUDE.md'), 'utf8')).toBe('# Agents\n');
      appendFileSync(join(path, 'CLAUDE.md'), 'a rule\n'.repeat(100));
      writeFileSync(join(path, 'docs/new'), 'x');
    });
    expect(readlinkSync(join(tree, 'src/up'))).toBe('../README.md');
    expect(show('diff-tree', '-r', '--name-status', base, id!)).toBe('M\tAGENTS.md\nA\tsrc/new');
  });
  test('a link is made, led elsewhere, removed, and replaced by a file: a file is never the target of a link', async () => {
    const { base, id } = await changedTo(LINKS, (path) => {
      symlinkSync('src', join(path, 'made'));
      unlinkSync(join(path, 'docs'));
      unlinkSync(join(path, 'src/up'));
      symlinkSync('a', join(path, 'src/up'));
      unlinkSync(join(path, 'CLAUDE.md'));
      writeFileSync(join(path, 'CLAUDE.md'), 'text\n');
    });
    expect(show('diff-tree', '-r', '--name-status', base, id!)).toBe(
      'T\tCLAUDE.md\nD\tdocs\nA\tmade\nM\tsrc/up',
    );
    expect(modes(id!)).toEqual(expect.arrayContaining(['100644 CLAUDE.md', '120000 made', '120000 src/up']));
    expect([show('show', `${id}:made`), show('show', `${id}:src/up`)]).toEqual(['src', 'a']);
  });
  test('a link that leads out is not written, and stays', async () => {
    const out = { abs: '/etc/passwd', up: '../x', 'src/deep': '../../x', odd: 'a/../../x' };
    const { base, id } = await changedTo(out, (path) => {
      expect(readdirSync(path).filter((name) => name in out)).toEqual([]);
      writeFileSync(join(path, 'new'), 'x');
    });
    expect(show('diff-tree', '-r', '--name-status', base, id!)).toBe('A\tnew');
  });
  test('R7 odd names that nobody touched stay; one that was is refused by its name, and the rest is kept', async () => {
    const odd = ['dev-disk-by\\x2dlabel.mount', 'Icon\r', 'a\tb/c'];
    fixture.publish(Object.fromEntries(odd.map((name) => [name, `${name}\n`])));
    writeFileSync(Buffer.from(`${fixture.work}/caf\xe9`, 'latin1'), 'latin\n');
    fixture.publish({});
    const { base, tree } = await opened();
    writeFileSync(join(tree, 'new'), 'x');
    const id = (await commit(tree, base))!;
    expect(show('diff-tree', '-r', '--name-status', base, id)).toBe('A\tnew');
    expect((await changed(base, id)).map(({ path }) => path)).toEqual(['new']);
    writeFileSync(join(tree, odd[0]!), 'changed');
    const { commit: rest, problem } = await committed(tree, base, 'again');
    expect(problem?.message).toContain(JSON.stringify(odd[0]));
    expect(show('diff-tree', '-r', '--name-status', base, rest!)).toBe('A\tnew');
    unlinkSync(join(tree, odd[0]!));
    writeFileSync(Buffer.from(`${tree}/new\xe9`, 'latin1'), 'x');
    expect((await committed(tree, base)).problem?.message).toMatch(
      /has control characters.*, and one more like it/,
    );
  });
  const POINTER = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 12345\n`;
  test.each<[string, string, Record<string, string>, RegExp | null]>([
    ['a pointer of Git LFS', '*.bin filter=lfs diff=lfs merge=lfs -text', { 'a.bin': POINTER }, null],
    [
      'what Git LFS would store',
      '*.bin filter=lfs diff=lfs merge=lfs -text',
      { 'a.bin': 'raw' },
      /"a.bin" is stored by Git LFS/,
    ],
    ['an empty file of Git LFS', '*.bin filter=lfs', { 'a.bin': '' }, null],
    [
      'what another filter changes',
      'secret/** filter=git-crypt',
      { 'secret/key': 'x' },
      /the filter "git-crypt"/,
    ],
    ['what no filter changes', 'secret/** filter=git-crypt', { 'other/key': 'x' }, null],
    ['UTF-8 that a checkout recodes', '*.txt working-tree-encoding=UTF-16', { 'a.txt': 'ü\n' }, null],
    [
      'what has been recoded',
      '*.txt working-tree-encoding=UTF-16',
      { 'a.txt': '\xff\xfea\0' },
      /is UTF-8 in the repository/,
    ],
  ])('R19 %s, %s', async (_what, attributes, files, words) => {
    fixture.publish({ '.gitattributes': `${attributes}\n`, 'old.bin': POINTER });
    const { base, tree } = await opened();
    for (const [path, text] of Object.entries(files))
      writeFiles(tree, { [path]: Buffer.from(text, words ? 'latin1' : 'utf8') });
    writeFileSync(join(tree, 'fine'), 'x');
    const { commit: id, problem } = await committed(tree, base);
    if (words) expect(problem?.message).toMatch(words);
    else expect(problem).toBe(null);
    const names = words ? ['fine'] : [...Object.keys(files), 'fine'];
    expect(show('diff-tree', '-r', '--name-only', base, id!).split('\n').sort()).toEqual(names.sort());
  });
  test('line ends are the bytes that they are, whatever .gitattributes asks for', async () => {
    const files = { 'crlf.bat': 'a\r\nb\r\n', 'lf.txt': 'a\nb\n', 'mixed.txt': 'a\r\nb\n' };
    for (const [path, text] of Object.entries(files)) {
      const id = feedGit(fixture.work, text, 'hash-object', '-w', '--no-filters', '--stdin');
      plainGit(fixture.work, 'update-index', '--add', '--cacheinfo', `100644,${id},${path}`);
    }
    const attributes = '* text=auto\n*.bat text eol=crlf\n';
    const id = feedGit(fixture.work, attributes, 'hash-object', '-w', '--stdin');
    plainGit(fixture.work, 'update-index', '--add', '--cacheinfo', `100644,${id},.gitattributes`);
    plainGit(fixture.work, 'commit', '--quiet', '--message', 'line ends');
    give(fixture.work, fixture.remote, headOf(fixture.work), 'main');
    const { base, tree } = await opened();
    for (const [path, text] of Object.entries(files))
      expect(readFileSync(join(tree, path), 'utf8')).toBe(text);
    expect(await commit(tree, base)).toBeNull();
    appendFileSync(join(tree, 'crlf.bat'), 'c\r\n');
    const made = (await commit(tree, base))!;
    expect(plainGit(fixture.repository.store, 'cat-file', '-s', `${made}:crlf.bat`)).toBe('9');
  });
  test('R20 submodules stay; what is written into one is refused', async () => {
    plainGit(fixture.work, 'update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},sub`);
    plainGit(fixture.work, 'commit', '--quiet', '--message', 'submodule');
    give(fixture.work, fixture.remote, headOf(fixture.work), 'main');
    const { base, tree } = await opened();
    writeFiles(tree, { new: 'x', 'sub/file': 'x' });
    const { commit: id, problem } = await committed(tree, base);
    expect(problem?.message).toContain('"sub" is a submodule');
    expect(show('diff-tree', '-r', '--name-status', base, id!)).toBe('A\tnew');
  });
  test('a mode that old tools wrote is no change', async () => {
    const blob = plainGit(fixture.work, 'rev-parse', 'HEAD:README.md');
    const entry = Buffer.concat([Buffer.from('100664 README.md\0'), Buffer.from(blob, 'hex')]);
    const args = ['hash-object', '-t', 'tree', '-w', '--literally', '--stdin'];
    const old = plainGit(fixture.work, 'commit-tree', '-m', 'old', feedGit(fixture.work, entry, ...args));
    give(fixture.work, fixture.remote, old, 'main');
    const { base, tree } = await opened();
    expect(await commit(tree, base)).toBeNull();
    writeFileSync(join(tree, 'new'), 'x');
    expect((await changed(base, (await commit(tree, base))!)).map(({ path }) => path)).toEqual(['new']);
  });
  test('B11 a message has no control characters and no hidden ones', async () => {
    const { base, tree } = await opened();
    writeFileSync(join(tree, 'new'), 'x');
    const id = (await commit(tree, base, 'a\x1b[31mb\r\u202ec\n\nbody\n'))!;
    expect(show('log', '-1', '--format=%B', id)).toBe('a\\x1b[31mb\\x0d\\u{202e}c\n\nbody');
  });
});
