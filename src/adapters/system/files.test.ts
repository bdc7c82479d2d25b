import { spawnSync } from 'node:child_process';
import {
  chmod,
  chown,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hasTool } from '../../../test/support/child.ts';
import { watchDisk } from '../../../test/support/disk-calls.ts';
import { createWhole, systemFiles as files, writeAtomic } from './files.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'entangle-files-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));
const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

test('bytes that come piece by piece replace a file when all are there, and leave it as it was where one does not come', async () => {
  const path = join(root, 'pieces');
  const pieces = async function* (fails: boolean) {
    yield Buffer.from('a b');
    if (fails) throw new Error('no more of it');
    yield Buffer.from(' c');
  };
  await writeAtomic(path, pieces(false));
  await expect(writeAtomic(path, pieces(true))).rejects.toThrow('no more of it');
  expect([await readFile(path, 'utf8'), await readdir(root)]).toEqual(['a b c', ['pieces']]);
});

test('writes whole files, replaces them, reads them back, lists and removes them', async () => {
  const path = join(root, 'a.yaml');
  expect(await files.read(path)).toBeUndefined();
  await files.write(path, 'one\u{1f600}');
  expect(await files.read(path)).toBe('one\u{1f600}');
  await files.write(path, 'two');
  await files.write(join(root, 'b'), '');
  expect(await files.list(root)).toEqual(['a.yaml', 'b']);
  await writeFile(join(root, '.new-0123'), 'left by a crash');
  expect(await files.list(root)).toEqual(['a.yaml', 'b']);
  await files.remove(path);
  await files.remove(path);
  expect(await files.read(path)).toBeUndefined();
  expect(await files.list(join(root, 'missing'))).toEqual([]);
  await expect(files.write(join(root, 'missing', 'x'), '')).rejects.toMatchObject({ code: 'ENOENT' });
});

test('many writers of one name: one of the texts, whole, and no leavings', async () => {
  const texts = Array.from({ length: 20 }, (_, i) => String(i).repeat(10_000));
  await Promise.all(texts.map((text) => files.write(join(root, 'a'), text)));
  expect(texts).toContain(await files.read(join(root, 'a')));
  expect(await readdir(root)).toEqual(['a']);
});

describe('T95: what was written stays written', () => {
  /** The calls, whatever the temporary file is called. */
  const calls = async (run: () => Promise<unknown>): Promise<string[]> => {
    const disk = await watchDisk(root);
    try {
      await run();
    } finally {
      disk.restore();
    }
    return disk.calls.map((call) => call.replace(/\.new-[0-9a-f]+/, '.new'));
  };

  test('a file before it takes its name, and the name after', async () => {
    expect(await calls(() => files.write(join(root, 'a'), 'x'))).toEqual(['sync .new', 'sync . (a)']);
  });

  test('a new file before it has a name, and the name after', async () => {
    expect(await calls(() => files.create(join(root, 'a'), 'x'))).toEqual(['sync .new', 'sync . (a)']);
  });

  test('that a file is gone', async () => {
    await writeFile(join(root, 'a'), '');
    expect(await calls(() => files.remove(join(root, 'a')))).toEqual(['sync . ()']);
  });

  test('the names of new directories, each in the one above it', async () => {
    const made = await calls(() => files.directory(join(root, 'a', 'b', 'c')));
    expect(made).toEqual(['sync a', 'sync . (a)']);
    expect(await calls(() => files.directory(join(root, 'a', 'b', 'c')))).toEqual([]);
  });
});

describe('T42: create never overwrites', () => {
  test('of many at once one wins, the others conflict', async () => {
    const path = join(root, 'key');
    const results = await Promise.allSettled(Array.from({ length: 8 }, (_, i) => files.create(path, `${i}`)));
    const won = results.findIndex((result) => result.status === 'fulfilled');
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'conflict' });
    expect(await files.read(path)).toBe(String(won));
    expect(await readdir(root)).toEqual(['key']);
  });

  test('a dangling link in its place is a conflict and is not followed', async () => {
    await symlink(join(root, 'elsewhere'), join(root, 'key'));
    await expect(files.create(join(root, 'key'), 'secret')).rejects.toMatchObject({ code: 'conflict' });
    expect(await readdir(root)).toEqual(['key']);
  });
});

describe('T42: where a file system has no hard links', () => {
  const none = async (): Promise<never> =>
    Promise.reject(Object.assign(new Error('none'), { code: 'EPERM' }));

  test('a new file is whole, and one that is there stays', async () => {
    const path = join(root, 'key');
    expect(await createWhole(path, Buffer.from('first'), none)).toBe(5);
    expect(await files.read(path)).toBe('first');
    await symlink(join(root, 'elsewhere'), join(root, 'link'));
    for (const there of [path, join(root, 'link')])
      await expect(createWhole(there, Buffer.from('second'), none)).rejects.toMatchObject({
        code: 'conflict',
      });
    expect(await files.read(path)).toBe('first');
    expect((await readdir(root)).sort()).toEqual(['key', 'link']);
  });

  test('any other trouble is told', async () => {
    const full = async (): Promise<never> =>
      Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' }));
    await expect(createWhole(join(root, 'key'), Buffer.from('x'), full)).rejects.toThrow('full');
    expect(await readdir(root)).toEqual([]);
  });
});

describe('T91: private files in private directories', () => {
  test('0600 and 0700 whatever the umask', async () => {
    for (const umask of [0o000, 0o022, 0o077]) {
      const before = process.umask(umask);
      try {
        const home = join(root, `home${umask}`);
        const inner = join(home, 'deep');
        await files.directory(inner);
        await files.write(join(inner, 'a'), 'x');
        await files.create(join(inner, 'b'), 'x');
        expect([await modeOf(home), await modeOf(inner)]).toEqual([0o700, 0o700]);
        expect([await modeOf(join(inner, 'a')), await modeOf(join(inner, 'b'))]).toEqual([0o600, 0o600]);
      } finally {
        process.umask(before);
      }
    }
  });

  test('a directory that others can read is closed, one that others can write is refused', async () => {
    const home = join(root, 'home');
    await mkdir(home);
    await chmod(home, 0o755);
    await files.directory(home);
    expect(await modeOf(home)).toBe(0o700);
    for (const mode of [0o720, 0o702, 0o777]) {
      await chmod(home, mode);
      await expect(files.directory(home)).rejects.toMatchObject({
        code: 'invalid',
        message: expect.stringContaining(home),
      });
    }
  });

  test('a link, a file or a stranger’s directory is refused', async () => {
    await mkdir(join(root, 'real'), { mode: 0o700 });
    await symlink(join(root, 'real'), join(root, 'link'));
    await writeFile(join(root, 'file'), '');
    await expect(files.directory(join(root, 'link'))).rejects.toMatchObject({ code: 'invalid' });
    await expect(files.directory(join(root, 'file'))).rejects.toThrowError();
    if (process.getuid?.() === 0) await chown(join(root, 'real'), 65_534, 65_534);
    const theirs = process.getuid?.() === 0 ? join(root, 'real') : '/';
    await expect(files.directory(theirs)).rejects.toThrowError(/another user/);
  });

  test('a link in place of a file is not read, and replaced rather than written through', async () => {
    await writeFile(join(root, 'target'), 'theirs');
    await symlink(join(root, 'target'), join(root, 'link'));
    await expect(files.read(join(root, 'link'))).rejects.toMatchObject({ code: 'invalid' });
    await files.write(join(root, 'link'), 'ours');
    expect((await lstat(join(root, 'link'))).isFile()).toBe(true);
    expect(await readFile(join(root, 'target'), 'utf8')).toBe('theirs');
  });

  test('a directory, a FIFO, a huge file or bytes that are no text are errors, not hangs', async () => {
    await expect(files.read(root)).rejects.toMatchObject({ code: 'invalid' });
    await writeFile(join(root, 'huge'), '');
    await truncate(join(root, 'huge'), 17 * 1_048_576);
    await expect(files.read(join(root, 'huge'))).rejects.toMatchObject({ code: 'invalid' });
    await writeFile(join(root, 'bytes'), Buffer.of(0xff));
    await expect(files.read(join(root, 'bytes'))).rejects.toMatchObject({ code: 'invalid' });
    if (!hasTool('mkfifo', ['--version'])) return;
    spawnSync('mkfifo', [join(root, 'fifo')]);
    await expect(files.read(join(root, 'fifo'))).rejects.toMatchObject({ code: 'invalid' });
  });
});
