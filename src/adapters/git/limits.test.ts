/** What git itself is made to refuse, and what a commit or a workspace may hold. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { watchDisk } from '../../../test/support/disk-calls.ts';
import { gathered } from '../../../test/support/gathered.ts';
import { type Fixture, gitFixture, give, plainGit, writeFiles } from '../../../test/support/git-fixtures.ts';
import { systemClock } from '../system/clock.ts';
import { type Collect, collect } from './collect.ts';
import { compareCommits } from './compare.ts';
import { readBlobs } from './entries.ts';
import { createGit } from './git.ts';
import { COLLECT_LIMITS, type CollectLimits } from './limits.ts';
import { runGit } from './run.ts';
import { openStore } from './store.ts';
import { writeTree } from './tree.ts';

let fixture: Fixture;
beforeEach(() => {
  fixture = gitFixture();
});
afterEach(() => {
  vi.restoreAllMocks();
  fixture.remove();
});

/** Feeds plain git from text and gives what it prints. */
const feed = (cwd: string, input: string | Buffer, ...args: string[]): string =>
  execFileSync('git', args, { cwd, input, encoding: 'utf8' }).trim();

test('a git that is told to stop before it began is not begun', async () => {
  const why = new Error('too much');
  const call = { store: fixture.root, verb: 'init', args: [], stop: AbortSignal.abort(why) } as const;
  await expect(runGit(call)).rejects.toBe(why);
});

describe('T84: a store never talks to a remote unless it is told the scheme', () => {
  const fetch = (store: string, env: Record<string, string> = {}) =>
    runGit({ store, verb: 'fetch', args: ['--quiet', fixture.repository.url, 'main'], env });

  test.each(['file', 'https', 'ssh', 'git', 'ext'])(
    '%s: refused by git, in a store without rules of its own',
    async (scheme) => {
      const store = join(fixture.root, 'plain.git');
      plainGit(fixture.root, 'init', '--quiet', '--bare', store);
      const url = scheme === 'file' ? fixture.repository.url : `${scheme}://127.0.0.1:1/x`;
      const { code, stderr } = await runGit({ store, verb: 'fetch', args: ['--quiet', url, 'main'] });
      expect(code).not.toBe(0);
      expect(stderr).toContain(`transport '${scheme}' not allowed`);
    },
  );

  test('told the scheme it does', async () => {
    await openStore(fixture.repository.store);
    expect(await fetch(fixture.repository.store)).toMatchObject({ code: 128 });
    expect(await fetch(fixture.repository.store, { GIT_ALLOW_PROTOCOL: 'file' })).toMatchObject({ code: 0 });
  });

  test('the store’s own configuration says the same to a git that nobody told anything', async () => {
    const { store, url } = fixture.repository;
    await openStore(store);
    expect(() => plainGit(store, 'fetch', '--quiet', url, 'main')).toThrow(/transport 'file' not allowed/);
  });
});

describe('T85: objects that are no git objects', () => {
  const git = createGit();
  const author = 'Fixture <fixture@example.com> 1700000000 +0000';
  const publish = (commit: string): void => give(fixture.work, fixture.remote, commit, 'bad');
  const treeOf = (name: string): string => {
    const blob = feed(fixture.work, 'x', 'hash-object', '-w', '--stdin');
    const entry = Buffer.concat([Buffer.from(`100644 ${name}\0`), Buffer.from(blob, 'hex')]);
    return feed(fixture.work, entry, 'hash-object', '-t', 'tree', '-w', '--literally', '--stdin');
  };
  const commitOf = (tree: string, by: string): string =>
    feed(
      fixture.work,
      `tree ${tree}\nauthor ${by}\ncommitter ${author}\n\nbad\n`,
      ...['hash-object', '-t', 'commit', '-w', '--literally', '--stdin'],
    );

  test.each([
    [
      'a commit whose author has no time',
      () => commitOf(treeOf('x'), 'Fixture <fixture@example.com> x +0000'),
    ],
    ['a tree with a .git in it', () => commitOf(treeOf('.git'), author)],
    ['a tree with a path in a name', () => commitOf(treeOf('a/b'), author)],
  ])('%s: not taken', async (_what, make) => {
    publish(make());
    await expect(git.fetch(fixture.repository, ['main', 'bad'])).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringMatching(/^git fetch failed: error: object .*fsck error/),
    });
    expect(await git.resolve(fixture.repository, 'bad')).toBeNull();
  });

  /** A directory with the mode of an old tool, in a tree that otherwise is as git writes it. */
  const zeroPadded = (): string => {
    const entry = Buffer.concat([Buffer.from('040000 d\0'), Buffer.from(treeOf('x'), 'hex')]);
    return feed(fixture.work, entry, 'hash-object', '-t', 'tree', '-w', '--literally', '--stdin');
  };
  test.each([
    ['zeroPaddedFilemode', () => commitOf(zeroPadded(), author)],
    ['badTimezone', () => commitOf(treeOf('x'), 'Fixture <fixture@example.com> 1700000000 +051800')],
    ['missingSpaceBeforeDate', () => commitOf(treeOf('x'), 'Fixture <fixture@example.com>1700000000 +0000')],
    ['missingEmail', () => commitOf(treeOf('x'), 'Fixture  1700000000 +0000')],
    ['zeroPaddedDate', () => commitOf(treeOf('x'), 'Fixture <fixture@example.com> 01700000000 +0000')],
  ])('%s, which public histories have: taken', async (_id, make) => {
    publish(make());
    await git.fetch(fixture.repository, ['bad']);
    expect(await git.resolve(fixture.repository, 'bad')).toMatch(/^[0-9a-f]{40}$/);
  });

  test('a good one on the same branch is', async () => {
    publish(commitOf(treeOf('x'), author));
    await git.fetch(fixture.repository, ['bad']);
    expect(await git.resolve(fixture.repository, 'bad')).toMatch(/^[0-9a-f]{40}$/);
  });
});

/** Each look at the clock is a slice later. */
const restsOf = (): (() => number) => {
  let [now, rests] = [0, 0];
  vi.spyOn(systemClock, 'monotonic').mockImplementation(() => {
    now += 10;
    return now;
  });
  vi.spyOn(systemClock, 'sleep').mockImplementation(async () => {
    rests += 1;
  });
  return () => rests;
};

const compared = (...args: Parameters<typeof compareCommits>) => gathered(compareCommits(...args));

describe('T82: what one commit may hold', () => {
  type Line = { mode: string; type: string; id: string };
  const tree = (count: number, { mode, type, id }: Line): string => {
    const lines = Array.from(
      { length: count },
      (_, i) => `${mode} ${type} ${id}\tn${String(i).padStart(6, '0')}\n`,
    );
    return feed(fixture.remote, lines.join(''), 'mktree');
  };
  const blob = (bytes: number): Line => ({
    mode: '100644',
    type: 'blob',
    id: feed(fixture.remote, Buffer.alloc(bytes), 'hash-object', '-w', '--stdin'),
  });
  const inTree = (id: string): Line => ({ mode: '040000', type: 'tree', id });
  const commitOf = (id: string): string => plainGit(fixture.remote, 'commit-tree', '-m', 'x', id);
  /** A hundred directories, all the same one with a thousand files; and one file more where asked. */
  const hundredThousand = (more: Line[]): string => {
    const entry = inTree(tree(COLLECT_LIMITS.entries / 100, blob(0)));
    const lines = Array.from({ length: 100 }, (_, i) => ({ ...entry, name: `d${i + 100}` }));
    const all = [...lines, ...more.map((line, i) => ({ ...line, name: `x${i}` }))];
    return feed(
      fixture.remote,
      all.map(({ mode, type, id, name }) => `${mode} ${type} ${id}\t${name}\n`).join(''),
      'mktree',
    );
  };

  test('so many files as the limit, and not one more', async () => {
    const [most, over] = [commitOf(hundredThousand([])), commitOf(hundredThousand([blob(0)]))];
    // As a remote keeps them: git opens a file for each entry whose content lies by itself.
    plainGit(fixture.remote, 'update-ref', 'refs/heads/most', most);
    plainGit(fixture.remote, 'update-ref', 'refs/heads/over', over);
    plainGit(fixture.remote, 'repack', '--quiet', '-a', '-d');
    expect(await compared(fixture.remote, most, most)).toEqual([]);
    await expect(compared(fixture.remote, over, over)).rejects.toThrow('too large for a workspace');
    await expect(writeTree(fixture.remote, over, fixture.directory('tree'))).rejects.toThrow(
      'too large for a workspace',
    );
  });

  test('others go on while so many contents are read', async () => {
    const texts = Array.from({ length: 600 }, (_, i) => String(i).padStart(4, '0'));
    feed(fixture.remote, texts.map((text) => `blob\ndata 4\n${text}\n`).join(''), 'fast-import', '--quiet');
    const idOf = (text: string) => createHash('sha1').update(`blob 4\0${text}`).digest('hex');
    const rests = restsOf();
    const found = await readBlobs(
      fixture.remote,
      texts.map((text) => ({ id: idOf(text), size: 4 })),
    );
    expect(found.size).toBe(600);
    expect(rests()).toBeGreaterThanOrEqual(2);
  });

  test('others go on while so many are listed and compared', async () => {
    const [none, many] = [commitOf(tree(0, blob(0))), commitOf(tree(2_000, blob(1)))];
    const rests = restsOf();
    await compareCommits(fixture.remote, none, many).next();
    // Each of them is looked at three times over
    expect(rests()).toBeGreaterThanOrEqual(3 * (2_000 / 256) - 3);
  });

  test('so many bytes as the limit, and not one more', async () => {
    const megabyte = 1024 * 1024;
    const most = tree(COLLECT_LIMITS.bytes / megabyte, blob(megabyte));
    const commit = commitOf(most);
    expect(await compared(fixture.remote, commit, commit)).toEqual([]);
    const rest = blob(1);
    const lines = `040000 tree ${most}\td\n${rest.mode} blob ${rest.id}\tx\n`;
    const over = commitOf(feed(fixture.remote, lines, 'mktree'));
    await expect(compared(fixture.remote, over, over)).rejects.toThrow('too large for a workspace');
    await expect(writeTree(fixture.remote, over, fixture.directory('tree'))).rejects.toThrow(
      'too large for a workspace',
    );
  });
});

type Given = Pick<Collect, 'store' | 'from' | 'to'> & Partial<Collect>;
const collecting = (options: Given) => {
  const nothing = { tracked: new Set<string>(), parents: new Set<string>(), submodules: new Set<string>() };
  const isUntouched = async () => false;
  return collect({ ...nothing, isUntouched, limits: COLLECT_LIMITS, ...options });
};
/** Throws what cannot be taken first. */
const collected = async (options: Given): Promise<void> => {
  const { problems } = await collecting(options);
  if (problems[0]) throw problems[0];
};

describe('T81: a workspace that changes while it is collected', () => {
  /** Paths that git ignores and the parent has; asking for one of them is the moment in which it is changed. */
  class Swapping extends Set<string> {
    readonly #swap: () => void;
    constructor(paths: string[], swap: () => void) {
      super(paths);
      this.#swap = swap;
    }
    override has(path: string): boolean {
      const has = super.has(path);
      if (has) this.#swap();
      return has;
    }
  }
  const copied = async (path: string, swap: (root: string, outside: string) => void) => {
    const [from, to, outside] = ['from', 'to', 'outside'].map((name) => fixture.directory(name)) as [
      string,
      string,
      string,
    ];
    await openStore(fixture.repository.store);
    writeFiles(from, { [path]: 'mine', '.gitignore': 'f\n' });
    writeFiles(outside, { f: 'secret' });
    const tracked = new Swapping([path], () => swap(from, outside));
    await collected({ store: fixture.repository.store, from, to, tracked });
    return readFileSync(join(to, path), 'utf8');
  };

  test('nothing changed: it is copied', async () => {
    expect(await copied('f', () => {})).toBe('mine');
    rmSync(fixture.root, { recursive: true });
    fixture = gitFixture();
    expect(await copied('d/f', () => {})).toBe('mine');
  });

  test('a file swapped for a link between the list and the opening', async () => {
    const swap = (root: string, outside: string) => {
      rmSync(join(root, 'f'));
      symlinkSync(join(outside, 'f'), join(root, 'f'));
    };
    await expect(copied('f', swap)).rejects.toThrow('"f" changed');
  });

  test('a directory swapped for a link between the list and the opening', async () => {
    const swap = (root: string, outside: string) => {
      renameSync(join(root, 'd'), join(root, '..', 'moved'));
      symlinkSync(outside, join(root, 'd'));
    };
    await expect(copied('d/f', swap)).rejects.toThrow('"d/f" changed');
  });

  test('a directory swapped for a link before it is listed tells no name of what is there', async () => {
    const [from, to, outside] = ['from', 'to', 'outside'].map((name) => fixture.directory(name));
    await openStore(fixture.repository.store);
    writeFiles(from!, { 'd/f': 'mine' });
    writeFiles(outside!, { 'a name': 'secret' });
    // Asked for each name while the directory above is listed
    const submodules = new Swapping([], () => undefined);
    submodules.has = (path) => {
      if (path === 'd') {
        renameSync(join(from!, 'd'), join(from!, '..', 'moved'));
        symlinkSync(outside!, join(from!, 'd'));
      }
      return false;
    };
    const all = await collecting({ store: fixture.repository.store, from: from!, to: to!, submodules });
    expect(all.problems.map(({ message }) => message)).toEqual([expect.stringMatching(/: "d" changed$/)]);
  });

  test('a file swapped for a pipe between the list and the opening', async () => {
    const swap = (root: string) => {
      rmSync(join(root, 'f'));
      execFileSync('mkfifo', [join(root, 'f')]);
    };
    await expect(copied('f', swap)).rejects.toThrow('"f" is not a regular file');
  });
});

describe('T82: what one workspace may hold', () => {
  const within = async (limits: Partial<CollectLimits>, files: Record<string, string>): Promise<void> => {
    const from = mkdtempSync(join(fixture.root, 'from-'));
    const to = mkdtempSync(join(fixture.root, 'to-'));
    await openStore(fixture.repository.store);
    writeFiles(from, files);
    await collected({ store: fixture.repository.store, from, to, limits: { ...COLLECT_LIMITS, ...limits } });
  };

  test.each<[string, Partial<CollectLimits>, Record<string, string>, Record<string, string>, string]>([
    ['names', { names: 4 }, { a: '', 'd/b': '' }, { a: '', 'd/b': '', c: '' }, 'names are too long'],
    ['files', { entries: 3 }, { a: '', 'd/b': '' }, { a: '', 'd/b': '', c: '' }, 'too many files'],
    ['directories in each other', { depth: 2 }, { 'a/b/c': '' }, { 'a/b/c/d': '' }, 'nested too deeply'],
    ['bytes', { bytes: 5 }, { a: 'xx', b: 'xxx' }, { a: 'xx', b: 'xxxx' }, 'files are too large'],
    ['bytes of .gitignore', { bytes: 5 }, { '.gitignore': 'xxxxx' }, { '.gitignore': 'xxxxxx' }, 'too large'],
  ])('%s: so many as the limit, and not one more', async (_what, limits, most, over, words) => {
    await within(limits, most);
    await expect(within(limits, over)).rejects.toThrow(words);
  });

  test('a file too large is refused unread, one that grows while it is read where it is too large', async () => {
    const from = fixture.directory('from');
    const grow = (call: string) => {
      if (call === 'read b' && calls.length === 0) appendFileSync(join(from, 'b'), 'more');
    };
    const disk = await watchDisk(from, grow, ['read']);
    const { calls } = disk;
    await openStore(fixture.repository.store);
    const take = async (bytes: number) => {
      const to = mkdtempSync(join(fixture.root, 'to-'));
      await collected({ store: fixture.repository.store, from, to, limits: { ...COLLECT_LIMITS, bytes } });
    };
    try {
      writeFiles(from, { b: 'xxx' });
      await expect(take(2)).rejects.toThrow('files are too large');
      expect(calls).toEqual([]);
      await expect(take(5)).rejects.toThrow('files are too large');
      expect(calls).toEqual(['read b']);
      await take(7);
    } finally {
      disk.restore();
    }
  });

  /** What is copied of a workspace with these files, and what is said of it. */
  const copied = async (
    files: readonly string[],
    given: Partial<Collect>,
    limits: Partial<CollectLimits>,
  ) => {
    const [from, to] = ['from', 'to'].map((name) => fixture.directory(name)) as [string, string];
    await openStore(fixture.repository.store);
    writeFiles(from, Object.fromEntries(files.map((path) => [path, ''])));
    const { store } = fixture.repository;
    const all = { store, from, to, limits: { ...COLLECT_LIMITS, ...limits }, ...given };
    const { problems } = await collecting(all);
    const kept = readdirSync(to, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const named = kept.map(({ parentPath, name }) => relative(to, join(parentPath, name))).sort();
    return { named, said: problems.map(({ message }) => message.replace(/^.*?: /, '')) };
  };

  test('T122 of too many files those of the parent are copied, and some of the others', async () => {
    const many = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => `many/${name}`);
    const files = ['new', 'old', ...many];
    const given = { tracked: new Set(['old', 'many/f', 'gone']) };
    const { named, said } = await copied(files, given, { entries: 8, some: 3 });
    expect(said).toEqual(['it has too many files']);
    // `new`, the directory `many`, and one file in it that may be the parent's
    expect(named.filter((path) => !path.startsWith('many/'))).toEqual(['new', 'old']);
    expect(named.filter((path) => path.startsWith('many/') && path !== 'many/f').length).toBe(1);
    fixture.remove();
    fixture = gitFixture();
    expect((await copied(files, given, { entries: 9, some: 3 })).named).toEqual([...files].sort());
  });

  test('T122 of too many files the directories of the parent take no room from new ones', async () => {
    const given = { parents: new Set(['d1', 'd2', 'd3']) };
    const files = ['d1/x', 'd2/x', 'd3/x', 'new', 'other'];
    const { named } = await copied(files, given, { entries: 6, some: 2 });
    expect(named.filter((path) => !path.startsWith('d'))).toEqual(['new', 'other']);
  });

  test('T122 of what is written into a submodule no more is listed than says so', async () => {
    const submodules = new Set(['sub']);
    const full = await copied(['sub/.git', 'sub/a', 'sub/b', 'sub/c'], { submodules }, { entries: 3 });
    expect(full.said).toEqual(['"sub" is a submodule, whose files are not here and cannot be committed']);
  });

  test('T122 what hides there under names of git is counted', async () => {
    const submodules = new Set(['sub']);
    const hidden = ['.git', '.GIT', '.Git'].map((name) => `sub/${name}`);
    expect((await copied(hidden, { submodules }, { entries: 3 })).said).toEqual(['it has too many files']);
    fixture.remove();
    fixture = gitFixture();
    expect((await copied(hidden, { submodules }, { entries: 4 })).said).toEqual([]);
  });

  test('T122 of a directory of 200,000 names no more are read than may be there', async () => {
    // So many files are made in memory, where there is such a place
    const from = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : fixture.root, 'from-'));
    execFileSync('bash', ['-c', 'seq 200000 | xargs -n 20000 touch'], { cwd: from });
    await openStore(fixture.repository.store);
    const to = mkdtempSync(join(fixture.root, 'to-'));
    const room = (name: string) => JSON.stringify(join(import.meta.dirname, name));
    const program = `
      const { collect } = await import(${room('collect.ts')});
      const { COLLECT_LIMITS } = await import(${room('limits.ts')});
      const nothing = { tracked: new Set(), parents: new Set(), submodules: new Set() };
      const all = { ...${JSON.stringify({ store: fixture.repository.store, from, to })}, ...nothing };
      const before = process.resourceUsage().maxRSS;
      const { problems } = await collect({ ...all, limits: { ...COLLECT_LIMITS, entries: 1000 } });
      console.log(JSON.stringify([problems.map((one) => one.message), process.resourceUsage().maxRSS - before]));`;
    const said = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
      encoding: 'utf8',
    });
    execFileSync('rm', ['-rf', from]);
    const [words, grownKiB] = JSON.parse(said);
    expect(words).toEqual(['the workspace cannot be committed: it has too many files']);
    expect(grownKiB).toBeLessThan(16 * 1024);
  });

  test('a .git of any spelling is not looked at, ignored files count as entries', async () => {
    await within({ entries: 2 }, { '.git/config': 'x', a: '' });
    await expect(within({ entries: 2 }, { '.gitignore': 'b\n', b: '', c: '' })).rejects.toThrow('too many');
  });
});
