/** A home is told from its copies, whatever else is equal. */
import { cp, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isInPlace, keepNoPlace, keepPlace } from './home-place.ts';

let root: string;
let home: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'entangle-place-'));
  home = join(root, 'host');
  await mkdir(home, { mode: 0o700 });
});
afterEach(() => rm(root, { recursive: true, force: true }));

test('a home that kept no place yet is where it is, and stays so under another name', async () => {
  expect(await isInPlace(home)).toBe(true);
  await keepPlace(home);
  expect(await isInPlace(home)).toBe(true);
  await rename(home, join(root, 'other'));
  expect(await isInPlace(join(root, 'other'))).toBe(true);
});

test('a copy is not where its home is, until it keeps a place of its own', async () => {
  await keepPlace(home);
  const copy = join(root, 'copy');
  await cp(home, copy, { recursive: true });
  expect([await isInPlace(home), await isInPlace(copy)]).toEqual([true, false]);
  await keepPlace(copy);
  expect(await isInPlace(copy)).toBe(true);
});

test('on another machine it is elsewhere, also where the directory has the same number', async () => {
  const [one, other] = [join(root, 'one'), join(root, 'other')];
  await writeFile(one, 'a1\n');
  await writeFile(other, 'b2\n');
  await keepPlace(home, one);
  expect([await isInPlace(home, one), await isInPlace(home, other)]).toEqual([true, false]);
  expect(await isInPlace(home, join(root, 'none'))).toBe(false);
});

test('what was restored is nowhere', async () => {
  await keepNoPlace(home);
  expect(await isInPlace(home)).toBe(false);
});
