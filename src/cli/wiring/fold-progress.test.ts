/** A start that takes long says how far it is, now and then. */
import { expect, test } from 'vitest';
import { foldProgress } from './fold-progress.ts';

test('is told once in five seconds, and never by a start that takes less', () => {
  let now = 0;
  const told: string[] = [];
  const tell = foldProgress((level, text) => told.push(`${level} ${text}`), { monotonic: () => now });
  const fold = (from: number, to: number, ms: number) => {
    for (let line = from; line <= to; line++) {
      now += ms;
      tell(line);
    }
  };
  fold(1, 1_000, 4);
  expect(told).toEqual([]);
  fold(1_001, 3_000, 4);
  expect(told).toEqual([
    'info still reading the ledger: 1280 lines so far',
    'info still reading the ledger: 2560 lines so far',
  ]);
});
