import { expect, test } from 'vitest';
import { showsScreen } from './up-flags.ts';

const terminalOf = ({ columns = 80, rows = 20, isTTY = true, TERM = 'xterm' } = {}) => ({
  stdin: { isTTY },
  stdout: { isTTY, columns, rows },
  env: { TERM },
});

test.each([
  [{}, undefined, false, true],
  [{}, false, false, false],
  [{ columns: 79 }, undefined, false, false],
  [{ rows: 19 }, undefined, false, false],
  [{ TERM: 'dumb' }, undefined, false, false],
  [{ columns: 79 }, true, false, true],
  [{ isTTY: false }, undefined, false, false],
  [{ isTTY: false }, false, false, false],
  [{}, undefined, true, false],
])(
  'in the terminal %o, asked for: %s, for a program: %s, there is a screen: %s',
  (of, wanted, program, is) => {
    expect(showsScreen(terminalOf(of), wanted, program)).toBe(is);
  },
);

test('it is refused where nobody would see it', () => {
  expect(() => showsScreen(terminalOf({ isTTY: false }), true, false)).toThrow('there is no terminal');
  expect(() => showsScreen(terminalOf(), true, true)).toThrow('there is no terminal');
});
