import { chmod, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { acquireLock, isLockHeld } from './lock.ts';

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
