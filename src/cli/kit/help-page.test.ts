import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { builtPage, writtenPages } from './help-page.ts';
import { userAgentOf } from './package-file.ts';

let layout: { root: string; commands: string };
const wasTerminal = process.stdout.isTTY;

beforeEach(() => {
  process.stdout.isTTY = false;
  const root = mkdtempSync(join(tmpdir(), 'entangle-help-'));
  layout = { root, commands: join(root, 'dist', 'commands') };
  writeFileSync(join(root, 'package.json'), '{"version":"7.0.0"}');
  mkdirSync(join(root, 'dist'));
  const agent = 'entangle/0.1.0 of the build';
  const pages = [[], ['user'], ['user', 'inbox']].map((words) => ({
    ...{ words, text: `“about” ${words}, ${agent}\n` },
  }));
  writeFileSync(...writtenPages(join(root, 'dist'), pages, agent));
});
afterEach(() => {
  process.stdout.isTTY = wasTerminal;
  vi.unstubAllEnvs();
});

test.each([[[]], [['user']], [['user', 'inbox']]])(
  'the page of %j is there, and says which program this is',
  (words) => {
    expect(builtPage(layout, words)).toBe(`“about” ${words}, ${userAgentOf('7.0.0')}\n`);
  },
);

test.each([[['user-inbox']], [['..', 'help', 'user']], [['user', 'index']], [['User']], [['constructor']]])(
  '%j has none',
  (words) => {
    expect(builtPage(layout, words)).toBe(null);
  },
);

test('a terminal has its own width', () => {
  process.stdout.isTTY = true;
  expect(builtPage(layout, ['user'])).toBe(null);
});

test('and so has whoever asks for one', () => {
  vi.stubEnv('OCLIF_COLUMNS', '100');
  expect(builtPage(layout, ['user'])).toBe(null);
});
