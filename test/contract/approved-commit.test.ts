/** Commit A was approved; each row is a way to have B pushed in its place, tried on a real bare remote: A arrives, or nothing. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createGit } from '../../src/adapters/git/git.ts';
import { type Fixture, gitFixture, plainGit, writeFiles } from '../support/git-fixtures.ts';

const git = createGit();
const BRANCH = 'entangle/builder/s';
const before = { ...process.env };
let fixture: Fixture;
beforeEach(() => {
  fixture = gitFixture({ 'README.md': 'hello\n' });
});
afterEach(() => {
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
  Object.assign(process.env, before);
  fixture.remove();
});

type Place = { store: string; remote: string; tree: string; a: string; b: string; base: string };
/** `a` and `b`, siblings that change the same file, and the workspace of a turn, which has B's files by now. */
const approved = async (): Promise<Place> => {
  const { repository, remote } = fixture;
  await git.fetch(repository, ['main']);
  const base = (await git.resolve(repository, 'main'))!;
  const tree = fixture.directory('tree');
  await git.checkout(repository, base, tree);
  const made = async (text: string): Promise<string> => {
    writeFiles(tree, { 'README.md': text });
    const about = { parent: base, message: text, at: 1_800_000_000 };
    return (await git.commit(repository, tree, about)).commit!;
  };
  const [a, b] = [await made('A\n'), await made('B\n')];
  return { store: repository.store, remote, tree, a, b, base };
};

/** The store talks to nobody unless it is told to. */
const fromStore = (store: string, ...args: string[]): string =>
  plainGit(store, '-c', 'protocol.file.allow=always', 'push', '--quiet', ...args);

const looseObject = (store: string, id: string): string =>
  join(store, 'objects', id.slice(0, 2), id.slice(2));
const overwrite = (path: string, by: string): void => {
  execFileSync('chmod', ['u+w', path]);
  copyFileSync(by, path);
};
/** Git's own names for what it finds of another repository, with B's objects in it. */
const otherRemote = ({ store, b }: Place): string => {
  const other = join(fixture.root, 'other.git');
  plainGit(fixture.root, 'init', '--quiet', '--bare', '--initial-branch=main', other);
  fromStore(store, '--no-verify', other, `${b}:refs/heads/${BRANCH}`);
  return other;
};
const script = (path: string, ...lines: string[]): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${lines.join('\n')}\n`, { mode: 0o755 });
};
/** Runs something when git begins to push, and then git itself. */
const atPush = (command: string): void => {
  const bin = join(fixture.root, 'bin');
  const real = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
  const clean = `env -i PATH="${process.env.PATH}" ${real}`;
  script(join(bin, 'git'), `case " $* " in *" push "*) ${clean} ${command};; esac`, `exec ${real} "$@"`);
  process.env.PATH = `${bin}:${process.env.PATH}`;
};

type Outcome = 'pushed' | 'moved' | 'denied' | 'invalid' | 'unavailable';
const WAYS: readonly [way: string, trap: (place: Place) => void, outcome: Outcome][] = [
  [
    'its files are changed after it was made',
    ({ tree }) => writeFiles(tree, { 'README.md': 'B\n' }),
    'pushed',
  ],
  [
    'what keeps it in the store leads to B',
    ({ store, a, b }) => plainGit(store, 'update-ref', `refs/entangle/${a}`, b),
    'pushed',
  ],
  [
    'a branch and a tag of the store have its id as their name',
    ({ store, a, b }) => {
      writeFiles(store, { [`refs/heads/${a}`]: `${b}\n`, [`refs/tags/${a}`]: `${b}\n`, [a]: `${b}\n` });
    },
    'unavailable',
  ],
  [
    'B replaces it in the store',
    ({ store, a, b }) => plainGit(store, 'update-ref', `refs/replace/${a}`, b),
    'pushed',
  ],
  [
    'a graft gives it B as its parent',
    ({ store, a, b }) => writeFiles(store, { 'info/grafts': `${a} ${b}\n` }),
    'pushed',
  ],
  [
    'the object of the commit has the bytes of B',
    ({ store, a, b }) => overwrite(looseObject(store, a), looseObject(store, b)),
    'denied',
  ],
  [
    'the object of its file has the bytes of B’s',
    ({ store, a, b }) => {
      const blob = (id: string) => looseObject(store, plainGit(store, 'rev-parse', `${id}:README.md`));
      overwrite(blob(a), blob(b));
    },
    'denied',
  ],
  [
    'a file of an alternate has its object, with the bytes of B',
    (place) => {
      const lent = join(fixture.root, 'lent');
      const path = looseObject(lent, place.a);
      mkdirSync(dirname(path), { recursive: true });
      copyFileSync(looseObject(place.store, place.b), path);
      writeFiles(place.store, { 'objects/info/alternates': `${join(lent, 'objects')}\n` });
    },
    'pushed',
  ],
  [
    'the configuration of the store leads to another remote, and pushes B',
    (place) => {
      const other = otherRemote(place);
      const config = `[url "file://${other}"]\n\tpushInsteadOf = file://${place.remote}\n[remote "origin"]\n\tpush = ${place.b}:refs/heads/${BRANCH}\n`;
      writeFileSync(join(place.store, 'config'), config, { flag: 'a' });
    },
    'pushed',
  ],
  [
    'variables of git lead to another remote and other objects',
    (place) => {
      const other = otherRemote(place);
      Object.assign(process.env, {
        GIT_DIR: other,
        GIT_OBJECT_DIRECTORY: join(other, 'objects'),
        GIT_NAMESPACE: 'other',
        GIT_CONFIG_COUNT: '1',
        GIT_CONFIG_KEY_0: `url.file://${other}.insteadOf`,
        GIT_CONFIG_VALUE_0: `file://${place.remote}`,
      });
    },
    'pushed',
  ],
  [
    'a hook of the store pushes B first',
    ({ store, remote, b }) => {
      const push = `git -C ${remote} update-ref refs/heads/${BRANCH} ${b}`;
      for (const name of ['pre-push', 'reference-transaction']) script(join(store, 'hooks', name), push);
    },
    'pushed',
  ],
  [
    'somebody made the branch with B meanwhile',
    ({ store, remote, b }) => fromStore(store, remote, `${b}:refs/heads/${BRANCH}`),
    'moved',
  ],
  [
    'somebody makes it with B between our look and the push',
    ({ store, remote, b }) => {
      fromStore(store, remote, `${b}:refs/heads/b`);
      atPush(`-C ${remote} update-ref refs/heads/${BRANCH} ${b}`);
    },
    'moved',
  ],
  [
    'the remote moves it to B when it got it',
    ({ store, remote, b }) => {
      fromStore(store, remote, `${b}:refs/heads/b`);
      script(join(remote, 'hooks/post-receive'), `git update-ref refs/heads/${BRANCH} ${b}`);
    },
    'moved',
  ],
  [
    'the branch is another name of main on the remote',
    ({ remote }) => plainGit(remote, 'symbolic-ref', `refs/heads/${BRANCH}`, 'refs/heads/main'),
    'moved',
  ],
  [
    'the store is a link to one in which B replaces it',
    ({ store, b, a }) => {
      execFileSync('mv', [store, `${store}-moved`]);
      symlinkSync(`${store}-moved`, store);
      writeFiles(store, { [`refs/replace/${a}`]: `${b}\n` });
    },
    'pushed',
  ],
];

test.each(WAYS)('T143 A is approved, and %s', async (_way, trap, outcome) => {
  const place = await approved();
  trap(place);
  const { remote, a, b, base } = place;
  // A remote that has hooks runs them
  const repository = { ...fixture.repository, runsHooks: true };
  const pushed = git.push(repository, { commit: a, branch: BRANCH, expected: null });
  expect(await pushed.catch(({ code }: { code: string }) => code)).toBe(outcome);
  Object.assign(process.env, before);
  const heads = plainGit(remote, 'for-each-ref', '--format=%(refname) %(objectname)').split('\n');
  const head = heads.find((row) => row.startsWith(`refs/heads/${BRANCH} `))?.split(' ')[1];
  expect(heads).toContain(`refs/heads/main ${base}`);
  if (outcome === 'pushed') {
    expect([head, plainGit(remote, 'show', `${a}:README.md`)]).toEqual([a, 'A']);
    expect(plainGit(remote, 'rev-list', a).split('\n')).toEqual([a, base]);
  } else {
    // What somebody else put there stays, and nobody is told that A is there
    expect([undefined, b, base]).toContain(head);
    expect(head).not.toBe(a);
  }
});

test('the ways are twelve and more', () => {
  expect(WAYS.length).toBeGreaterThanOrEqual(12);
  expect(new Set(WAYS.map(([way]) => way)).size).toBe(WAYS.length);
});
