import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { contentOf } from '../../../test/support/changed-files.ts';
import { times } from '../../../test/support/counts.ts';
import { gathered } from '../../../test/support/gathered.ts';
import {
  type Fixture,
  gitFixture,
  PRINCIPAL,
  plainGit,
  writeFiles,
} from '../../../test/support/git-fixtures.ts';
import type { FileSide } from '../../core/source/changes.ts';
import { createGit } from './git.ts';

const git = createGit();
const AT = 1_800_000_000;
let fixture: Fixture;
beforeEach(() => {
  fixture = gitFixture({
    'README.md': 'hello\n',
    'src/run.sh': '#!/bin/sh\n',
    '.gitignore': 'out/\n*.log\n',
  });
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

describe('fetch and resolve', () => {
  test('branches and ids resolve after a fetch, others do not', async () => {
    await git.fetch(fixture.repository, ['main']);
    const head = plainGit(fixture.work, 'rev-parse', 'HEAD');
    expect(await git.resolve(fixture.repository, 'main')).toBe(head);
    expect(await git.resolve(fixture.repository, head)).toBe(head);
    expect(await git.resolve(fixture.repository, 'nope')).toBeNull();
    expect(await git.resolve(fixture.repository, 'a'.repeat(40))).toBeNull();
    const tree = plainGit(fixture.work, 'rev-parse', 'HEAD^{tree}');
    expect(await git.resolve(fixture.repository, tree)).toBeNull();
  });
  test('the remote head is read now, and only for the exact branch', async () => {
    expect(await git.remoteHead(fixture.repository, 'nope')).toBeNull();
    plainGit(fixture.work, 'push', '-q', fixture.remote, 'HEAD:refs/heads/x/refs/heads/y');
    expect(await git.remoteHead(fixture.repository, 'y')).toBeNull();
    const next = fixture.publish({ b: 'b' });
    expect(await git.remoteHead(fixture.repository, 'main')).toBe(next);
  });
  test('a remote that is not there is not found', async () => {
    const repository = { ...fixture.repository, url: `file://${fixture.root}/none.git` };
    await expect(git.fetch(repository, ['main'])).rejects.toMatchObject({ code: 'not_found' });
  });
  test('a scheme that its owner did not allow is refused', async () => {
    const repository = { ...fixture.repository, protocols: ['https'] as const };
    await expect(git.fetch(repository, ['main'])).rejects.toMatchObject({ code: 'invalid' });
  });
  test('the store is private and a changed configuration is written over', async () => {
    await git.fetch(fixture.repository, ['main']);
    const { store } = fixture.repository;
    expect(statSync(store).mode & 0o777).toBe(0o700);
    writeFileSync(join(store, 'config'), '[core]\n\tfsmonitor = touch /nowhere\n');
    await git.fetch(fixture.repository, ['main']);
    expect(readFileSync(join(store, 'config'), 'utf8')).toContain('fsmonitor = false');
  });
});

describe('checkout and commit', () => {
  test('files only; nothing changed is null', async () => {
    const { base, tree } = await opened();
    expect(readdirSync(tree).sort()).toEqual(['.git', '.gitignore', 'README.md', 'src']);
    expect(await commit(tree, base)).toBeNull();
    expect(readdirSync(fixture.repository.store).filter((n) => n.startsWith('scratch-'))).toEqual([]);
  });
  test('a directory with something in it is refused', async () => {
    const { base, tree } = await opened();
    await expect(git.checkout(fixture.repository, base, tree)).rejects.toMatchObject({ code: 'conflict' });
  });
  test('author, committer, date, message and parent are as asked', async () => {
    const { base, tree } = await opened();
    writeFileSync(join(tree, 'new.txt'), 'new\n');
    const id = await commit(tree, base, 'first line\n\nsecond\n');
    expect(show('log', '-1', '--format=%an|%ae|%at|%cn|%ce|%ct|%P|%B', id!)).toBe(
      `Agent|agent@example.com|${AT}|Agent|agent@example.com|${AT}|${base}|first line\n\nsecond`,
    );
    expect(show('rev-parse', `refs/entangle/${id}`)).toBe(id);
    expect(await git.resolve(fixture.repository, id!)).toBe(id);
  });
  test('added, removed, changed and made executable', async () => {
    const { base, tree } = await opened();
    writeFiles(tree, { 'a/ü.txt': 'x', 'README.md': 'changed\r\n' });
    unlinkSync(join(tree, '.gitignore'));
    chmodSync(join(tree, 'src/run.sh'), 0o755);
    const id = (await commit(tree, base))!;
    const changes = await changed(base, id);
    const text = (side: FileSide | null) =>
      side && `${side.mode} ${Buffer.from(contentOf(side)!).toString()}`;
    expect(changes.map((c) => [c.path, text(c.old), text(c.new)])).toEqual([
      ['.gitignore', '100644 out/\n*.log\n', null],
      ['README.md', '100644 hello\n', '100644 changed\r\n'],
      ['a/ü.txt', null, '100644 x'],
      ['src/run.sh', '100644 #!/bin/sh\n', '100755 #!/bin/sh\n'],
    ]);
  });
  test('ignored files stay out, also links and pipes among them; tracked ones stay in', async () => {
    fixture.publish({ 'out/kept.txt': 'kept\n', 'kept.log': 'kept\n' });
    const { base, tree } = await opened();
    writeFiles(tree, {
      'out/new.txt': 'x',
      'x.log': 'x',
      'sub/.gitignore': 'deep\n',
      'sub/deep': 'x',
      'sub/ok': 'x',
    });
    symlinkSync('/etc', join(tree, 'out/link'));
    mkdirSync(join(tree, 'sub/out'));
    symlinkSync('/etc', join(tree, 'sub/out/link'));
    writeFileSync(join(tree, 'kept.log'), 'changed\n');
    const id = (await commit(tree, base))!;
    expect(show('diff-tree', '-r', '--name-status', base, id)).toBe(
      'M\tkept.log\nA\tsub/.gitignore\nA\tsub/ok',
    );
  });
  test('the commit is signed where the principal has a key', async () => {
    const { base, tree } = await opened();
    const key = join(fixture.root, 'key');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
    writeFileSync(join(tree, 'new.txt'), 'new\n');
    const repository = { ...fixture.repository, principal: { ...PRINCIPAL, sshKeyFile: key } };
    const id = (await git.commit(repository, tree, { parent: base, message: 'signed', at: AT })).commit!;
    const allowed = join(fixture.root, 'allowed');
    writeFileSync(allowed, `agent@example.com ${readFileSync(`${key}.pub`, 'utf8')}`);
    const format = show('-c', `gpg.ssh.allowedSignersFile=${allowed}`, 'log', '-1', '--format=%G?|%GS', id);
    expect(format).toBe('G|agent@example.com');
  });
  test.each([
    ['a symbolic link that leads out', (tree: string) => symlinkSync('/etc/passwd', join(tree, 'x'))],
    ['a link that climbs out', (tree: string) => symlinkSync('../../x', join(tree, 'src/x'))],
    ['a link that climbs after a name', (tree: string) => symlinkSync('src/../../x', join(tree, 'x'))],
    ['a link into a .git', (tree: string) => symlinkSync('.git/config', join(tree, 'x'))],
    ['a link to a directory', (tree: string) => symlinkSync('/etc', join(tree, 'x'))],
    ['a pipe', (tree: string) => execFileSync('mkfifo', [join(tree, 'x')])],
    [
      'a pipe as .gitignore',
      (tree: string) => {
        mkdirSync(join(tree, 'd'));
        execFileSync('mkfifo', [join(tree, 'd/.gitignore')]);
      },
    ],
    [
      'a hard link',
      (tree: string) => {
        writeFileSync(join(tree, '..', 'outside'), 'secret');
        linkSync(join(tree, '..', 'outside'), join(tree, 'x'));
      },
    ],
    [
      'a tracked file replaced by a link',
      (tree: string) => {
        unlinkSync(join(tree, 'README.md'));
        symlinkSync('/etc/passwd', join(tree, 'README.md'));
      },
    ],
    [
      'a tracked directory replaced by a link',
      (tree: string) => {
        rmSync(join(tree, 'src'), { recursive: true });
        symlinkSync('/etc', join(tree, 'src'));
      },
    ],
    ['a file name with a line feed', (tree: string) => writeFileSync(join(tree, 'a\nb'), '')],
    [
      'a file name that is not UTF-8',
      (tree: string) => writeFileSync(Buffer.concat([Buffer.from(`${tree}/a`), Buffer.from([0xff])]), ''),
    ],
    ['a deep tree', (tree: string) => mkdirSync(join(tree, ...Array(80).fill('d')), { recursive: true })],
    [
      'a sparse file of a terabyte',
      (tree: string) => execFileSync('truncate', ['-s', '1T', join(tree, 'x')]),
    ],
  ])('%s is refused with a clear error', async (_name, spoil) => {
    const { base, tree } = await opened();
    spoil(tree);
    await expect(commit(tree, base)).rejects.toMatchObject({ code: 'invalid' });
  });
  test('a picture of 20 MB is replaced, and ten megabytes of text are one line longer', async () => {
    const [picture, lines] = [Buffer.alloc(20 * 1024 * 1024, 7), 'a line of text\n'.repeat(700_000)];
    fixture.publish({ picture, 'lines.txt': lines });
    const { base, tree } = await opened();
    writeFiles(tree, { picture: Buffer.alloc(21 * 1024 * 1024, 8), 'lines.txt': `${lines}more\n` });
    const changes = await changed(base, (await commit(tree, base))!);
    expect(
      changes.map(({ path, old, new: now }) => [path, contentOf(old)?.length, contentOf(now)?.length]),
    ).toEqual([
      ['lines.txt', lines.length, lines.length + 5],
      ['picture', 20 * 1024 * 1024, 21 * 1024 * 1024],
    ]);
  });
  test('a principal that could forge a header line is refused', async () => {
    const { base, tree } = await opened();
    writeFileSync(join(tree, 'x'), '');
    const principal = { name: 'A\nparent x', email: 'a@b' };
    const repository = { ...fixture.repository, principal };
    await expect(git.commit(repository, tree, { parent: base, message: 'm', at: AT })).rejects.toThrow(
      /principal/,
    );
  });
});

describe('a store that a killed git left', () => {
  test.each([
    [
      'locks',
      (store: string) => leave(store, 'refs/remotes/origin/main.lock', 'packed-refs.lock', 'config.lock'),
    ],
    ['half made', (store: string) => rmSync(join(store, 'objects'), { recursive: true })],
    ['with an empty HEAD', (store: string) => writeFileSync(join(store, 'HEAD'), '')],
  ])('%s: the next process fetches all the same', async (_what, damage) => {
    const { repository } = fixture;
    await git.fetch(repository, ['main']);
    damage(repository.store);
    const again = [
      `import { createGit } from ${JSON.stringify(new URL('./git.ts', import.meta.url).href)};`,
      `await createGit().fetch(${JSON.stringify(repository)}, ['main']);`,
    ].join('\n');
    execFileSync(process.execPath, ['--input-type=module', '-e', again], { stdio: 'pipe' });
    expect(await git.resolve(repository, 'main')).toMatch(/^[0-9a-f]{40}$/);
  });
  const leave = (store: string, ...names: string[]) => {
    for (const name of names) {
      mkdirSync(dirname(join(store, name)), { recursive: true });
      writeFileSync(join(store, name), '');
    }
  };
});

describe('push', () => {
  const made = async () => {
    const { base, tree } = await opened();
    writeFileSync(join(tree, 'new.txt'), 'new\n');
    return { base, tree, id: (await commit(tree, base))! };
  };
  const head = (branch = 'main') => plainGit(fixture.remote, 'rev-parse', `refs/heads/${branch}`);

  test('to a new branch, and again after a lost answer', async () => {
    const { id } = await made();
    const push = () => git.push(fixture.repository, { commit: id, branch: 'entangle/1', expected: null });
    expect(await push()).toBe('pushed');
    expect(head('entangle/1')).toBe(id);
    expect(await push()).toBe('pushed');
  });
  test('a remote that refuses is an error with its words, and bounded', async () => {
    const { base, id } = await made();
    const hook = join(fixture.remote, 'hooks/pre-receive');
    writeFileSync(hook, '#!/bin/sh\necho policy says no >&2\nexit 1\n', { mode: 0o755 });
    const repository = { ...fixture.repository, runsHooks: true };
    const push = git.push(repository, { commit: id, branch: 'main', expected: base });
    await expect(push).rejects.toThrow(/policy says no|pre-receive/);
    expect(head()).toBe(base);
  });
  test('what the engine does after the commit is not pushed', async () => {
    const { base, tree, id } = await made();
    rmSync(join(tree, '.git'), { recursive: true });
    writeFiles(tree, { 'evil.txt': 'evil\n', '.git': 'gitdir: /tmp/evil\n' });
    await git.push(fixture.repository, { commit: id, branch: 'main', expected: base });
    expect(plainGit(fixture.remote, 'diff-tree', '-r', '--name-only', base, 'main')).toBe('new.txt');
  });
});

test('many turns at once on one store', async () => {
  const turns = times(4, 20);
  const turn = async (n: number) => {
    const { base, tree } = await opened(`tree-${n}`);
    writeFileSync(join(tree, `file-${n}`), `${n}\n`);
    const id = (await commit(tree, base, `turn ${n}`))!;
    const result = await git.push(fixture.repository, { commit: id, branch: `turn/${n}`, expected: null });
    expect(result).toBe('pushed');
    expect(plainGit(fixture.remote, 'show', `refs/heads/turn/${n}:file-${n}`)).toBe(`${n}`);
  };
  await Promise.all(Array.from({ length: turns }, (_, n) => turn(n)));
  // And the one that all begin from
  expect(show('for-each-ref', 'refs/entangle/').split('\n')).toHaveLength(turns + 1);
  expect(existsSync(join(fixture.repository.store, 'FETCH_HEAD'))).toBe(false);
});
