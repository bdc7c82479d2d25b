/** What is over leaves the working sets of a federation to which everything happens: nobody does or says anything else. */
import { expect, test } from 'vitest';
import type { Line } from '../../src/core/ledger/line.ts';
import { foldLine } from '../../src/core/projection/fold.ts';
import type { HistoryBounds } from '../../src/core/projection/history/over.ts';
import { times } from '../support/counts.ts';
import { idealSuite } from '../support/ideal-suite.ts';
import { tieredTables } from '../support/tiered-tables.ts';
import type { Federation } from './federation.ts';
import { HANDING, historyOf } from './histories.ts';
import { everyPart } from './invariants.ts';
import { runHistory } from './run-history.ts';

/** Rows that these lines move. */
const movedBy = (lines: readonly Line[], bounds: HistoryBounds): number => {
  const { tables, leave } = tieredTables(bounds);
  return lines.reduce((sum, line) => {
    foldLine(tables, line, idealSuite.sha256);
    return sum + leave(line.n);
  }, 0);
};

/** What went wrong, and the lines of each home: all that the federation ever did follows from the seed. */
const played = async (seed: string, bounds?: HistoryBounds) => {
  const seen: Federation[] = [];
  const wrong = await runHistory(historyOf(seed), (fed) => void seen.push(fed), bounds);
  const homes = everyPart(seen[0]!).map(({ name, disk }) => ({ name, lines: disk.lines }));
  return { wrong, homes, last: homes.map(({ name, lines }) => [name, lines.length, lines.at(-1)?.chain]) };
};

const EVERY: readonly (readonly [seed: string, after: number])[] = [
  [`${HANDING} 0`, 1],
  ...Array.from({ length: times(0, 200) }, (_, i) => [`over ${i}`, i % 2 === 0 ? 10 : 1] as const),
];

test.each(EVERY)(
  'history "%s", with a look for what is over every %i lines, leaves the same lines everywhere',
  async (seed, every) => {
    const bounds = { after: every, every };
    const [all, tiered] = [await played(seed), await played(seed, bounds)];
    expect(tiered.wrong).toEqual(all.wrong);
    expect(tiered.last).toEqual(all.last);
    for (const { name, lines } of tiered.homes)
      if (lines.length > 100) expect([name, movedBy(lines, bounds)]).not.toEqual([name, 0]);
  },
);
