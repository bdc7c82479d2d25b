/** A published commit, got by the git of whoever wants it: judged in private room, kept where they are, deciding nothing there. */
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { gathered } from '../../../test/support/gathered.ts';
import {
  commitAll,
  type Fixture,
  feedGit,
  gitFixture,
  give,
  plainGit,
  writeFiles,
} from '../../../test/support/git-fixtures.ts';
import { utf8 } from '../../core/encoding/bytes.ts';
import type { FetchedCommit, OwnGit } from '../../ports/index.ts';
import { acquireLock } from '../system/lock.ts';
import { createOwnGit } from './own.ts';

const BRANCH = 'entangle/builder/s';
const REF = 'refs/remotes/entangle/s';
let fixture: Fixture;
let clone: string;
let commit: string;
beforeEach(() => {
  fixture = gitFixture(undefined, cloned);
  // The person's own configuration, as far as a test says it
  vi.stubEnv('HOME', fixture.directory('home'));
  vi.stubEnv('XDG_CONFIG_HOME', '');
  clone = join(fixture.root, 'clone');
  commit = readFileSync(join(fixture.remote, 'refs/heads', BRANCH), 'utf8').trim();
});
afterEach(() => {
  vi.unstubAllEnvs();
  fixture.remove();
});

/** A commit on a branch of its own at the remote. */
const publishBranch = (files: Record<string, string>, { work, remote }: Fixture = fixture): string => {
  plainGit(work, 'checkout', '--quiet', '--detach', 'main');
  writeFiles(work, files);
  const made = commitAll(work, 'made');
  give(work, remote, made, BRANCH);
  return made;
};
/** A clone of main, made before that branch. */
const cloned = (made: Fixture): void => {
  plainGit(made.root, 'clone', '--quiet', made.remote, join(made.root, 'clone'));
  publishBranch({ 'a.txt': 'made\n' }, made);
};
const wanted = (more = {}) => ({ repository: fixture.repository.url, branch: BRANCH, commit, ...more });
const ownGit = (directory: string, most?: number): OwnGit =>
  createOwnGit(directory, { rooms: join(fixture.root, 'rooms'), ...(most === undefined ? {} : { most }) });
const kept = (more = {}, directory = clone): Promise<boolean> =>
  ownGit(directory).fetched(wanted(more), (got) => got.keepAs(REF));
const refs = (directory = clone): string => plainGit(directory, 'for-each-ref', '--format=%(refname)');
const rooms = (): string[] => readdirSync(join(fixture.root, 'rooms')).filter((name) => !isLock(name));
const isLock = (name: string): boolean => name.startsWith('lock');

describe('a commit is fetched', () => {
  test('as a reference, and neither files nor branches change; once more it is there already', async () => {
    const before = refs();
    expect(await kept()).toBe(true);
    expect(plainGit(clone, 'rev-parse', 'entangle/s')).toBe(commit);
    expect(plainGit(clone, 'show', 'entangle/s:a.txt')).toBe('made');
    expect(plainGit(clone, 'status', '--porcelain', '--branch')).toBe('## main...origin/main');
    expect(refs().replace(`${REF}\n`, '')).toBe(before);
    expect(existsSync(join(clone, '.git/FETCH_HEAD'))).toBe(false);
    expect(await kept()).toBe(false);
    expect(rooms()).toEqual([]);
  });

  test('also when its branch went on, or is gone', async () => {
    plainGit(fixture.remote, 'update-ref', 'refs/keep', commit);
    plainGit(fixture.remote, 'update-ref', '-d', `refs/heads/${BRANCH}`);
    expect(await kept()).toBe(true);
  });

  test('from its branch where the remote gives out no ids, as the person’s own configuration has it', async () => {
    writeFileSync(join(fixture.root, 'home/.gitconfig'), '[protocol]\n\tversion = 0\n');
    plainGit(fixture.work, 'commit', '--quiet', '--allow-empty', '--message', 'on');
    plainGit(fixture.work, 'push', '--quiet', fixture.remote, `HEAD:refs/heads/${BRANCH}`);
    expect(await kept()).toBe(true);
    expect(plainGit(clone, 'rev-parse', REF)).toBe(commit);
  });

  test('of a repository that names its objects by SHA-256', async () => {
    const made = fixture.directory('made');
    plainGit(made, 'init', '--quiet', '--object-format=sha256', '--initial-branch=main');
    plainGit(made, 'commit', '--quiet', '--allow-empty', '--message', 'made');
    const other = join(fixture.root, 'other');
    plainGit(fixture.root, 'clone', '--quiet', made, other);
    plainGit(made, 'commit', '--quiet', '--allow-empty', '--message', 'on');
    commit = plainGit(made, 'rev-parse', 'main');
    expect(await kept({ repository: `file://${made}`, branch: 'main' }, other)).toBe(true);
    expect(plainGit(other, 'rev-parse', REF)).toBe(commit);
  });

  test('with what it changed, against its parent', async () => {
    const [parent, changed] = await ownGit(clone).fetched(wanted(), async (got) => [
      got.parent,
      await gathered(got.changes()),
    ]);
    expect(parent).toBe(plainGit(clone, 'rev-parse', 'main'));
    expect(changed).toEqual([{ path: 'a.txt', old: null, new: { mode: '100644', bytes: utf8('made\n') } }]);
  });

  test('from where the person’s own configuration has the address', async () => {
    const moved = `[url "${fixture.repository.url}"]\n\tinsteadOf = file:///elsewhere/app.git\n`;
    writeFileSync(join(fixture.root, 'home/.gitconfig'), moved);
    expect(await kept({ repository: 'file:///elsewhere/app.git' })).toBe(true);
  });

  test.each(['--depth=1', '--filter=blob:none', '--bare'])('into a clone made with %s', async (how) => {
    const other = join(fixture.root, 'other');
    // On what the remote had before, of which such a clone has not all
    commit = publishBranch({ 'README.md': 'changed\n' });
    plainGit(fixture.work, 'checkout', '--quiet', 'main');
    fixture.publish({ 'b.txt': 'on\n' });
    plainGit(fixture.remote, 'config', 'uploadpack.allowFilter', 'true');
    plainGit(fixture.root, 'clone', '--quiet', '--no-checkout', how, fixture.repository.url, other);
    const seen = await ownGit(other).fetched(wanted(), async (got) => {
      await got.keepAs(REF);
      return gathered(got.changes());
    });
    expect(seen.map(({ path }) => path)).toEqual(['README.md']);
    expect(plainGit(other, 'show', `${REF}:README.md`)).toBe('changed');
  });
});

describe('nothing is kept', () => {
  test('where the reference is at another commit', async () => {
    const main = plainGit(clone, 'rev-parse', 'main');
    plainGit(clone, 'update-ref', REF, main);
    await expect(kept()).rejects.toMatchObject({ code: 'conflict', hint: expect.stringContaining(REF) });
    expect(plainGit(clone, 'rev-parse', REF)).toBe(main);
  });

  test('of what the remote does not have', async () => {
    const none = 'c0'.repeat(20);
    await expect(kept({ commit: none })).rejects.toMatchObject({
      code: 'not_found',
      message: `the remote has no commit ${none} on branch "${BRANCH}"`,
    });
    await expect(kept({ commit: none, branch: 'none' })).rejects.toMatchObject({ code: 'not_found' });
    expect(refs()).not.toContain('entangle');
  });

  test('of a history that git’s own check refuses', async () => {
    const blob = feedGit(fixture.work, 'x', 'hash-object', '-w', '--stdin');
    const inner = feedGit(fixture.work, `100644 blob ${blob}\tconfig\n`, 'mktree');
    const tree = feedGit(fixture.work, `040000 tree ${inner}\t.git\n`, 'mktree');
    commit = plainGit(fixture.work, 'commit-tree', '-p', 'main', '-m', 'bad', tree);
    plainGit(fixture.work, 'push', '--quiet', '--force', fixture.remote, `${commit}:refs/heads/${BRANCH}`);
    await expect(kept()).rejects.toMatchObject({ code: 'invalid' });
    expect(refs()).not.toContain('entangle');
  });

  test.each([
    [{ branch: '--upload-pack=touch ran' }, 'the branch name'],
    [{ branch: 'b:refs/heads/main' }, 'the branch name'],
    [{ repository: '--upload-pack=touch ran' }, 'the remote address'],
    [{ repository: 'ext::touch ran' }, 'the remote address'],
    [{ commit: 'main' }, 'a commit id'],
  ])('of a name that git would take for something else: %j', async (more, words) => {
    await expect(kept(more)).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining(words),
    });
  });

  test('where the remote is not there, and says so as the person’s own git does', async () => {
    await expect(kept({ repository: `file://${fixture.root}/none` })).rejects.toMatchObject({
      code: 'not_found',
      hint: `see what your own git says: \`git ls-remote file://${fixture.root}/none\``,
    });
  });

  test('where who looked at it refuses it', async () => {
    const refusing = async (): Promise<FetchedCommit> => Promise.reject(new Error('no'));
    await expect(ownGit(clone).fetched(wanted(), refusing)).rejects.toThrow('no');
    expect(refs()).not.toContain('entangle');
    expect(rooms()).toEqual([]);
    expect(() => plainGit(clone, 'cat-file', '-e', commit)).toThrow();
  });
});

describe('what a remote gives has a bound', () => {
  const given = (most: number): Promise<boolean> =>
    ownGit(clone, most).fetched(wanted(), (got) => got.keepAs(REF));
  const TOO_MUCH = {
    code: 'invalid',
    message: expect.stringMatching(
      /^the remote gives more than \d+ bytes for this commit; nothing was kept$/,
    ),
    hint: expect.stringContaining('in a clone'),
  };

  test('of bytes that are on the disk', async () => {
    commit = publishBranch({ 'big.bin': randomBytes(400_000).toString('base64') });
    await expect(given(300_000)).rejects.toMatchObject(TOO_MUCH);
    expect(refs()).not.toContain('entangle');
    expect(rooms()).toEqual([]);
    // In one file, and none of its objects alone in memory
    const packs = () => globSync('rooms/room-*/store-*/objects/pack/*.pack', { cwd: fixture.root });
    expect(await ownGit(clone, 2_000_000).fetched(wanted(), async () => packs().length)).toBe(1);
    expect(await given(2_000_000)).toBe(true);
  });

  test('that holds while it gives, and without an end', async () => {
    // A pack of one object of 4 GiB, which this remote never gives whole
    const hook = join(fixture.root, 'endless.mjs');
    const program = `#!${process.execPath}
      process.stdout.on('error', () => process.exit());
      process.stdout.write(Buffer.from('5041434b0000000200000001b08080808001' + '7801', 'hex'));
      const block = Buffer.concat([Buffer.from('00ffff0000', 'hex'), Buffer.alloc(65535)]);
      const more = () => process.stdout.write(block, () => setTimeout(more, 1));
      more();`;
    writeFileSync(hook, program, { mode: 0o755 });
    writeFileSync(join(fixture.root, 'home/.gitconfig'), `[uploadpack]\n\tpackObjectsHook = ${hook}\n`);
    await expect(given(1_000_000)).rejects.toMatchObject(TOO_MUCH);
    expect(rooms()).toEqual([]);
  });
});

test('what a killed process left is cleared, and what another one has is not', async () => {
  await kept();
  for (const name of ['left', 'taken']) {
    mkdirSync(join(fixture.root, 'rooms', name, 'store'), { recursive: true, mode: 0o700 });
    writeFileSync(join(fixture.root, 'rooms', name, 'store/pack'), 'half');
  }
  const lock = await acquireLock(join(fixture.root, 'rooms/taken/lock'), 'another one');
  await kept();
  expect(rooms()).toEqual(['taken']);
  await lock.release();
  await kept();
  expect(rooms()).toEqual([]);
});

test('where the home may not be written it is got all the same, and nothing of it stays', async () => {
  const elsewhere = () => readdirSync(tmpdir()).filter((name) => name.startsWith('entangle-fetch-'));
  const before = elsewhere();
  const own = createOwnGit(clone, { rooms: '/sys/entangle/rooms' });
  const seen = await own.fetched(wanted(), async (got) => [await got.keepAs(REF), elsewhere().length]);
  expect(seen).toEqual([true, before.length + 1]);
  expect(elsewhere()).toEqual(before);
});

test('the repository here starts nothing: no hook, no monitor, no program of its configuration', async () => {
  const ran = join(fixture.root, 'ran');
  const script = join(fixture.root, 'evil.sh');
  writeFileSync(script, `#!/bin/sh\necho "$0 $*" >> ${ran}\n`);
  chmodSync(script, 0o755);
  const hooks = fixture.directory('hooks');
  for (const name of ['reference-transaction', 'post-checkout', 'pre-auto-gc', 'post-rewrite'])
    symlinkSync(script, join(hooks, name));
  const other = join(fixture.root, 'other');
  plainGit(fixture.root, 'clone', '--quiet', '--shared', clone, other);
  for (const [key, value] of [
    ['core.hooksPath', hooks],
    ['core.fsmonitor', script],
    ['core.alternateRefsCommand', script],
    ['core.sshCommand', script],
    ['credential.helper', script],
    ['uploadpack.packObjectsHook', script],
    [`url.ext::${script} .insteadOf`, 'file:///'],
    ['gc.auto', '1'],
  ] as const)
    plainGit(other, 'config', key, value);
  // An address that the repository here turns into a program is not followed
  await kept({}, other).catch(() => {});
  plainGit(other, 'config', '--unset', `url.ext::${script} .insteadOf`);
  expect(await kept({}, other)).toBe(true);
  expect(existsSync(ran) ? readFileSync(ran, 'utf8') : '').toBe('');
});

test('a host that a node chose gets no agent, no display and no port of this machine', async () => {
  const bin = fixture.directory('bin');
  const said = join(fixture.root, 'said');
  writeFileSync(join(bin, 'ssh'), `#!/bin/sh\necho "$*" >> ${said}\nexit 1\n`, { mode: 0o755 });
  vi.stubEnv('PATH', `${bin}:${process.env.PATH}`);
  await expect(kept({ repository: 'ssh://git@git.example/x.git' })).rejects.toThrow();
  for (const option of [
    'ForwardAgent=no',
    'ForwardX11=no',
    'ClearAllForwardings=yes',
    'PermitLocalCommand=no',
  ])
    expect(readFileSync(said, 'utf8')).toContain(`-o ${option}`);
});

describe('a file', () => {
  const written = (file: string): Promise<number> => {
    const own = ownGit(fixture.root);
    return own.fetched(wanted(), (got) => got.writeTo(file, REF));
  };

  test('holds the commit alone, for its owner alone, and a clone with its parent takes it', async () => {
    const file = join(fixture.root, 'out.bundle');
    const size = await written(file);
    expect([statSync(file).size, statSync(file).mode & 0o777]).toEqual([size, 0o600]);
    plainGit(clone, 'fetch', '--quiet', file, REF);
    expect(plainGit(clone, 'rev-parse', 'FETCH_HEAD')).toBe(commit);
    expect(plainGit(clone, 'bundle', 'list-heads', file)).toBe(`${commit} ${REF}`);
  });

  test('that is there is not written over', async () => {
    const file = join(fixture.root, 'there');
    writeFileSync(file, 'mine');
    await expect(written(file)).rejects.toMatchObject({ code: 'conflict' });
    expect(readFileSync(file, 'utf8')).toBe('mine');
  });
});

test('the top of a repository is told from any place in it, and that there is none', async () => {
  mkdirSync(join(clone, 'deep'));
  expect(await ownGit(join(clone, 'deep')).top()).toBe(clone);
  expect(await ownGit(fixture.remote).top()).toBe(fixture.remote);
  expect(await ownGit(fixture.root).top()).toBe(null);
});

describe('a commit that was sent, and that no remote has', () => {
  /** A commit over main, as a node sends it; its objects are nowhere else afterwards. */
  const sent = () => {
    const base = plainGit(fixture.work, 'rev-parse', 'main');
    const blob = feedGit(fixture.work, 'refused\n', 'hash-object', '-w', '--stdin');
    const tree = feedGit(fixture.work, `100644 blob ${blob}\tnew.txt\n`, 'mktree');
    commit = plainGit(fixture.work, 'commit-tree', '-p', base, '-m', 'refused', tree);
    const list = join(fixture.root, 'pack');
    const name = feedGit(
      fixture.work,
      `${commit}\n^${base}\n`,
      'pack-objects',
      '--revs',

      '-q',
      list,
    );
    return { base, pack: Uint8Array.from(readFileSync(`${list}-${name}.pack`)) };
  };
  const unpacked = (more: object) => {
    const made = sent();
    return ownGit(clone).unpacked({ ...wanted(), ...made, ...more }, (got) => got.keepAs(REF));
  };

  test('is kept under its own reference, and nothing is checked out', async () => {
    const status = plainGit(clone, 'status', '--porcelain');
    expect(await unpacked({})).toBe(true);
    expect(plainGit(clone, 'show', `${REF}:new.txt`)).toBe('refused');
    expect([plainGit(clone, 'status', '--porcelain'), plainGit(clone, 'rev-parse', REF)]).toEqual([
      status,
      commit,
    ]);
    expect(rooms()).toEqual([]);
  });

  test('is kept where its base is at the remote alone', async () => {
    fixture.publish({ 'later.txt': 'x' });
    expect(await unpacked({})).toBe(true);
  });

  test.each<[string, () => object]>([
    ['another commit than it was sent for', () => ({ commit: 'c1'.repeat(20) })],
    ['no pack', () => ({ pack: utf8('no pack') })],
    ['over a base that is nowhere', () => ({ base: 'c1'.repeat(20) })],
    ['an option in place of a base', () => ({ base: '--all' })],
  ])('is not kept: %s', async (_what, more) => {
    await expect(unpacked(more())).rejects.toMatchObject({ name: 'EntangleError' });
    expect(refs()).not.toContain(REF);
  });
});
