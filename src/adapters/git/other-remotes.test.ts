/** Remotes as people have them: SHA-256, of another account, with words that are long. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { gathered } from '../../../test/support/gathered.ts';
import { type Fixture, gitFixture, PRINCIPAL, plainGit } from '../../../test/support/git-fixtures.ts';
import type { Repository } from '../../ports/index.ts';
import { createGit } from './git.ts';

const git = createGit();
let fixture: Fixture;
beforeEach(() => {
  fixture = gitFixture();
});
afterEach(() => fixture.remove());

/** Fetches, changes, commits and pushes. */
const worked = async (repository: Repository) => {
  await git.fetch(repository, ['main']);
  const base = (await git.resolve(repository, 'main'))!;
  const tree = fixture.directory('tree');
  await git.checkout(repository, base, tree);
  writeFileSync(join(tree, 'new.txt'), 'new\n');
  const { commit } = await git.commit(repository, tree, { parent: base, message: 'm', at: 1_800_000_000 });
  const changes = await gathered(git.changes(repository, base, commit!));
  const pushed = await git.push(repository, { commit: commit!, branch: 'entangle/1', expected: null });
  return { base, commit: commit!, changes, pushed };
};

describe('R21 a repository whose objects are named by SHA-256', () => {
  const sha256 = (): Repository => {
    const remote = fixture.directory('sha256');
    plainGit(remote, 'init', '--quiet', '--object-format=sha256', '--initial-branch=main');
    writeFileSync(join(remote, 'a.txt'), 'a\n');
    plainGit(remote, 'add', '.');
    plainGit(remote, 'commit', '--quiet', '--message', 'first');
    return { ...fixture.repository, url: `file://${remote}` };
  };
  test('is fetched, changed and pushed to', async () => {
    const repository = sha256();
    const { base, commit, changes, pushed } = await worked(repository);
    expect([base.length, commit.length, pushed]).toEqual([64, 64, 'pushed']);
    expect(changes.map(({ path }) => path)).toEqual(['new.txt']);
    expect(plainGit(repository.url.slice(7), 'rev-parse', 'entangle/1')).toBe(commit);
    await git.fetch(repository, ['main', 'entangle/1']);
    expect(await git.resolve(repository, 'entangle/1')).toBe(commit);
  });
  test('where the store has the objects of another, is refused for good', async () => {
    await git.fetch(fixture.repository, ['main']);
    await expect(git.fetch(sha256(), ['main'])).rejects.toMatchObject({ code: 'invalid' });
    await git.fetch(fixture.repository, ['main']);
  });
});

describe('R16 a repository of another account', () => {
  const owned = () => {
    execFileSync('chown', ['-R', '65534:65534', fixture.remote]);
    return fixture.repository;
  };
  const isRoot = process.getuid?.() === 0;
  test.runIf(isRoot)(
    'is read and written where none of its hooks runs, and git’s own check stays where they do',
    async () => {
      expect((await worked(owned())).pushed).toBe('pushed');
      const withHooks = { ...fixture.repository, runsHooks: true };
      await expect(git.fetch(withHooks, ['main'])).rejects.toMatchObject({
        code: 'denied',
        message: expect.stringContaining('dubious ownership'),
      });
    },
  );
  test('only the repository itself is named to git, whatever is in its path', async () => {
    const odd = fixture.directory('a"b\\c');
    plainGit(odd, 'init', '--quiet', '--initial-branch=main');
    plainGit(odd, 'commit', '--quiet', '--allow-empty', '--message', 'first');
    const repository = { ...fixture.repository, url: `file://${encodeURI(odd)}` };
    await git.fetch(repository, ['main']);
    const list = [
      'config',
      '--file',
      join(repository.store, 'trusting/.gitconfig'),
      '--get-all',
      'safe.directory',
    ];
    expect(plainGit(fixture.root, ...list).split('\n')).toEqual([odd, `${odd}/.git`]);
  });
});

describe('a remote that has not all of its objects says what is to be done there', () => {
  const clone = (...args: string[]): Repository => {
    fixture.publish({ 'b.txt': 'b\n' });
    plainGit(fixture.remote, 'config', 'uploadpack.allowFilter', 'true');
    const at = join(fixture.root, 'clone.git');
    plainGit(fixture.root, 'clone', '--quiet', '--bare', ...args, `file://${fixture.remote}`, at);
    return { ...fixture.repository, url: `file://${at}` };
  };
  test('a shallow clone, which git would take for one without that branch', async () => {
    const shallow = { code: 'invalid', message: expect.stringContaining('shallow clone') };
    const repository = clone('--depth=1');
    await expect(git.fetch(repository, ['main'])).rejects.toMatchObject(shallow);
    // Nor is what an earlier fetch got taken for its head
    await git.fetch(fixture.repository, ['main']);
    fixture.publish({ 'c.txt': 'c\n' });
    plainGit(repository.url.slice(7), 'fetch', '--quiet', '--depth=1', 'origin', '+main:main');
    await expect(git.fetch(repository, ['main'])).rejects.toMatchObject(shallow);
    plainGit(repository.url.slice(7), 'fetch', '--quiet', '--unshallow');
    expect((await worked(repository)).pushed).toBe('pushed');
  });
  test('a partial clone', async () => {
    await expect(git.fetch(clone('--filter=blob:none'), ['main'])).rejects.toMatchObject({
      code: 'invalid',
      hint: 'use a complete clone: this one was made with --filter',
    });
  });
});

test('what a hook of the remote refuses is told in its words, and the same commit goes when that is mended', async () => {
  const repository = { ...fixture.repository, runsHooks: true };
  const hook = join(fixture.remote, 'hooks/pre-receive');
  writeFileSync(hook, "#!/bin/sh\necho 'no tests: run them first' >&2\nexit 1\n", { mode: 0o755 });
  const refused = await worked(repository).catch((error: unknown) => error);
  expect(refused).toMatchObject({
    code: 'denied',
    message: expect.stringMatching(
      /^the remote refused the branch: pre-receive hook declined .*no tests: run them first/,
    ),
  });
  const names = plainGit(repository.store, 'for-each-ref', '--format=%(objectname)', 'refs/entangle');
  const [commit = ''] = names.split('\n');
  writeFileSync(hook, '#!/bin/sh\n');
  expect(await git.push(repository, { commit, branch: 'entangle/1', expected: null })).toBe('pushed');
  expect(plainGit(fixture.remote, 'rev-parse', 'entangle/1')).toBe(commit);
});

describe('a branch that is checked out in its remote', () => {
  const WORDS = 'the branch "main" is checked out in the remote, which lets nobody push to it';
  const HINT = 'use a bare repository as the remote, or check out another branch there';
  /** A person's clone, and a commit that goes on from its main. */
  const persons = async (more: Partial<Repository> = {}, settings: readonly string[] = []) => {
    const at = join(fixture.root, 'persons');
    plainGit(fixture.root, 'clone', '--quiet', `file://${fixture.remote}`, at);
    for (const value of settings) plainGit(at, 'config', 'receive.denyCurrentBranch', value);
    const repository = { ...fixture.repository, url: `file://${at}`, ...more };
    const { base, commit } = await worked(repository);
    const push = (branch = 'main') => ({ commit, branch, expected: branch === 'main' ? base : null });
    return { at, repository, commit, push };
  };
  test('is said before people are asked, in the words of the push that is refused', async () => {
    const { at, repository, push } = await persons();
    expect(await git.objection(repository, push())).toBe(`${WORDS}; ${HINT}`);
    await expect(git.push(repository, push())).rejects.toMatchObject({
      code: 'denied',
      message: WORDS,
      hint: HINT,
    });
    expect(await git.objection(repository, push('other'))).toBeNull();
    plainGit(at, 'checkout', '--quiet', '-b', 'mine');
    expect(await git.objection(repository, push())).toBeNull();
    expect(await git.push(repository, push())).toBe('pushed');
  });
  test('in another tree of it is that as well; the HEAD of a bare one is not', async () => {
    const { at, repository, push } = await persons();
    plainGit(at, 'checkout', '--quiet', '-b', 'mine');
    plainGit(at, 'worktree', 'add', '--quiet', join(fixture.root, 'tree2'), 'main');
    expect(await git.objection(repository, push())).toContain(WORDS);
    await expect(git.push(repository, push())).rejects.toMatchObject({ message: WORDS });
    expect(await git.objection(fixture.repository, push())).toBeNull();
  });
  test.each([
    ['updateInstead', true],
    ['warn', true],
    ['ignore', true],
    ['false', true],
    ['refuse', false],
    ['true', false],
  ])('is written where its owner has it so, and their hooks run: %s', async (value, isAllowed) => {
    const { repository, push } = await persons({ runsHooks: true }, [value]);
    const objection = await git.objection(repository, push());
    const pushed = await git.push(repository, push()).catch((error: Error) => error.message);
    expect([objection, pushed]).toEqual(isAllowed ? [null, 'pushed'] : [`${WORDS}; ${HINT}`, WORDS]);
  });
  test('is not written where their hooks do not run, whatever its configuration says', async () => {
    const { repository, push } = await persons({}, ['updateInstead']);
    expect(await git.objection(repository, push())).toContain(WORDS);
    await expect(git.push(repository, push())).rejects.toMatchObject({ message: WORDS });
  });
});

test('what a remote refuses is told without what our own settings have git say', async () => {
  plainGit(fixture.remote, 'config', 'receive.hideRefs', 'refs/heads/entangle');
  await expect(worked(fixture.repository)).rejects.toMatchObject({
    message: 'the remote refused the branch: deny updating a hidden ref',
  });
});

test('R12 a refusal keeps its beginning and its end: what to fix stands there', async () => {
  const long = 'words of the handbook, one after the other; '.repeat(60);
  const hook = `#!/bin/sh\necho 'error: RULE-7' >&2\necho '${long}' >&2\necho 'path: src/a.ts:34' >&2\nexit 1\n`;
  writeFileSync(join(fixture.remote, 'hooks/pre-receive'), hook, { mode: 0o755 });
  const refused = await worked({ ...fixture.repository, runsHooks: true, principal: PRINCIPAL }).then(
    () => '',
    (error: Error) => error.message,
  );
  expect(refused).toContain('RULE-7');
  expect(refused).toContain('path: src/a.ts:34');
  expect(refused.length).toBeLessThan(1600);
  expect(readFileSync(join(fixture.remote, 'HEAD'), 'utf8')).toContain('main');
});

test('a remote that takes the connection and says nothing holds up no question', async () => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => void sockets.push(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const url = `https://127.0.0.1:${port}/x/y.git`;
  const silent: Repository = { ...fixture.repository, url, protocols: ['https'] };
  const push = { commit: 'a'.repeat(40), branch: 'entangle/1', expected: null };
  expect(await createGit({ objectionMs: 500 }).objection(silent, push)).toBeNull();
  for (const socket of sockets) socket.destroy();
  server.close();
});
