/** Ten tasks in a federation to which everything happens: whatever the history, the same things hold in the end. */
import { expect, test } from 'vitest';
import { times } from '../support/counts.ts';
import { HANDING, type History, historyOf, shrink } from './histories.ts';
import { runHistory } from './run-history.ts';

/** Seeds that failed once, each with what was wrong; they are run for ever. */
const FAILED: readonly string[] = [
  // A task that ended was asked again of the node’s next key, which said nothing.
  'long 89',
  // A delegation was put to the node’s next key as the same attempt: what the key before had pushed was pushed again.
  'long 3604',
  'long 5434',
  'long 5641',
  // The history itself: it waited for the end of a stop that a crash had overtaken.
  'long 592',
  // The history itself: an operator’s word reached a Host in the moment in which it stopped.
  'long 9914',
  // A lie itself: it was told while the Host was starting.
  'long 5363',
  // The watch itself: it laid a push to the runner of an earlier attempt, and took two counts of one second for one.
  'long 354',
  'long 6375',
  'long 502',
  'long 622',
  'long 957',
  'long 1867',
  'long 2058',
  'long 2106',
  // The watch itself: it lied about an approval whose request was not there yet.
  'fresh 216',
  // Another runner had it before: what that one pushed was gone on from, so the task was done twice on its branch.
  'fresh 800',
];
const FRESH = times(30, 1000);
const given = process.env.SEED;
const HANDED = times(5, 300);
const counted = (word: string, length: number) => Array.from({ length }, (_, i) => `${word} ${i}`);
const seeds = given ? [given] : [...FAILED, ...counted('fresh', FRESH), ...counted(HANDING, HANDED)];

test.each(seeds)('history "%s"', async (seed) => {
  const history = historyOf(seed);
  const over = seed.startsWith(HANDING) ? { after: 10, every: 10 } : undefined;
  const wrong = await runHistory(history, undefined, over);
  if (wrong.length === 0) return;
  const isWrong = (fewer: History) =>
    runHistory(fewer, undefined, over).then(
      (found) => found.length > 0,
      () => true,
    );
  const { steps } = await shrink(history, isWrong);
  const told = steps.map((step) => JSON.stringify(step)).join('\n');
  const again = `SEED='${seed}' npx vitest run test/sim/random-history.test.ts`;
  expect.fail(`${wrong.join('\n')}\n\nwith these steps alone it is wrong too:\n${told}\n\nagain: ${again}`);
});
