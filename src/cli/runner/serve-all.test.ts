/** Several runners in one process: what is wrong with one of them is said of that one. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { newcomerConfig } from '../../services/setup/config.ts';
import { resolveHome } from '../kit/settings.ts';
import { writeConfig } from '../wiring/home-config.ts';
import { servedText, wireRunners } from './serve-all.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'entangle-serve-all-'));
});
afterEach(() => rmSync(root, { recursive: true }));

test('one that has not joined is led to join by its own name', async () => {
  const paths = resolveHome(root, {}, '/');
  const lab = { kind: 'runner' as const, name: 'lab', keys: 'file' as const, settings: null };
  await writeConfig(paths.runner('lab'), newcomerConfig, lab);
  await expect(wireRunners(paths, undefined, { input: false, log: () => {} })).rejects.toMatchObject({
    code: 'not_found',
    message: 'runner lab: this runner has not joined a federation yet',
    hint: 'join a federation first: `entangle runner join INVITE --runner lab`',
  });
});

test('runners that their federations call the same are told apart', () => {
  const line = ['runner build-1, capacity 4, sandbox bwrap'];
  const served = new Map(['acme', 'lab'].map((name) => [name, line]));
  expect(servedText(served, 8)).toEqual([`acme: ${line}`, `lab: ${line}`, 'together: capacity 8']);
});
