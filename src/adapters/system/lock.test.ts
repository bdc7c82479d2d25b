import { chmod, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { acquireLock, isLockHeld, openShortLock, withLock } from './lock.ts';

let root: string;
let path: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'entangle-lock-'));
  path = join(root, 'lock');
});
afterEach(() => rm(root, { recursive: true, force: true }));

test('one owner at a time; the second is told at once who it is', async () => {
  const lock = await acquireLock(path, 'entangle host serve');
  // No timer ends: whoever waited for the lock, however short, would wait for ever
  vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  await expect(acquireLock(path, 'another')).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringMatching(
      new RegExp(`is held by entangle host serve \\(pid ${process.pid}, since \\d{4}-.*Z\\)`),
    ),
  });
  await lock.release();
  await lock.release();
  expect(await readFile(path, 'utf8')).toBe('');
  await (await acquireLock(path, 'another')).release();
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test('it is told whether somebody has it, and nobody gets it by that', async () => {
  expect(await isLockHeld(path)).toBe(false);
  await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' });
  const lock = await acquireLock(path, 'entangle up');
  expect(await isLockHeld(path)).toBe(true);
  await lock.release();
  expect(await isLockHeld(path)).toBe(false);
  await (await acquireLock(path, 'another')).release();
  await chmod(path, 0o622);
  expect(await isLockHeld(path)).toBe(true);
});

// What it holds is made harmless where it is printed, like every error's words.
test('the name of the owner is told as it is, and cannot grow', async () => {
  const lock = await acquireLock(path, `evil\u001b[2J\n${'x'.repeat(5_000)}`);
  await expect(acquireLock(path, 'another')).rejects.toSatisfy((error: Error) => {
    expect(error.message).toContain('is held by evil\u001b[2J\nxxx');
    return error.message.length < 800;
  });
  await lock.release();
});

test('the short lock waits its turn and gives up in time', async () => {
  const options = { path, owner: 'short', timeoutMs: 5_000 };
  let inside = 0;
  const runs = await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      withLock(options, async () => {
        expect(++inside).toBe(1);
        await new Promise((resolve) => setImmediate(resolve));
        inside--;
        return i;
      }),
    ),
  );
  expect(runs).toHaveLength(20);
  const lock = await acquireLock(path, 'for long');
  await expect(withLock({ ...options, timeoutMs: 30 }, async () => 'never')).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining('for long'),
  });
  await lock.release();
  await expect(
    withLock(options, async () => {
      throw new Error('inside');
    }),
  ).rejects.toThrowError('inside');
  expect(await withLock(options, async () => 'free again')).toBe('free again');
});

test('two that stay open take turns: who holds the lock does not keep the waiting room', async () => {
  const [one, two] = [await openShortLock(path, 'one', 60_000), await openShortLock(path, 'two', 60_000)];
  const order: string[] = [];
  for (const [name, lock] of [
    ['one', one],
    ['two', two],
    ['one', one],
  ] as const)
    await lock.hold(async () => void order.push(name));
  expect(order).toEqual(['one', 'two', 'one']);
  await Promise.all([one.close(), two.close()]);
});

test('a lock file that others may read is closed to them', async () => {
  await writeFile(path, '', { mode: 0o644 });
  await chmod(path, 0o644);
  await (await acquireLock(path, 'me')).release();
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test('T91: a link or a file that others can write is refused', async () => {
  await writeFile(join(root, 'target'), '');
  await symlink(join(root, 'target'), path);
  await expect(acquireLock(path, 'me')).rejects.toMatchObject({ code: 'invalid' });
  await rm(path);
  await writeFile(path, '');
  await chmod(path, 0o666);
  await expect(acquireLock(path, 'me')).rejects.toMatchObject({ code: 'invalid' });
});
