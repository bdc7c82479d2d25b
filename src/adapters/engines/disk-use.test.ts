import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { overDisk } from './disk-use.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'entangle-disk-'));
  for (const name of ['a/b', 'c']) mkdirSync(join(root, name), { recursive: true });
  writeFileSync(join(root, 'a/b/file'), 'x'.repeat(100_000));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const MUCH = { diskBytes: 1e9, diskEntries: 1e6 };
const over = (more: object) => overDisk([join(root, 'a'), join(root, 'c')], { ...MUCH, ...more });

test('bytes and files are counted at any depth, below all directories together', async () => {
  writeFileSync(join(root, 'c/file'), 'x'.repeat(100_000));
  expect(await over({})).toBeNull();
  expect(await over({ diskBytes: 150_000 })).toBe('more than 150000 bytes');
  expect(await over({ diskEntries: 3 })).toBeNull();
  expect(await over({ diskEntries: 2 })).toBe('more than 2 files');
});

test('links are not followed, holes take no room, and what is not there takes none', async () => {
  symlinkSync(join(root, 'a'), join(root, 'c/link'));
  writeFileSync(join(root, 'c/holes'), '');
  truncateSync(join(root, 'c/holes'), 1e9);
  expect(
    await overDisk([join(root, 'c'), join(root, 'none')], { diskBytes: 90_000, diskEntries: 2 }),
  ).toBeNull();
});
