/** What may have the name of a file that a person gives. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readText } from './text-file.ts';

const pathIn = (): string => {
  const root = mkdtempSync(join(tmpdir(), 'entangle-text-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  return join(root, 'given');
};

test('the text of a file is read, of at most 20 MiB', async () => {
  const path = pathIn();
  writeFileSync(path, 'words ✓\n');
  expect(await readText(path)).toBe('words ✓\n');
  writeFileSync(path, 'a'.repeat(20_971_520));
  expect(await readText(path)).toHaveLength(20_971_520);
  writeFileSync(path, 'a'.repeat(20_971_521));
  await expect(readText(path)).rejects.toThrow('larger than 20 MiB');
});

test('a pipe that nobody writes to is refused, and not waited for', async () => {
  const path = pathIn();
  execFileSync('mkfifo', [path]);
  await expect(readText(path)).rejects.toMatchObject({
    code: 'invalid',
    message: `${path} is no file`,
    hint: 'use - and pipe it into the command',
  });
});
