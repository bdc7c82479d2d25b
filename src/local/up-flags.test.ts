import { expect, test } from 'vitest';
import { screenArgs, showsScreen } from './up-flags.ts';

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

test('what a person prefers goes to the screen; keys that would do two things are refused before it', async () => {
  const flags = { theme: 'none', alert: 'bell', 'quiet-hours': undefined, bind: undefined } as const;
  expect(await screenArgs(flags)).toEqual(['--theme', 'none', '--alert', 'bell']);
  const all = { ...flags, 'quiet-hours': '22:00-07:00', bind: ['arm=Z', 'quit=Q'] };
  expect((await screenArgs(all)).slice(4)).toEqual([
    ...['--quiet-hours', '22:00-07:00', '--bind', 'arm=Z', '--bind', 'quit=Q'],
  ]);
  await expect(screenArgs({ ...flags, bind: ['reject=n'] })).rejects.toThrow('n would be the key of');
});
