import { describe, expect, test } from 'vitest';
import { age } from '../../core/encoding/age.ts';
import { EntangleError } from '../../core/errors.ts';
import { globalFlags } from './flags.ts';
import { globalFirst } from './global-words.ts';
import { cells, counted, paint, pairs, screenWidth, table } from './render.ts';
import { resolveHome } from './settings.ts';

describe('the home', () => {
  test('flag or variable, else XDG_DATA_HOME, else ~/.local/share', () => {
    expect(resolveHome('x', { HOME: '/h' }, '/work').root).toBe('/work/x');
    expect(resolveHome(undefined, { HOME: '/h', XDG_DATA_HOME: '/d' }, '/').host).toBe(
      '/d/entangle/host/default',
    );
    expect(resolveHome(undefined, { HOME: '/h', XDG_DATA_HOME: 'relative' }, '/').relay).toBe(
      '/h/.local/share/entangle/relay',
    );
    expect(resolveHome('', { HOME: '/h' }, '/').root).toBe('/h/.local/share/entangle');
  });
  test.each(['../host', '', 'A', 'a/b', '.', 'a'.repeat(65)])(
    'no Host, runner or user is named %j',
    (name) => {
      const home = resolveHome('/x', {}, '/');
      const host = (one: string) => resolveHome('/x', {}, '/', one);
      for (const place of [host, home.runner, home.user]) {
        expect(() => place(name)).toThrow(EntangleError);
      }
    },
  );
});

test.each([
  ['--json user inbox', '--json', 'user inbox'],
  ['--home /h -q user inbox --all', '--home /h -q', 'user inbox --all'],
  ['--home=/h --no-input demo', '--home=/h --no-input', 'demo'],
  ['user inbox --json', '', 'user inbox --json'],
  ['--frob user', '', '--frob user'],
])('global options first: %s', (line, flags, rest) => {
  expect(globalFirst(line.split(' '))).toEqual({
    flags: flags.split(' ').filter(Boolean),
    rest: rest.split(' '),
  });
});

test('every global option may stand first', () => {
  for (const [name, { type, char }] of Object.entries(globalFlags)) {
    const value = type === 'option' ? ['/h'] : [];
    for (const option of [`--${name}`, ...(char ? [`-${char}`] : [])])
      expect(globalFirst([option, ...value, 'user', 'inbox']).rest, option).toEqual(['user', 'inbox']);
  }
});

describe('text', () => {
  test('a table aligns wide characters and colours, and a newline cannot fake a row', () => {
    const name = paint('good', 'ok', true);
    expect(
      table(
        ['name', 'state'],
        [
          ['日本', 'a\nroot  admin'],
          ['b', name],
          ['c', null],
        ],
      ),
    ).toBe(`NAME  STATE\n日本  a ↵ root  admin\nb     ${name}\nc     –`);
    expect(cells(name)).toBe(2);
  });
  test('a table in a terminal has one line a row: its last column is cut, the others are not', () => {
    const rows = [
      ['01a2153d-3182', 'write a very long text'],
      ['b', '日本語日本語日本語日本語'],
    ];
    expect(table(['id', 'task'], rows, 30)).toBe(
      'ID             TASK\n01a2153d-3182  write a very l…\nb              日本語日本語日…',
    );
    for (const line of table(['id', 'task'], rows, 30).split('\n'))
      expect(cells(line)).toBeLessThanOrEqual(30);
    expect(table(['id', 'task'], rows, 5)).toContain('01a2153d-3182  write a ver…');
    expect(table(['id', 'task'], rows)).toContain('write a very long text');
  });
  test.each([
    [{ isTTY: true, columns: 70 }, {}, 70],
    [{ isTTY: true, columns: 70 }, { COLUMNS: '50' }, 50],
    [{ isTTY: true, columns: 0 }, { COLUMNS: '50' }, 50],
    [{ isTTY: true, columns: 70 }, { COLUMNS: '-1' }, 70],
    [{ isTTY: true, columns: 0 }, {}, Number.POSITIVE_INFINITY],
    [{ columns: 70 }, { COLUMNS: '50' }, Number.POSITIVE_INFINITY],
  ])('a screen %j with %j has %d columns', (stream, env, width) => {
    expect(screenWidth(stream, env)).toBe(width);
  });
  test.each([
    [-1, '0 s ago'],
    [-125_000, '2 min ago'],
    [23.5 * 3_600_000, 'in 23 h'],
    [-49 * 3_600_000, '2 d ago'],
    [59_000, 'in 59 s'],
  ])('%d ms from now is %s', (ms, words) => {
    const now = Date.parse('2026-11-26T10:00:00.000Z');
    expect(age(new Date(now + ms).toISOString(), now)).toBe(words);
  });
  test('pairs leave out what is not there', () => {
    expect(
      pairs([
        ['a', 1],
        ['long', 'x\ny'],
        ['gone', undefined],
      ]),
    ).toBe('a     1\nlong  x\n      y');
  });
  test('paint without colour changes nothing', () => {
    expect(paint('bad', 'x', false)).toBe('x');
    expect(paint('bad', 'x', false, 'high-contrast')).toBe('x');
    expect(paint('good', 'x', true, 'colour-blind')).toBe('\u001b[94mx\u001b[39m');
    expect([counted(1, 'node'), counted(2, 'node')]).toEqual(['1 node', '2 nodes']);
  });
});
