import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { MAX_ATTACHED } from '../../core/bounds.ts';
import { attachedFiles } from './attached-files.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'entangle-attached-'));
  writeFileSync(join(root, 'a b.txt'), 'a\n');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test('files are read as they are, by the name that they have', async () => {
  writeFileSync(join(root, 'none'), '');
  const bytes = new Uint8Array(Buffer.from('a\n'));
  expect(await attachedFiles([join(root, 'a b.txt'), join(root, 'none')])).toEqual([
    { name: 'a b.txt', bytes },
    { name: 'none', bytes: new Uint8Array() },
  ]);
  expect(await attachedFiles()).toEqual([]);
});

test('what is not there is not found, as any file that a command names', async () => {
  await expect(attachedFiles([join(root, 'a b.txt'), join(root, 'it')])).rejects.toMatchObject({
    code: 'not_found',
    message: `cannot attach ${join(root, 'it')}: there is no such file`,
  });
});

test.each<[string, (path: string) => void, RegExp]>([
  ['a link', (path) => symlinkSync('a b.txt', path), /is a link/],
  ['a directory', (path) => mkdirSync(path), /no regular file/],
  ['a pipe that nobody writes to', (path) => execFileSync('mkfifo', [path]), /no regular file/],
  [
    'fifty megabytes',
    (path) => {
      writeFileSync(path, '');
      truncateSync(path, 50 * 1024 * 1024);
    },
    /has 52428800 bytes/,
  ],
])('%s is refused in a sentence', async (_what, make, words) => {
  const path = join(root, 'it');
  make(path);
  const refused = attachedFiles([join(root, 'a b.txt'), path]);
  await expect(refused).rejects.toMatchObject({ code: 'usage', message: expect.stringMatching(words) });
});

test.runIf(existsSync('/proc/self/status'))(
  'what has no size of its own is not taken for nothing',
  async () => {
    await expect(attachedFiles(['/proc/self/status'])).rejects.toThrow('another size than it says');
  },
);

test('the largest that may go is read', async () => {
  truncateSync(join(root, 'a b.txt'), MAX_ATTACHED.bytes);
  const [file] = await attachedFiles([join(root, 'a b.txt')]);
  expect(file!.bytes.length).toBe(MAX_ATTACHED.bytes);
});
