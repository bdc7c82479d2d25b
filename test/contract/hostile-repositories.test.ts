/**
 * Fourteen kinds of hostile repositories (T81–T87), each in what a remote gives, in what an engine leaves, or in both: the
 * way of a turn over them starts nothing, writes nothing outside of its workspace, and what it publishes has none of them.
 */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createGit } from '../../src/adapters/git/git.ts';
import { EntangleError } from '../../src/core/errors.ts';
import { gathered } from '../support/gathered.ts';
import {
  type Fixture,
  feedGit,
  gitFixture,
  plainGit,
  TRAPPED_HOOKS,
  writeFiles,
} from '../support/git-fixtures.ts';

const git = createGit();
let fixture: Fixture;
let marker: string;
let touch: string;
let outside: string;

beforeEach(() => {
  fixture = gitFixture({ 'README.md': 'hello\n' });
  marker = join(fixture.root, 'MARKER');
  touch = join(fixture.root, 'touch.sh');
  writeFileSync(touch, `#!/bin/sh\necho "$0 $@" >> ${marker}\nexit 0\n`, { mode: 0o755 });
  outside = fixture.directory('outside');
  writeFiles(outside, { kept: 'kept\n' });
});
afterEach(() => fixture.remove());

/** Tree objects as they are written by hand: plain git makes none of these. */
const mktree = (rows: string): string => feedGit(fixture.work, rows, 'mktree', '--missing');
const readme = (): string => plainGit(fixture.work, 'rev-parse', 'HEAD:README.md');
/** On main, in place of what is there. */
const give = (tree: string): void => {
  const parent = plainGit(fixture.work, 'rev-parse', 'HEAD');
  const commit = plainGit(fixture.work, 'commit-tree', '-p', parent, '-m', 'theirs', tree);
  plainGit(fixture.work, 'push', '--quiet', '--force', fixture.remote, `${commit}:refs/heads/main`);
};
const addConfig = (to: string, lines: string): void =>
  writeFileSync(
    join(to, 'config'),
    `${existsSync(join(to, 'config')) ? readFileSync(join(to, 'config'), 'utf8') : ''}${lines}`,
  );
const trapDirectory = (name: string): string => {
  const at = fixture.directory(name);
  plainGit(at, 'init', '--quiet', '--bare', '--template=');
  addConfig(
    at,
    `[core]\n\tbare = false\n\tfsmonitor = ${touch}\n\thooksPath = ${hooks()}\n\tworktree = ${outside}\n`,
  );
  return at;
};
const hooks = (): string => {
  const at = join(fixture.root, 'hooks');
  if (!existsSync(at)) {
    mkdirSync(at);
    for (const hook of TRAPPED_HOOKS) symlinkSync(touch, join(at, hook));
  }
  return at;
};
const bomb = (): string => {
  let id = plainGit(fixture.work, 'rev-parse', 'HEAD^{tree}');
  for (let level = 0; level < 10; level++)
    id = mktree(Array.from({ length: 10 }, (_, n) => `040000 tree ${id}\t${n}\n`).join(''));
  return id;
};

type Kind = {
  kind: string;
  /** In what the remote gives. */
  remote?: () => void;
  /** In what an engine leaves. */
  left?: (tree: string) => void;
  /** Paths that are published beside `new.txt`; or the words with which it is refused. */
  comes: readonly string[] | RegExp;
};

const KINDS: readonly Kind[] = [
  {
    kind: 'hooks',
    remote: () => addConfig(fixture.remote, `[core]\n\thooksPath = ${hooks()}\n`),
    left: (tree) => {
      rmSync(join(tree, '.git/hooks'), { recursive: true, force: true });
      symlinkSync(hooks(), join(tree, '.git/hooks'));
    },
    comes: [],
  },
  {
    kind: 'includes of configuration',
    remote: () => addConfig(fixture.remote, `[include]\n\tpath = ${fixture.root}/more\n`),
    left: (tree) => {
      writeFileSync(
        join(fixture.root, 'more'),
        `[core]\n\tfsmonitor = ${touch}\n[uploadpack]\n\tpackObjectsHook = ${touch}\n`,
      );
      addConfig(join(tree, '.git'), `[include]\n\tpath = ${fixture.root}/more\n`);
    },
    comes: [],
  },
  {
    kind: 'a monitor of the file system',
    left: (tree) => addConfig(join(tree, '.git'), `[core]\n\tfsmonitor = ${touch}\n`),
    comes: [],
  },
  {
    kind: 'filters by attributes',
    remote: () =>
      void fixture.publish({ '.gitattributes': '*.md filter=evil diff=evil merge=evil text eol=crlf\n' }),
    left: (tree) =>
      addConfig(
        join(tree, '.git'),
        `[filter "evil"]\n\tclean = ${touch}\n\tsmudge = ${touch}\n\trequired = true\n[diff "evil"]\n\tcommand = ${touch}\n[merge "evil"]\n\tdriver = ${touch}\n`,
      ),
    comes: [],
  },
  {
    kind: 'submodules at ext::',
    remote: () => {
      fixture.publish({ '.gitmodules': `[submodule "sub"]\n\tpath = sub\n\turl = ext::${touch}\n` });
      plainGit(fixture.work, 'update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},sub`);
      plainGit(fixture.work, 'commit', '--quiet', '--message', 'submodule');
      plainGit(fixture.work, 'push', '--quiet', fixture.remote, 'HEAD:refs/heads/main');
    },
    comes: [],
  },
  {
    kind: 'submodules that update by a command',
    remote: () =>
      void fixture.publish({
        '.gitmodules': `[submodule "sub"]\n\tpath = sub\n\turl = https://example.com/sub\n\tupdate = !${touch}\n`,
      }),
    comes: /gitmodulesUpdate/,
  },
  {
    kind: 'a .git that is a link',
    remote: () => give(mktree(`120000 blob ${readme()}\t.git\n100644 blob ${readme()}\tREADME.md\n`)),
    comes: /hasDotgit/,
  },
  {
    kind: 'a .git that an engine made a link',
    left: (tree) => {
      rmSync(join(tree, '.git'), { recursive: true });
      symlinkSync(trapDirectory('trap'), join(tree, '.git'));
    },
    comes: [],
  },
  {
    kind: 'alternates',
    remote: () => {
      addConfig(fixture.remote, `[core]\n\talternateRefsCommand = ${touch}\n`);
      writeFileSync(join(fixture.remote, 'objects/info/alternates'), `${trapDirectory('lent')}/objects\n`);
    },
    left: (tree) => writeFiles(tree, { '.git/objects/info/alternates': `${outside}\n` }),
    comes: [],
  },
  {
    kind: 'a working tree elsewhere',
    left: (tree) => addConfig(join(tree, '.git'), `[core]\n\tworktree = ${outside}\n`),
    comes: [],
  },
  {
    kind: 'a .git file that leads elsewhere',
    left: (tree) => {
      rmSync(join(tree, '.git'), { recursive: true });
      writeFiles(tree, {
        '.git': `gitdir: ${trapDirectory('elsewhere')}\n`,
        'sub/.git': `gitdir: ${fixture.root}/elsewhere\n`,
        'sub/x': 'x',
      });
    },
    comes: ['sub/x'],
  },
  {
    kind: 'long and odd names',
    remote: () => {
      const deep = Array(30)
        .fill('d'.repeat(200))
        .reduce(
          (tree: string, name: string) => mktree(`040000 tree ${tree}\t${name}\n`),
          mktree(`100644 blob ${readme()}\tx\n`),
        );
      give(mktree(`100644 blob ${readme()}\tREADME.md\n040000 tree ${deep}\tdeep\n`));
    },
    comes: /is too long to be written here/,
  },
  {
    kind: 'odd names that an engine made',
    left: (tree) => writeFiles(tree, { '-rf': 'x', 'a b\u202e': 'x', 'line\nend': 'x' }),
    comes: /"line\\nend"/,
  },
  {
    kind: 'a .GIT in other letters',
    remote: () => give(mktree(`040000 tree ${mktree(`100755 blob ${readme()}\tpost-checkout\n`)}\t.GIT\n`)),
    comes: /hasDotgit/,
  },
  {
    kind: 'a .GIT that an engine made',
    left: (tree) =>
      writeFiles(tree, {
        '.GIT/config': `[core]\n\tfsmonitor = ${touch}\n`,
        'up/.gIt/hooks/pre-commit': 'x',
      }),
    comes: [],
  },
  {
    kind: 'replacements and grafts',
    remote: () => {
      const head = plainGit(fixture.work, 'rev-parse', 'HEAD');
      const other = plainGit(
        fixture.work,
        'commit-tree',
        '-m',
        'another',
        mktree(`100644 blob ${readme()}\tother\n`),
      );
      plainGit(fixture.work, 'push', '--quiet', fixture.remote, `${other}:refs/replace/${head}`);
      writeFiles(fixture.remote, { 'info/grafts': `${head} ${other}\n` });
    },
    left: (tree) => {
      const head = plainGit(tree, 'rev-parse', 'HEAD');
      writeFiles(tree, { [`.git/refs/replace/${head}`]: `${head}\n`, '.git/info/grafts': `${head}\n` });
    },
    comes: [],
  },
  { kind: 'a bomb of trees', remote: () => give(bomb()), comes: /too large/ },
];

/** What is outside of the workspace and of what entangle owns. */
const beyond = (): string[] =>
  readdirSync(fixture.root, { recursive: true, withFileTypes: true })
    .map((one) => join(one.parentPath, one.name).slice(fixture.root.length + 1))
    .filter((path) => !/^(?:store|remote\.git|tree)(?:\/|$)/.test(path))
    .sort();

/** As a turn goes: got, written out, changed, committed, read, put on top of what came meanwhile, pushed. */
const turn = async (left: Kind['left']): Promise<{ paths: string[]; before: string[] }> => {
  const { repository } = fixture;
  await git.fetch(repository, ['main']);
  const base = (await git.resolve(repository, 'main'))!;
  const tree = fixture.directory('tree');
  await git.checkout(repository, base, tree);
  left?.(tree);
  writeFiles(tree, { 'new.txt': 'x' });
  const before = beyond();
  const made = { parent: base, message: 'work', at: 1_800_000_000 };
  const { commit, problem } = await git.commit(repository, tree, made);
  if (problem) throw problem;
  await gathered(git.changes(repository, base, commit!));
  const of = { ...made, base, commit: commit!, onto: base };
  const on = await git.rebase(repository, of);
  expect(await git.push(repository, { commit: on, branch: 'out', expected: null })).toBe('pushed');
  const bare = ['-c', 'safe.bareRepository=all', '--no-replace-objects'];
  const names = plainGit(fixture.remote, ...bare, 'diff-tree', '-r', '--name-only', base, on);
  return { paths: names.split('\n').filter((name) => name !== 'new.txt'), before };
};

test.each(KINDS)('$kind', async ({ remote, left, comes }) => {
  remote?.();
  // What the remote's own hooks write while a test makes it is not of the turn
  rmSync(marker, { force: true });
  const before = beyond();
  const came = await turn(left).catch((error: unknown) => {
    if (error instanceof EntangleError) return error;
    throw error;
  });
  expect(existsSync(marker) ? readFileSync(marker, 'utf8') : '').toBe('');
  if (came instanceof EntangleError) {
    expect(came).toMatchObject({ code: 'invalid', message: expect.stringMatching(comes as RegExp) });
  } else {
    expect(came.paths).toEqual(comes);
  }
  expect(beyond()).toEqual(
    came instanceof EntangleError ? (left ? expect.arrayContaining(before) : before) : came.before,
  );
  expect(readFileSync(join(outside, 'kept'), 'utf8')).toBe('kept\n');
});
