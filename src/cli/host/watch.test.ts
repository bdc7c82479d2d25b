/** A screen for a person at a terminal that is large enough, and lines for everybody else. */
import { expect, test } from 'vitest';
import { isForScreen } from './watch.ts';

const at = ({ columns = 80, rows = 20, isTTY = true, canType = true, TERM = 'xterm' } = {}) => ({
  stdin: { isTTY: canType },
  stdout: { isTTY, columns, rows },
  env: { TERM },
});
const wanted = { 'no-input': false, plain: false, isJson: false };

test('a person at a terminal of 80 by 20 has a screen', () => {
  expect(isForScreen(at(), wanted)).toBe(true);
});

test.each([
  ['in a pipe', at({ isTTY: false }), {}],
  ['with a pipe as stdin', at({ canType: false }), {}],
  ['in 79 columns', at({ columns: 79 }), {}],
  ['in 19 rows', at({ rows: 19 }), {}],
  ['in a dumb terminal', at({ TERM: 'dumb' }), {}],
  ['with --plain', at(), { plain: true }],
  ['with --json', at(), { isJson: true }],
  ['with --no-input', at(), { 'no-input': true }],
] as const)('%s it is lines', (_where, terminal, more) => {
  expect(isForScreen(terminal as never, { ...wanted, ...more })).toBe(false);
});
