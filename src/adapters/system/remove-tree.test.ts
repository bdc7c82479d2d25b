import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { removeTree } from './remove-tree.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'remove-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test('a tree goes, what its links lead to stays, and nothing there is nothing wrong', async () => {
  mkdirSync(join(root, '-rf/deep'), { recursive: true });
  writeFileSync(join(root, 'kept'), 'x');
  symlinkSync('../kept', join(root, '-rf/link'));
  await removeTree(join(root, '-rf'));
  await removeTree(join(root, 'not there'));
  expect([existsSync(join(root, '-rf')), existsSync(join(root, 'kept'))]).toEqual([false, true]);
});

test('a directory that is closed to its owner goes too', async () => {
  mkdirSync(join(root, 'tree/closed/inner'), { recursive: true });
  chmodSync(join(root, 'tree/closed'), 0o000);
  await removeTree(join(root, 'tree'));
  expect(existsSync(join(root, 'tree'))).toBe(false);
});
