/** A file that an engine names: it is read where it is a file, and nothing else is. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readBelow } from './read-below.ts';

const root = mkdtempSync(join(tmpdir(), 'read-below-'));
const workspace = join(root, 'workspace');
mkdirSync(join(workspace, 'dir'), { recursive: true });
writeFileSync(join(root, 'key'), 'secret');
writeFileSync(join(workspace, 'dir', 'ä.txt'), 'fine');
symlinkSync('../../key', join(workspace, 'dir', 'link'));
symlinkSync('..', join(workspace, 'up'));
execFileSync('mkfifo', [join(workspace, 'pipe')]);

test('a file of the workspace, whatever its name is', async () => {
  expect(Buffer.from(await readBelow(workspace, 'dir/ä.txt', 4)).toString()).toBe('fine');
});

test.each([
  ['a link', 'dir/link', /it is a link/],
  ['what a link on the way leads to', 'up/key', /a link is on the way/],
  ['what is not there', 'none', /there is no such file/],
  ['a directory', 'dir', /no regular file/],
  ['a pipe, and nothing waits for it', 'pipe', /no regular file/],
  ['what is larger than it may be', 'dir/ä.txt', /has 4 bytes, and may have 3/],
])('T147 %s is not read', async (_what, path, message) => {
  await expect(readBelow(workspace, path, 3)).rejects.toThrow(message);
});
