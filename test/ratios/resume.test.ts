/** What the mark of a ledger saves at a start: a ratio of times on the same machine. */
import { expect, test } from 'vitest';
import { run } from '../../bench/resume.ts';

test('a ledger of 10,000 lines opens at least five times faster from its mark', async () => {
  expect((await run(5, 10_000)).ratio).toBeGreaterThan(5);
});
