import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { builtPage, writtenPage } from './help-page.ts';
import { userAgentOf } from './package-file.ts';

let layout: { root: string; commands: string };
const wasTerminal = process.stdout.isTTY;

beforeEach(() => {
  process.stdout.isTTY = false;
  const root = mkdtempSync(join(tmpdir(), 'entangle-help-'));
  layout = { root, commands: join(root, 'dist', 'commands') };
  writeFileSync(join(root, 'package.json'), '{"version":"7.0.0"}');
  for (const words of [[], ['user'], ['user', 'inbox']]) {
    const text = `about ${words}, entangle/0.1.0 of the build\n`;
    const [file, page] = writtenPage(join(root, 'dist'), words, {
      text,
      userAgent: 'entangle/0.1.0 of the build',
    });
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, page);
  }
});
afterEach(() => {
  process.stdout.isTTY = wasTerminal;
  vi.unstubAllEnvs();
});

test.each([[[]], [['user']], [['user', 'inbox']]])(
  'the page of %j is there, and says which program this is',
  (words) => {
    expect(builtPage(layout, words)).toBe(`about ${words}, ${userAgentOf('7.0.0')}\n`);
  },
);

test.each([[['user-inbox']], [['..', 'help', 'user']], [['user', 'index']], [['User']]])(
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
