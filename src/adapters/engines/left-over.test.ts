/** What a killed runner left of its turns. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { clearScratch, keptPlacesIn, leftPlacesIn } from './left-over.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'entangle-left-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test('scratch directories go with what is secret in them, read-only or not; workspaces stay', async () => {
  for (const turn of ['one', 'two']) {
    mkdirSync(join(root, turn, 'scratch/secrets'), { recursive: true });
    mkdirSync(join(root, turn, 'workspace'));
    writeFileSync(join(root, turn, 'scratch/secrets/model'), 'sk', { mode: 0o400 });
    writeFileSync(join(root, turn, 'workspace/a.txt'), 'a');
  }
  await clearScratch(root);
  for (const turn of ['one', 'two']) {
    expect(existsSync(join(root, turn, 'scratch'))).toBe(false);
    expect(existsSync(join(root, turn, 'workspace/a.txt'))).toBe(true);
  }
});

test('a runner that never ran a turn has nothing to clear', async () => {
  await clearScratch(join(root, 'none'));
  expect(existsSync(join(root, 'none'))).toBe(false);
});

test('places of agents are one thing, workspaces of turns another; nothing lies in what is not there', async () => {
  for (const name of ['agent-s-1-1', 's-1']) mkdirSync(join(root, name));
  expect(await keptPlacesIn(root)).toEqual([join(root, 'agent-s-1-1')]);
  expect(await leftPlacesIn(root)).toEqual([join(root, 's-1')]);
  expect(await leftPlacesIn(join(root, 'none'))).toEqual([]);
});
