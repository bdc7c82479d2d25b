/** scripts/install.sh: what it puts in place is what the sum says, whole or not at all. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
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

const SCRIPT = join(import.meta.dirname, '../../scripts/install.sh');
const FILE = `entangle-${process.platform}-${process.arch}`;
let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'install-'));
  for (const name of ['home', 'from']) mkdirSync(join(root, name));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const offer = (text: string, sumOf = text) => {
  writeFileSync(join(root, 'from', FILE), text);
  const sum = createHash('sha256').update(sumOf).digest('hex');
  writeFileSync(join(root, 'from', `${FILE}.sha256`), `${sum}  ${FILE}\n`);
};
const install = (...args: string[]) => {
  const env = { PATH: process.env.PATH, HOME: join(root, 'home') };
  const { status, stderr } = spawnSync('sh', [SCRIPT, ...args], { env, encoding: 'utf8' });
  return { status, stderr };
};
const fromHere = () => ['--from', join(root, 'from')];
const bin = () => join(root, 'home/.local/bin');

test('it is put into place with its rights, and what to type next is said', () => {
  offer('#!/bin/sh\necho new\n');
  const { status, stderr } = install(...fromHere());
  expect([status, stderr]).toEqual([
    0,
    `installed ${bin()}/entangle\nnext: export PATH='${bin()}':"$PATH" && entangle demo\n`,
  ]);
  expect(statSync(join(bin(), 'entangle')).mode & 0o777).toBe(0o755);
  expect(readdirSync(bin())).toEqual(['entangle']);
});

test('--help says how it is used, and installs nothing', () => {
  const { status, stdout } = spawnSync('sh', [SCRIPT, '--help'], {
    env: { PATH: process.env.PATH, HOME: join(root, 'home') },
    encoding: 'utf8',
  });
  expect([status, stdout]).toEqual([
    0,
    expect.stringContaining('[--from DIRECTORY|https://…] [--to DIRECTORY]'),
  ]);
  expect(existsSync(bin())).toBe(false);
});

test('another sum: what was there stays, and nothing else is left', () => {
  offer('old');
  install(...fromHere());
  offer('new', 'other');
  const { status, stderr } = install(...fromHere());
  expect([status, stderr]).toEqual([
    1,
    expect.stringMatching(/is not what its sum says: nothing was installed\nhint: /),
  ]);
  expect(readFileSync(join(bin(), 'entangle'), 'utf8')).toBe('old');
  expect(readdirSync(bin())).toEqual(['entangle']);
});

test.each([
  ['no file', ['--from', '/nowhere'], 6, 'cannot get /nowhere/entangle-'],
  [
    'an address that anybody on the way can change',
    ['--from', 'http://127.0.0.1:1'],
    64,
    'will not load over http',
  ],
  ['an option without its value', ['--to'], 64, '--to needs a value'],
  ['another option', ['--force'], 64, 'unknown option --force'],
])('%s: refused with a hint', (_, args, code, words) => {
  const { status, stderr } = install(...args);
  expect([status, stderr]).toEqual([code, expect.stringContaining(words)]);
  expect(stderr).toContain('\nhint: ');
  expect(existsSync(join(bin(), 'entangle'))).toBe(false);
});

test.each(['a b', 'a\\b', "a'b$(touch ran)"])('--to names another place: %s', (name) => {
  offer('#!/bin/sh\necho ran\n');
  const to = join(root, name);
  const { status, stderr } = install(...fromHere(), '--to', to);
  expect(status).toBe(0);
  const next = stderr.slice(stderr.indexOf('next: ') + 'next: '.length);
  expect(spawnSync('sh', ['-c', next], { cwd: root, encoding: 'utf8' }).stdout).toBe('ran\n');
  expect(existsSync(join(root, 'ran'))).toBe(false);
});

test('a directory of that name, or a link to one, is not what it is put into', () => {
  offer('x');
  mkdirSync(bin(), { recursive: true });
  mkdirSync(join(root, 'other'));
  symlinkSync(join(root, 'other'), join(bin(), 'entangle'));
  const { status, stderr } = install(...fromHere());
  expect([status, stderr]).toEqual([3, expect.stringContaining('/entangle is a directory\nhint: ')]);
  expect(readdirSync(join(root, 'other'))).toEqual([]);
});
