/** What a person wants in a file is a new one: refused before anything is fetched for it, and at the last moment. */
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { placeFile, requireFreePath } from './placed-file.ts';

let root: string;
let path: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'entangle-placed-'));
  path = join(root, 'new');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test('it has the bytes, or those of a file, for its owner alone', async () => {
  await requireFreePath(path);
  expect(await placeFile(Buffer.from('bytes'), path)).toBe(5);
  expect(await placeFile(path, join(root, 'copy'))).toBe(5);
  expect(readFileSync(join(root, 'copy'), 'utf8')).toBe('bytes');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(root)).toEqual(['copy', 'new']);
});

test('what is there is not written over, and a link to nowhere is there too', async () => {
  writeFileSync(path, 'mine');
  const nowhere = join(root, 'nowhere');
  symlinkSync(join(root, 'gone'), nowhere);
  for (const one of [path, nowhere]) {
    const refused = { code: 'conflict', hint: expect.stringMatching(/^choose another name/) };
    await expect(requireFreePath(one)).rejects.toMatchObject(refused);
    await expect(placeFile(Buffer.from('other'), one)).rejects.toMatchObject(refused);
  }
  expect(readFileSync(path, 'utf8')).toBe('mine');
  expect(existsSync(join(root, 'gone'))).toBe(false);
  expect(readdirSync(root)).toEqual(['new', 'nowhere']);
});

test('it needs a directory', async () => {
  writeFileSync(join(root, 'a-file'), '');
  for (const one of ['none/out', 'a-file/out'])
    await expect(requireFreePath(join(root, one))).rejects.toMatchObject({ code: 'not_found' });
});
