/** Which surface `user watch` has, and which flags contradict. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadSettings } from '../kit/settings.ts';
import { withDefaults } from '../kit/usage.ts';
import { howToWatch, watchFlags } from './watch-flags.ts';

type Given = Partial<Parameters<typeof howToWatch>[1]>;
const NOTHING = {
  ...{ 'no-input': false, inline: false, 'screen-reader': false, plain: false, headless: false },
  ...{ notify: undefined, isJson: false },
};
const terminalOf = ({ columns = 120, rows = 40, isTTY = true, TERM = 'xterm' } = {}) => ({
  stdin: { isTTY },
  stdout: { isTTY, columns, rows },
  env: { TERM },
});
const how = (given: Given, terminal: Parameters<typeof terminalOf>[0] = {}, argv: string[] = []) =>
  howToWatch(terminalOf(terminal), { ...NOTHING, ...given }, argv);
const INLINE = { to: 'inline', surface: 'inline', hasLive: true, isSmall: false };
const SPOKEN = { ...INLINE, surface: 'spoken', hasLive: false };

test('a terminal decides where nobody does', () => {
  expect(how({})).toEqual({ to: 'screen' });
  expect(how({}, { columns: 79 })).toEqual({ ...INLINE, isSmall: true });
  expect(how({}, { rows: 19 })).toEqual({ ...INLINE, isSmall: true });
  expect(how({}, { TERM: 'dumb' })).toEqual({ ...INLINE, hasLive: false });
  expect(how({}, { isTTY: false })).toEqual({ to: 'lines' });
  expect(how({ 'no-input': true })).toEqual({ to: 'lines' });
});

test('a person decides before it', () => {
  expect(how({ inline: true })).toEqual(INLINE);
  expect(how({ 'screen-reader': true })).toEqual(SPOKEN);
  expect(how({ inline: true, 'screen-reader': true })).toEqual(SPOKEN);
  expect(how({ 'screen-reader': true }, { TERM: 'dumb' })).toEqual(SPOKEN);
  expect(how({ inline: true }, { isTTY: false })).toEqual({ to: 'lines' });
  expect(how({ plain: true })).toEqual({ to: 'lines' });
  expect(how({ isJson: true })).toEqual({ to: 'lines' });
  expect(how({ headless: true, notify: '/x' })).toEqual({ to: 'nobody' });
  expect(() => how({ headless: true })).toThrow('nobody would be told');
});

describe('what is typed', () => {
  test('counts before what is preferred', () => {
    expect(how({ 'screen-reader': true, plain: true }, {}, ['--plain'])).toEqual({ to: 'lines' });
    expect(how({ inline: true, isJson: true }, {}, ['--json'])).toEqual({ to: 'lines' });
    expect(how({ inline: true, plain: true }, {}, ['--inline'])).toEqual(INLINE);
    expect(how({ inline: true, headless: true }, {}, ['--inline'])).toEqual(INLINE);
  });
  test.each(['--plain', '--json', '--headless', '--no-input'])('may not be %s beside what asks', (other) => {
    for (const asking of ['--inline', '--screen-reader'])
      expect(() => how({}, {}, [asking, other])).toThrow(
        `${asking} asks you at the prompt, ${other} asks nobody`,
      );
  });
});

test('a file may prefer one, as true or false', async () => {
  const base = mkdtempSync(join(tmpdir(), 'watch-'));
  try {
    mkdirSync(join(base, 'entangle'));
    const read = (text: string) => {
      writeFileSync(join(base, 'entangle/config.yaml'), text);
      return loadSettings(base, { XDG_CONFIG_HOME: base });
    };
    const settings = await read('screen-reader: true\ninline: false\n');
    const flags = await withDefaults(watchFlags, settings, {});
    expect([flags['screen-reader']?.default, flags.inline?.default]).toEqual([true, false]);
    const keys = await read('bind: { arm: Z, pane-1: [7, i] }\n');
    expect((await withDefaults(watchFlags, keys, {})).bind?.default).toEqual([
      'arm=Z',
      'pane-1=7',
      'pane-1=i',
    ]);
    await expect(read('bind: { arm: { key: Z } }\n')).rejects.toThrow(
      '"bind" must be a text or a list of texts',
    );
    await expect(read('inline: sometimes\n')).rejects.toThrow('"inline" must be true or false');
  } finally {
    rmSync(base, { recursive: true });
  }
});
