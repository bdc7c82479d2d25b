/** A trace that never stops: what it costs is bounded, and a key is answered meanwhile. Only an idle machine can tell. */
import { expect, test } from 'vitest';
import { run } from '../../bench/busy.ts';
import { isSlow } from '../support/counts.ts';

/** Of what a bound is: a process that ran longer may hold somewhat more, and does not hold twice as much. */
const MOST = [1, 1, 1.25];

test.runIf(isSlow)(
  'ten thousand rows a minute take at most 15 % of a core, no more memory after ten minutes than after two, and a key 50 ms',
  { timeout: 900_000 },
  async () => {
    const figures = await run();
    for (const { name, ours, unit } of figures) process.stdout.write(`${name}: ${ours.toFixed(1)} ${unit}\n`);
    expect(figures.filter(({ ratio }, at) => ratio > MOST[at]!)).toEqual([]);
  },
);
