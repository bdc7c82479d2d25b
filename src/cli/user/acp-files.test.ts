/** What of this machine the prompt of an editor can give away. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { fromUtf8 } from '../../core/encoding/bytes.ts';
import { linksIn } from './acp-files.ts';

const root = mkdtempSync(join(tmpdir(), 'entangle-links-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const project = join(root, 'project');
const home = join(project, '.git', 'entangle');
mkdirSync(join(project, 'src'), { recursive: true });
mkdirSync(home, { recursive: true });
writeFileSync(join(project, 'src', 'a b.ts'), 'the file');
writeFileSync(join(home, 'key'), 'secret');
writeFileSync(join(root, 'elsewhere'), 'secret');
symlinkSync(join(root, 'elsewhere'), join(project, 'out'));
symlinkSync(join(project, 'src', 'a b.ts'), join(project, 'in.ts'));
mkdirSync(join(root, 'project-2'));
writeFileSync(join(root, 'project-2', 'x'), 'secret');

const open = (path: string, suffix = '') =>
  linksIn(home)(project)(`${pathToFileURL(join(project, path))}${suffix}`, 'name');

test('a file of the project goes along, whole, wherever in it a link leads', async () => {
  const file = await open('src/a b.ts', '#L1-2');
  expect(file).toMatchObject({ is: 'file', name: 'a b.ts' });
  expect(file.is === 'file' && fromUtf8(file.bytes)).toBe('the file');
  expect(await open('in.ts')).toMatchObject({ is: 'file', name: 'in.ts' });
});

test('a directory and an address are words', async () => {
  expect(await open('src')).toEqual({ is: 'words', text: 'src' });
  expect(await linksIn(home)(project)('https://example.org', 'it')).toEqual({
    ...{ is: 'words', text: 'it (https://example.org)' },
  });
});

test.each([
  ['a file above', '../elsewhere'],
  ['a file beside, of a name that begins alike', '../project-2/x'],
  ['a link that leads out', 'out'],
  ['a key of this home', '.git/entangle/key'],
])('%s stays here', async (_, path) => {
  await expect(open(path)).rejects.toThrow('no file of');
});

test('what is not there, or no address, is refused in words', async () => {
  await expect(open('nothing')).rejects.toThrow('there is no');
  await expect(linksIn(home)(project)('file:///a%2Fb', 'x')).rejects.toThrow('an address that is none');
  expect(() => linksIn(home)('project')).toThrow('absolute path');
});
