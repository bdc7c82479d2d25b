/** What agents tell of tokens and cost: whole numbers, bounded, and never those of another turn. */
import { describe, expect, test } from 'vitest';
import { MAX_USAGE } from '../bounds.ts';
import { readShape } from '../encoding/read-shape.ts';
import { used } from './shapes.ts';
import {
  sumUsage,
  type TurnUsage,
  turnUsage,
  usageSince,
  usageSumText,
  usageText,
  usageTold,
} from './usage.ts';

const of = (tokens: number, micros?: number, currency = 'USD'): TurnUsage =>
  micros === undefined ? { tokens } : { tokens, cost: { currency, micros } };

describe('what an agent tells', () => {
  const told = (more: object) => readShape(used, { used: 1, size: 2, ...more }).success;
  test('is taken in whole numbers, with a cost or without', () => {
    expect([told({}), told({ cost: null }), told({ cost: { amount: 0.015, currency: 'USD' } })]).toEqual([
      ...[true, true, true],
    ]);
    expect(usageTold({ used: 12, cost: { amount: 0.0150004, currency: 'EUR' } })).toEqual(
      of(12, 15_000, 'EUR'),
    );
  });
  test.each([
    ['half a token', { used: 1.5 }],
    ['fewer than none', { used: -1 }],
    ['more than anybody has', { used: MAX_USAGE.tokens + 1 }],
    ['no number', { used: '1' }],
    ['a cost below nothing', { cost: { amount: -0.1, currency: 'USD' } }],
    ['a cost without end', { cost: { amount: 1e300, currency: 'USD' } }],
    ['a currency that is none', { cost: { amount: 1, currency: 'dollars' } }],
  ])('is passed over: %s', (_, more) => {
    expect(told(more)).toBe(false);
  });
  test('at its bounds is what a message carries', () => {
    expect(told({ used: MAX_USAGE.tokens, cost: { amount: 1e6, currency: 'USD' } })).toBe(true);
    const most = usageTold({ used: MAX_USAGE.tokens, cost: { amount: 1e6, currency: 'USD' } });
    expect(readShape(turnUsage(), most).success).toBe(true);
    expect(readShape(turnUsage(), of(1, MAX_USAGE.micros + 1)).success).toBe(false);
  });
});

test('of a session that goes on the cost of the turns before is none of this one', () => {
  expect(usageSince(of(9, 500), of(5, 200))).toEqual(of(9, 300));
  expect(usageSince(of(9, 100), of(5, 200))).toEqual(of(9, 0));
  expect(usageSince(of(9, 500), of(5, 200, 'EUR'))).toEqual(of(9, 500));
  expect(usageSince(of(9, 500), undefined)).toEqual(of(9, 500));
  expect(usageSince(of(9), of(5, 200))).toEqual(of(9));
});

describe('a sum', () => {
  test('has a row for each currency, by name', () => {
    const sum = sumUsage([of(1, 10), of(2), of(3, 5, 'EUR'), of(4, 20)]);
    expect(sum).toEqual({
      ...{ turns: 4, tokens: 10 },
      costs: [
        { currency: 'EUR', micros: 5 },
        { currency: 'USD', micros: 30 },
      ],
    });
    expect(usageSumText(sum)).toBe('4 turns told 10 tokens, 0.000005 EUR, 0.00003 USD');
    expect(usageSumText(sumUsage([]))).toBeNull();
    expect(usageText(of(7, 1_500_000))).toBe('7 tokens, 1.5 USD');
  });
  test('is bounded: in its numbers, and in the currencies that it names', () => {
    const most = Array.from({ length: 10_000 }, () => of(MAX_USAGE.tokens, MAX_USAGE.micros));
    expect(sumUsage(most).costs).toEqual([{ currency: 'USD', micros: Number.MAX_SAFE_INTEGER }]);
    const many = Array.from('ABCDEFGHIJ', (letter) => of(1, 1, `${letter}AA`));
    expect(
      sumUsage(many)
        .costs.map(({ currency }) => currency.charAt(0))
        .join(''),
    ).toBe('ABCDEFGH');
  });
});
