/** A Ctrl-C at a terminal that is lent: over a real one, since only that signals a whole group of processes. */

import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bundledProgram } from '../support/bundled-program.ts';
import { openScreen } from '../support/screen.ts';

const CHILD = bundledProgram(join(import.meta.dirname, '../support/lending-child.ts'));
const TURNS = process.env.SLOW === '1' ? 1_000 : 150;

test('a Ctrl-C ends the pager or the editor, and never comes to what lent the terminal, also not late', async () => {
  const screen = openScreen([process.execPath, CHILD, String(TURNS)], { PATH: '/usr/bin:/bin' });
  for (let turn = 1; turn <= TURNS; turn += 1) {
    await screen.until(`<${turn}>`);
    screen.send('\u0003');
  }
  await screen.until('heard 0');
  expect(await screen.ended).toBe(0);
});
