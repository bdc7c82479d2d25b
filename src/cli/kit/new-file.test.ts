import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { newFile } from './new-file.ts';

test('a new file is told by its whole path, before anything is fetched for it; one that is there is refused', async () => {
  const root = mkdtempSync(join(tmpdir(), 'entangle-new-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const path = join(root, 'out');
  expect(await newFile(undefined)).toBe(null);
  expect(await newFile(relative(process.cwd(), path))).toBe(path);
  writeFileSync(path, 'mine');
  await expect(newFile(path)).rejects.toMatchObject({ code: 'conflict' });
});
