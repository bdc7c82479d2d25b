/** What the past of a home costs: its room, folding it anew, and the block of a save. Only an idle machine can tell. */
import { expect, test } from 'vitest';
import { run } from '../../bench/history.ts';
import { isSlow } from '../support/counts.ts';

test.runIf(isSlow)(
  'T150 a line takes at most six tenths of itself in the read models, folding ten times verifying, and a save 50 ms',
  { timeout: 600_000 },
  async () => {
    const figures = await run();
    for (const { name, ours, ratio } of figures)
      process.stdout.write(`${name}: ${ours.toFixed(0)}, ratio ${ratio.toFixed(2)}\n`);
    expect(figures.filter(({ ratio, goal }) => ratio > goal!.value)).toEqual([]);
  },
);
