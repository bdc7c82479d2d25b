import { mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sha256 } from '../../../test/support/ledger-events.ts';
import { MAX_BLOB_BYTES } from '../../core/bounds.ts';
import { toHex, utf8 } from '../../core/encoding/bytes.ts';
import { openBlobs } from './blobs.ts';

let directory: string;
beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), 'entangle-blobs-')), 'blobs');
});
afterEach(() => rm(join(directory, '..'), { recursive: true, force: true }));

test('a blob is kept under its digest, once, as private bytes', async () => {
  const blobs = await openBlobs(directory);
  const bytes = utf8('a diff');
  const names = await Promise.all([blobs.put(bytes), blobs.put(bytes), blobs.put(utf8('a diff'))]);
  expect(new Set(names)).toEqual(new Set([toHex(sha256(bytes))]));
  expect(await readdir(directory)).toEqual([names[0]]);
  expect((await stat(join(directory, names[0]!))).mode & 0o777).toBe(0o600);
  expect(await blobs.get(names[0]!)).toEqual(bytes);
  expect(await blobs.has(names[0]!)).toBe(true);
});

test('a name that is no digest never becomes a path', async () => {
  const blobs = await openBlobs(directory);
  await writeFile(join(directory, '..', 'secret'), 'x');
  for (const name of ['../secret', '', '.', 'AB'.repeat(32), `${'ab'.repeat(31)}/a`, 'ab'.repeat(33)]) {
    await expect(blobs.get(name)).rejects.toMatchObject({ code: 'invalid' });
    await expect(blobs.has(name)).rejects.toMatchObject({ code: 'invalid' });
  }
});

test('bytes that rotted are never handed out; putting the right ones heals them', async () => {
  const blobs = await openBlobs(directory);
  const name = await blobs.put(utf8('right'));
  for (const wrong of ['wrong', '', 'x'.repeat(MAX_BLOB_BYTES + 1)]) {
    await writeFile(join(directory, name), wrong);
    await expect(blobs.get(name)).rejects.toMatchObject({ code: 'invalid' });
    expect(await blobs.put(utf8('right'))).toBe(name);
    expect(await blobs.get(name)).toEqual(utf8('right'));
  }
});

test('what a killed process left of one is no blob, and goes; what is being written stays', async () => {
  const blobs = await openBlobs(directory);
  const name = await blobs.put(utf8('whole'));
  const [left, written] = ['.new-0123', '.new-4567'].map((one) => join(directory, one)) as [string, string];
  for (const path of [left, written]) await writeFile(path, 'hal');
  const before = new Date(Date.now() - 3_601_000);
  for (const path of [left, join(directory, name)]) await utimes(path, before, before);
  expect((await blobs.sweep()).map(({ sha256 }) => sha256)).toEqual([name]);
  expect((await readdir(directory)).sort()).toEqual(['.new-4567', name].sort());
});

test('a link in the place of a blob is not followed', async () => {
  const blobs = await openBlobs(directory);
  const target = join(directory, '..', 'target');
  await writeFile(target, 'theirs');
  const name = toHex(sha256(utf8('theirs')));
  await symlink(target, join(directory, name));
  await expect(blobs.get(name)).rejects.toMatchObject({ code: 'invalid' });
  expect(await blobs.has(name)).toBe(false);
  await blobs.put(utf8('theirs'));
  expect(await blobs.get(name)).toEqual(utf8('theirs'));
  expect(await readFile(target, 'utf8')).toBe('theirs');
});
