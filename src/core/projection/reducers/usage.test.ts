/** What a runner says of a turn twice is heard as one and the same, whichever it says first. */
import { expect, test } from 'vitest';
import { memoryTables } from '../../../../test/support/memory-tables.ts';
import type { TurnUsage } from '../../acp/usage.ts';
import type { BodyOf } from '../../protocol/table.ts';
import type { LedgerMessage } from '../ledger-message.ts';
import { ROWS } from '../rows.ts';
import { reduceUsage } from './usage.ts';

const cost = (micros: number, currency: string) => ({ cost: { micros, currency } });
const PAIRS: [TurnUsage, TurnUsage][] = [
  [{ tokens: 2 }, { tokens: 1, ...cost(9, 'USD') }],
  [{ tokens: 1, ...cost(0, 'USD') }, { tokens: 1 }],
  [
    { tokens: 1, ...cost(2, 'EUR') },
    { tokens: 1, ...cost(1, 'USD') },
  ],
  [
    { tokens: 1, ...cost(1, 'USD') },
    { tokens: 1, ...cost(1, 'EUR') },
  ],
];
const told = (from: string, usage?: TurnUsage) =>
  ({ from, body: { session: 's', attempt: 1, turn: 1, usage } }) as LedgerMessage<BodyOf<'turn.observed'>>;

test.each(PAIRS)('%j, not %j', (more, less) => {
  for (const order of [
    [more, less],
    [less, more],
  ]) {
    const tables = memoryTables(ROWS);
    for (const one of order) reduceUsage(tables, told('r1', one));
    expect(tables.list('turn_usage').map((row) => row.told)).toEqual([more]);
  }
});

test('another runner says nothing of this one; nothing is a row of nothing', () => {
  const tables = memoryTables(ROWS);
  reduceUsage(tables, told('r1', { tokens: 1 }));
  reduceUsage(tables, told('r2', { tokens: 9 }));
  reduceUsage(tables, told('r3'));
  expect(tables.list('turn_usage').map(({ by, told }) => [by, told.tokens])).toEqual([
    ['r1', 1],
    ['r2', 9],
  ]);
});
