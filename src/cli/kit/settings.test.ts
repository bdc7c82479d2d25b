/** What a repository brings as its settings is read as a small file and nothing else. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadSettings } from './settings.ts';

let here: string;
beforeEach(() => {
  here = mkdtempSync(join(tmpdir(), 'settings-'));
});
afterEach(() => rmSync(here, { recursive: true }));
const load = () => loadSettings(here, { HOME: join(here, 'home') });

test.each<[string, (path: string) => void, string]>([
  ['a device without an end', (path) => symlinkSync('/dev/zero', path), 'is a symbolic link'],
  [
    'what a log must not have',
    (path) => {
      writeFileSync(join(here, 'secret'), 'sk-of-somebody: 1\n');
      symlinkSync('secret', path);
    },
    'is a symbolic link',
  ],
  ['a directory', (path) => mkdirSync(path), 'is not a regular file'],
  ['a large file', (path) => writeFileSync(path, '#'.repeat(65_537)), 'is larger than 65536 bytes'],
])('T168 a project file that is, or leads to, %s is refused unread', async (_what, make, words) => {
  make(join(here, '.entangle.yaml'));
  await expect(load()).rejects.toMatchObject({ code: 'invalid', message: expect.stringContaining(words) });
  await expect(load()).rejects.not.toMatchObject({ message: expect.stringContaining('sk-of') });
});

test('a file of the person may be a link', async () => {
  mkdirSync(join(here, 'home/.config/entangle'), { recursive: true });
  writeFileSync(join(here, 'kept.yaml'), 'timeout: 3s\n');
  symlinkSync(join(here, 'kept.yaml'), join(here, 'home/.config/entangle/config.yaml'));
  expect(await load()).toEqual({ timeout: '3s' });
  writeFileSync(join(here, '.entangle.yaml'), 'timeout: 4s\n');
  expect(await load()).toEqual({ timeout: '4s' });
});
