/** Hostile repositories, hostile engines, hostile remotes: no marker file appears, no credential leaves (T83-T89). */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createGit } from '../../src/adapters/git/git.ts';
import type { Repository } from '../../src/ports/index.ts';
import { gathered } from '../support/gathered.ts';
import { type Fixture, gitFixture, plainGit, TRAPPED_HOOKS, writeFiles } from '../support/git-fixtures.ts';

const git = createGit();
let fixture: Fixture;
let repository: Repository;
let marker: string;
let touch: string;

/** Configuration that runs `touch` at every chance git gives. */
const evilConfig = () => `[core]
	bare = false
	repositoryformatversion = 0
	fsmonitor = ${touch}
	hooksPath = ${fixture.root}/evil-hooks
	sshCommand = ${touch}
	pager = ${touch}
	askPass = ${touch}
	attributesFile = ${fixture.root}/evil-attributes
[filter "evil"]
	clean = ${touch}
	smudge = ${touch}
	process = ${touch}
	required = true
[diff "evil"]
	textconv = ${touch}
	command = ${touch}
[diff]
	external = ${touch}
[merge "evil"]
	driver = ${touch}
[credential]
	helper = !${touch}
[gpg]
	program = ${touch}
[remote "origin"]
	uploadpack = ${touch}
	receivepack = ${touch}
[uploadpack]
	packObjectsHook = ${touch}
[url "ext::${touch} "]
	insteadOf = file:///
[protocol "ext"]
	allow = always
[include]
	path = ${fixture.root}/more
`;

beforeEach(() => {
  fixture = gitFixture({ 'README.md': 'hello\n' });
  repository = fixture.repository;
  marker = join(fixture.root, 'MARKER');
  touch = join(fixture.root, 'evil.sh');
  writeFileSync(touch, `#!/bin/sh\necho "$0 $@" >> ${marker}\nexit 0\n`, { mode: 0o755 });
  mkdirSync(join(fixture.root, 'evil-hooks'));
  for (const hook of TRAPPED_HOOKS) symlinkSync(touch, join(fixture.root, 'evil-hooks', hook));
  writeFileSync(join(fixture.root, 'evil-attributes'), '* filter=evil diff=evil\n');
});
afterEach(() => fixture.remove());

const opened = async (name = 'tree') => {
  await git.fetch(repository, ['main']);
  const base = (await git.resolve(repository, 'main'))!;
  const tree = fixture.directory(name);
  await git.checkout(repository, base, tree);
  return { base, tree };
};
const committed = async (tree: string, parent: string): Promise<string | null> => {
  const { commit, problem } = await git.commit(repository, tree, {
    parent,
    message: 'work',
    at: 1_800_000_000,
  });
  // What asks for a filter is left out, and has run none
  if (problem && !problem.message.includes('the filter "evil"')) throw problem;
  return commit;
};
const everything = async (spoil: (tree: string) => void) => {
  const { base, tree } = await opened();
  spoil(tree);
  const id = (await committed(tree, base))!;
  await gathered(git.changes(repository, base, id));
  expect(await git.push(repository, { commit: id, branch: 'out', expected: null })).toBe('pushed');
  return {
    base,
    id,
    names: plainGit(fixture.remote, 'diff-tree', '-r', '--name-only', base, id).split('\n'),
  };
};
const unmarked = () => expect(existsSync(marker) ? readFileSync(marker, 'utf8') : '').toBe('');

test('the traps of this file do spring where git is used without care', () => {
  writeFiles(fixture.work, { '.gitattributes': '* filter=evil\n', x: 'x' });
  writeFileSync(join(fixture.work, '.git/config'), evilConfig());
  rmSync(join(fixture.root, 'more'), { force: true });
  expect(() => plainGit(fixture.work, 'status')).not.toThrow(/never/);
  expect(existsSync(marker)).toBe(true);
});

describe('an engine that writes into its worktree', () => {
  test('a .git directory with traps', async () => {
    const { names } = await everything((tree) => {
      writeFiles(tree, {
        '.git/config': evilConfig(),
        '.git/HEAD': 'ref: refs/heads/main\n',
        '.gitattributes': '*.evil filter=evil\n* diff=evil merge=evil\n',
        'x.evil': 'x',
        'new.txt': 'x',
      });
    });
    expect(names).toEqual(['.gitattributes', 'new.txt']);
    unmarked();
  });
  test('a .git file that leads to traps', async () => {
    const { names } = await everything((tree) => {
      const evil = fixture.directory('evil-git');
      writeFiles(evil, { config: evilConfig(), HEAD: 'ref: refs/heads/main\n' });
      rmSync(join(tree, '.git'), { recursive: true });
      writeFiles(tree, { '.git': `gitdir: ${evil}\n`, 'new.txt': 'x' });
    });
    expect(names).toEqual(['new.txt']);
    unmarked();
  });
  test('a nested repository, a nested .GIT and an embedded bare repository', async () => {
    const { names } = await everything((tree) => {
      plainGit(tree, 'init', '--quiet', 'nested');
      writeFileSync(join(tree, 'nested/.git/config'), evilConfig());
      writeFiles(tree, { 'nested/file': 'x', 'up/.GIT/config': evilConfig(), 'up/file': 'x' });
      plainGit(tree, 'init', '--quiet', '--bare', '--template=', 'bare');
      writeFileSync(join(tree, 'bare/config'), evilConfig());
    });
    expect(names).toEqual(['bare/HEAD', 'bare/config', 'nested/file', 'up/file']);
    unmarked();
  });
  test('attributes that change bytes change none', async () => {
    const { id } = await everything((tree) =>
      writeFiles(tree, {
        '.gitattributes': '* text=auto eol=crlf ident working-tree-encoding=UTF-16\n',
        'new.txt': 'a\r\n$Id$\n',
      }),
    );
    expect(
      execFileSync('git', ['cat-file', 'blob', `${id}:new.txt`], { cwd: fixture.remote }).toString(),
    ).toBe('a\r\n$Id$\n');
  });
  test('what it does after the commit is not pushed, and a changed store configuration runs nothing', async () => {
    const { base, tree } = await opened();
    writeFiles(tree, { 'new.txt': 'x', 'x.evil': 'x', '.gitattributes': '*.evil filter=evil\n' });
    writeFileSync(join(repository.store, 'config'), evilConfig());
    writeFileSync(join(repository.store, 'info/attributes'), '* filter=evil\n');
    for (const hook of TRAPPED_HOOKS) symlinkSync(touch, join(repository.store, 'hooks', hook));
    const id = (await committed(tree, base))!;
    writeFiles(tree, { 'new.txt': 'other', '.git/config': evilConfig() });
    writeFileSync(join(repository.store, 'config'), evilConfig());
    expect(await git.push(repository, { commit: id, branch: 'out', expected: null })).toBe('pushed');
    expect(plainGit(fixture.remote, 'rev-parse', 'out')).toBe(id);
    expect(plainGit(fixture.remote, 'show', 'out:new.txt')).toBe('x');
    unmarked();
  });
});

describe('a repository made to harm', () => {
  test('filters, drivers, submodules over ext:: and links in its tree', async () => {
    const { work } = fixture;
    symlinkSync('/etc/passwd', join(work, 'link'));
    symlinkSync('/etc', join(work, 'dir'));
    fixture.publish({
      '.gitattributes': '*.md filter=evil diff=evil merge=evil text eol=crlf\n',
      '.gitmodules': `[submodule "sub"]\n\tpath = sub\n\turl = https://example.com/sub\n\tupdate = checkout\n`,
    });
    const inner = '1'.repeat(40);
    plainGit(work, 'update-index', '--add', '--cacheinfo', `160000,${inner},sub`);
    plainGit(work, 'commit', '--quiet', '--message', 'submodule');
    plainGit(work, 'push', '--quiet', fixture.remote, 'HEAD:refs/heads/main');
    const { base, tree } = await opened();
    // Links that lead out are not written, and stay as they are
    expect(readdirSync(tree)).not.toEqual(expect.arrayContaining(['link', 'dir']));
    expect(readFileSync(join(tree, 'README.md'), 'utf8')).toBe('hello\n');
    expect(readdirSync(join(tree, 'sub'))).toEqual([]);
    expect(await committed(tree, base)).toBeNull();
    writeFiles(tree, { 'sub/x': 'x' });
    await expect(committed(tree, base)).rejects.toThrow('"sub" is a submodule');
    rmSync(join(tree, 'sub/x'));
    writeFiles(tree, { 'sub/.git/config': evilConfig(), 'new.txt': 'x' });
    const id = (await committed(tree, base))!;
    expect(plainGit(repository.store, 'diff-tree', '-r', '--name-status', base, id)).toBe('A\tnew.txt');
    expect(plainGit(repository.store, 'ls-tree', id, 'sub', 'link')).toBe(
      `120000 blob ${plainGit(repository.store, 'rev-parse', `${base}:link`)}\tlink\n160000 commit ${inner}\tsub`,
    );
    unmarked();
  });
  test.each(['.git', '.GIT', 'git~1', '.g\u200cit'])(
    'a tree with an entry %j is not fetched',
    async (name) => {
      const blob = plainGit(fixture.work, 'rev-parse', 'HEAD:README.md');
      const tree = (rows: string) =>
        execFileSync('git', ['mktree', '--missing'], {
          cwd: fixture.work,
          input: rows,
          encoding: 'utf8',
        }).trim();
      const root = tree(`040000 tree ${tree(`100755 blob ${blob}\tpost-checkout\n`)}\t${name}\n`);
      const commit = plainGit(fixture.work, 'commit-tree', '-m', 'evil', root);
      plainGit(fixture.work, 'push', '--quiet', '--force', fixture.remote, `${commit}:refs/heads/main`);
      await expect(git.fetch(repository, ['main'])).rejects.toMatchObject({ code: 'invalid' });
      expect(await git.resolve(repository, 'main')).toBeNull();
    },
  );
  test('a tree of ten thousand million files is refused in bounded time', async () => {
    let id = plainGit(fixture.work, 'rev-parse', 'HEAD^{tree}');
    for (let level = 0; level < 10; level++) {
      const rows = Array.from({ length: 10 }, (_, n) => `040000 tree ${id}\t${n}\n`).join('');
      id = execFileSync('git', ['mktree'], { cwd: fixture.work, input: rows, encoding: 'utf8' }).trim();
    }
    const before = plainGit(fixture.work, 'rev-parse', 'HEAD');
    const commit = plainGit(fixture.work, 'commit-tree', '-p', before, '-m', 'bomb', id);
    plainGit(fixture.work, 'push', '--quiet', fixture.remote, `${commit}:refs/heads/main`);
    await git.fetch(repository, ['main']);
    const out = fixture.directory('out');
    await expect(git.checkout(repository, commit, out)).rejects.toMatchObject({ code: 'invalid' });
    await expect(gathered(git.changes(repository, before, commit))).rejects.toThrow(/too large/);
    expect(readdirSync(out)).toEqual([]);
  });
  test.each([false, true])(
    'B2 a remote with hooks and alternates of its own runs them only where asked: %s',
    async (runsHooks) => {
      const config = readFileSync(join(fixture.remote, 'config'), 'utf8');
      const traps = `[core]\n\talternateRefsCommand = ${touch}\n\thooksPath = ${fixture.root}/evil-hooks\n`;
      writeFileSync(join(fixture.remote, 'config'), `${config}${traps}`);
      const other = fixture.directory('alternate');
      plainGit(other, 'init', '--quiet', '--bare');
      writeFileSync(join(fixture.remote, 'objects/info/alternates'), `${other}/objects\n`);
      const { base, tree } = await opened();
      writeFileSync(join(tree, 'new.txt'), 'x');
      const id = (await committed(tree, base))!;
      unmarked();
      const pushing = { ...repository, runsHooks };
      expect(await git.push(pushing, { commit: id, branch: 'out', expected: null })).toBe('pushed');
      expect(existsSync(marker)).toBe(runsHooks);
    },
  );
  test('a remote whose own configuration and whose hooks for fetching have traps', async () => {
    const config = readFileSync(join(fixture.remote, 'config'), 'utf8');
    writeFileSync(join(fixture.remote, 'config'), `${config}[uploadpack]\n\tpackObjectsHook = ${touch}\n`);
    await opened();
    unmarked();
  });
});

describe("this machine's own git configuration", () => {
  const before = { ...process.env };
  afterEach(() => {
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
    Object.assign(process.env, before);
  });
  test('is not read, and neither are GIT_ variables', async () => {
    const home = fixture.directory('evil-home');
    writeFiles(home, { '.gitconfig': evilConfig(), '.config/git/config': evilConfig() });
    writeFiles(home, { '.config/git/attributes': '* filter=evil\n' });
    Object.assign(process.env, {
      HOME: home,
      XDG_CONFIG_HOME: join(home, '.config'),
      GIT_CONFIG_GLOBAL: join(home, '.gitconfig'),
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'core.fsmonitor',
      GIT_CONFIG_VALUE_0: touch,
      GIT_EXTERNAL_DIFF: touch,
      GIT_SSH_COMMAND: touch,
      GIT_ASKPASS: touch,
      GIT_DIR: join(fixture.root, 'elsewhere'),
      GIT_PAGER: touch,
      EDITOR: touch,
    });
    const { names } = await everything((tree) =>
      writeFiles(tree, {
        'new.txt': 'x',
        'x.evil': 'x',
        '.gitattributes': '*.evil filter=evil\n* diff=evil\n',
      }),
    );
    expect(names).toEqual(['.gitattributes', 'new.txt']);
    unmarked();
  });
});

describe('operands that are options or other transports', () => {
  const urls = () => [
    `--upload-pack=${touch}`,
    `--upload-pac=${touch}`,
    `-u${touch}`,
    `ext::${touch}`,
    `ext::sh -c ${touch}`,
    'fd::3',
    `ssh://-oProxyCommand=${touch}/x`,
    `-oProxyCommand=${touch}@host:x`,
    'http://127.0.0.1/x',
    'git://127.0.0.1/x',
    'https://user:secret@127.0.0.1/x',
    `file://${fixture.remote}/../remote.git`,
  ];
  test('as remote', async () => {
    for (const url of urls()) {
      const hostile: Repository = { ...repository, url, protocols: ['https', 'ssh', 'file'] };
      await expect(git.fetch(hostile, ['main']), url).rejects.toMatchObject({ code: 'invalid' });
      await expect(git.remoteHead(hostile, 'main'), url).rejects.toMatchObject({ code: 'invalid' });
    }
    unmarked();
  });
  test('as branch, commit or directory', async () => {
    const { base, tree } = await opened();
    for (const name of [`--upload-pack=${touch}`, '-x', '../x', 'a..b', 'main:refs/heads/x', 'HEAD']) {
      await expect(git.remoteHead(repository, name), name).rejects.toMatchObject({ code: 'invalid' });
      await expect(git.resolve(repository, name), name).rejects.toMatchObject({ code: 'invalid' });
      await expect(
        git.push(repository, { commit: base, branch: name, expected: null }),
        name,
      ).rejects.toThrow(/branch/);
    }
    for (const id of ['--output=x', 'HEAD', 'main', base.toUpperCase()]) {
      await expect(git.checkout(repository, id, tree), id).rejects.toMatchObject({ code: 'invalid' });
      await expect(committed(tree, id), id).rejects.toMatchObject({ code: 'invalid' });
      await expect(git.push(repository, { commit: id, branch: 'x', expected: null }), id).rejects.toThrow(
        /commit id/,
      );
    }
    await expect(git.checkout(repository, base, 'relative')).rejects.toMatchObject({ code: 'invalid' });
    unmarked();
  });
});

test('a remote that moved during the approval is left alone', async () => {
  const { base, tree } = await opened();
  writeFileSync(join(tree, 'new.txt'), 'x');
  const id = (await committed(tree, base))!;
  const next = fixture.publish({ other: 'x' });
  expect(await git.push(repository, { commit: id, branch: 'main', expected: base })).toBe('moved');
  expect(plainGit(fixture.remote, 'rev-parse', 'main')).toBe(next);
});

test('a branch that moves between our look and the push is held by the lease', async () => {
  const { base, tree } = await opened();
  writeFileSync(join(tree, 'new.txt'), 'x');
  const id = (await committed(tree, base))!;
  const next = fixture.publish({ other: 'x' });
  plainGit(fixture.remote, 'update-ref', 'refs/heads/main', base);
  // The first answer to ls-remote is the old head; the branch moves right after it
  const wrapper = fixture.directory('bin');
  const real = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
  const move = `case " $* " in *" push "*) env -i PATH="$PATH" ${real} -C ${fixture.remote} update-ref refs/heads/main ${next};; esac`;
  writeFileSync(join(wrapper, 'git'), `#!/bin/sh\n${move}\nexec ${real} "$@"\n`);
  chmodSync(join(wrapper, 'git'), 0o755);
  const path = process.env.PATH;
  process.env.PATH = `${wrapper}:${path}`;
  try {
    expect(await git.push(repository, { commit: id, branch: 'main', expected: base })).toBe('moved');
  } finally {
    process.env.PATH = path;
  }
  expect(plainGit(fixture.remote, 'rev-parse', 'main')).toBe(next);
});

test('the store, its scratch and the workspace keep no credentials, and only we can read the store', async () => {
  await opened();
  expect(statSync(repository.store).mode & 0o077).toBe(0);
  unlinkSync(join(fixture.root, 'evil.sh'));
  expect(readdirSync(repository.store).filter((name) => name.startsWith('scratch-'))).toEqual([]);
});
