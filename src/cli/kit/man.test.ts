/** Manual pages: one for every command, with all its flags, and sound for groff. */
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { hasTool } from '../../../test/support/child.ts';
import { loadConfig } from './help.ts';
import { type ManPage, manPages } from './man.ts';

const root = resolve(import.meta.dirname, '../../..');
let config: Awaited<ReturnType<typeof loadConfig>>;
let pages: ManPage[];
beforeAll(async () => {
  config = await loadConfig(root);
  pages = manPages(config);
});
const plain = (text: string): string =>
  text
    .replaceAll('\\-', '-')
    .replace(/\\f[BIR]/g, '')
    .replaceAll('\\&', '');

test('every command has a page with its flags, their variables and its examples, and entangle(1) names it', () => {
  const [overview, ...rest] = pages;
  expect(rest).toHaveLength(config.commands.length);
  expect(overview!.name).toBe('entangle');
  for (const command of config.commands) {
    const name = `entangle-${command.id.replaceAll(':', '-')}`;
    expect(plain(overview!.text)).toContain(`${name}(1)`);
    const text = plain(rest.find((page) => page.name === name)!.text);
    for (const [flag, { env, hidden }] of Object.entries(command.flags)) {
      if (hidden) continue;
      expect(text, name).toContain(`--${flag}`);
      if (env) expect(text, name).toContain(env);
    }
    for (const arg of Object.values(command.args).filter(({ hidden }) => !hidden))
      expect(text, name).toContain(arg.name.toUpperCase());
    expect(text, name).not.toContain('<%=');
  }
});

test('the same pages each time, with no date in them', () => {
  expect(manPages(config)).toEqual(pages);
  expect(pages[0]!.text).not.toMatch(/20\d\d-/);
});

test.runIf(hasTool('groff', ['--version']))('groff finds no fault with any of them', () => {
  // All in one start: a fault is told by the line in this text
  const { stderr, stdout, status } = spawnSync(
    'groff',
    ['-man', '-Tutf8', '-Kutf8', '-ww', '-rCHECKSTYLE=3'],
    { input: pages.map(({ text }) => text).join(''), encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  );
  expect([status, stderr]).toEqual([0, '']);
  // Bold is each letter over itself
  expect(stdout.replace(/.\x08/g, '').split('SYNOPSIS')).toHaveLength(pages.length + 1);
});
