/** A write that leads out of the workspace is asked about as a command, however it gets there. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { BoundCall } from '../../../core/acp/binding.ts';
import { placedWrite } from './places.ts';

const WRITE: BoundCall = {
  operation: 'file.write',
  binding: 'declared',
  command: null,
  words: 'Write it',
  input: '{}',
};
let root = '';
const at = (...names: string[]): string => join(root, ...names);
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'entangle-places-'));
  for (const name of ['work/src', 'home', 'worker']) mkdirSync(at(name), { recursive: true });
  writeFileSync(at('home/.bashrc'), '');
  writeFileSync(at('work/src/a.ts'), '');
  symlinkSync('src', at('work/lib'));
  symlinkSync(at('home'), at('work/out'));
  symlinkSync(at('home/.profile'), at('work/later'));
  symlinkSync(at('work'), at('task'));
  mkdirSync(at('work/.git/hooks'), { recursive: true });
  symlinkSync('.git/hooks', at('work/hooked'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));
const placed = (call: unknown) => placedWrite(at('work'), call, WRITE);

test.each([
  ['a file', () => at('work/src/a.ts')],
  ['a new file below new directories', () => at('work/one/two/b.ts')],
  ['a path from the root of the workspace', () => 'src/a.ts'],
  ['over a link that stays', () => at('work/lib/b.ts')],
  ['by another name of the workspace', () => at('task/src/a.ts')],
  ['a name that looks like one of git', () => at('work/.gitignore')],
])('of the workspace stays what it is: %s', async (_, path) => {
  expect(await placed({ locations: [{ path: path() }] })).toEqual(WRITE);
});

describe('that leads out is a command of which there are words alone', () => {
  test.each([
    ['a file of its HOME', () => at('home/.bashrc')],
    ['beside the workspace, with a name that begins like its own', () => at('worker/a')],
    ['a step up', () => 'src/../../home/.bashrc'],
    ['a step up behind a link', () => 'out/../new'],
    ['no path of any system', () => 'src/\0a'],
    ['what git has, over a link', () => at('work/hooked/pre-commit')],
    ['the HOME of a shell', () => '~/.bashrc'],
    ['over a link to a directory', () => at('work/out/new')],
    ['over a link to a file that is not there yet', () => at('work/later')],
    ['what git has', () => at('work/.git/config')],
    ['what git has, by a name that some file systems take for it', () => at('work/src/.GIT/config')],
    ['nothing', () => ''],
  ])('%s', async (_, path) => {
    expect(await placed({ locations: [{ path: path() }] })).toEqual({
      ...WRITE,
      operation: 'command.run',
      binding: 'described',
      words: `Write it\nIt writes outside of the files of the task: ${JSON.stringify(path())}`,
    });
  });

  const inside = { path: 'src/a.ts' };
  const outside = '/etc/profile';
  test.each<[string, object]>([
    ['a second location', { locations: [inside, { path: outside }] }],
    ['a change', { locations: [inside], content: [{ type: 'diff', path: outside, newText: '' }] }],
    [
      'a second change',
      {
        content: [
          { type: 'diff', ...inside },
          { type: 'diff', path: outside },
        ],
      },
    ],
    ['what it is given', { locations: [inside], rawInput: { file_path: outside } }],
    ['a name that it is given', { locations: [inside], rawInput: { filename: outside } }],
    ['where it moves to', { locations: [inside], rawInput: { newPath: outside } }],
  ])('whatever names it: %s', async (_, call) => {
    expect(await placed(call)).toMatchObject({
      operation: 'command.run',
      words: expect.stringContaining(outside),
    });
  });

  test.each<[string, object]>([
    [
      'that names none',
      { title: 'Write it', content: [{ type: 'content', content: {} }], rawInput: { text: 'x' } },
    ],
    ['whose places cannot be read', { locations: [{ path: 7 }], rawInput: inside }],
    ['that names more than are looked at', { locations: Array(257).fill(inside) }],
  ])('so is one %s', async (_, call) => {
    const { operation, words } = await placed(call);
    expect([operation, words]).toEqual([
      'command.run',
      'Write it\nIt writes outside of the files of the task: a place that it does not name',
    ]);
  });
});
