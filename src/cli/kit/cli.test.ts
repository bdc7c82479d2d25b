import { describe, expect, test } from 'vitest';
import { EntangleError } from '../../core/errors.ts';
import { cells, count, paint, pairs, table } from './render.ts';
import { resolveHome } from './settings.ts';

describe('the home', () => {
  test('flag or variable, else XDG_DATA_HOME, else ~/.local/share', () => {
    expect(resolveHome('x', { HOME: '/h' }, '/work').root).toBe('/work/x');
    expect(resolveHome(undefined, { HOME: '/h', XDG_DATA_HOME: '/d' }, '/').host).toBe('/d/entangle/host');
    expect(resolveHome(undefined, { HOME: '/h', XDG_DATA_HOME: 'relative' }, '/').relay).toBe(
      '/h/.local/share/entangle/relay',
    );
    expect(resolveHome('', { HOME: '/h' }, '/').root).toBe('/h/.local/share/entangle');
  });
  test.each(['../host', '', 'A', 'a/b', '.', 'a'.repeat(65)])('no runner or user is named %j', (name) => {
    const home = resolveHome('/x', {}, '/');
    for (const place of [home.runner, home.user]) {
      expect(() => place(name)).toThrow(EntangleError);
    }
  });
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
    expect([count(1, 'node'), count(2, 'node')]).toEqual(['1 node', '2 nodes']);
  });
});
