import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
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

test('a link to a directory goes, and what is there stays', async () => {
  mkdirSync(join(root, 'elsewhere'));
  writeFileSync(join(root, 'elsewhere/kept'), 'x');
  symlinkSync('elsewhere', join(root, 'link'));
  await removeTree(join(root, 'link'));
  expect(readdirSync(root)).toEqual(['elsewhere']);
  expect(readdirSync(join(root, 'elsewhere'))).toEqual(['kept']);
});

describe('a program is started', () => {
  const path = process.env.PATH;
  const [programs, started] = [() => join(root, 'programs'), () => join(root, 'started')];
  beforeEach(() => {
    mkdirSync(programs());
    writeFileSync(join(programs(), 'rm'), `#!/bin/sh\n: > '${started()}'\nexec /bin/rm "$@"\n`);
    chmodSync(join(programs(), 'rm'), 0o755);
    process.env.PATH = programs();
  });
  afterEach(() => {
    process.env.PATH = path;
  });
  const removed = async (names: readonly string[]): Promise<boolean> => {
    const tree = join(root, 'tree');
    for (const name of names) mkdirSync(join(tree, name), { recursive: true });
    await removeTree(tree);
    expect(existsSync(tree)).toBe(false);
    return existsSync(started());
  };

  test('for many entries', async () => {
    expect(await removed(Array.from({ length: 100 }, (_, i) => `d${i}/inner/more/x`))).toBe(true);
  });
  test('for deep ones', async () => {
    expect(await removed([Array.from({ length: 30 }, () => 'd').join('/')])).toBe(true);
  });
  test('and not for a few, nor for none', async () => {
    expect(await removed(['a/b/c', 'd'])).toBe(false);
    expect(await removed([])).toBe(false);
  });
});
