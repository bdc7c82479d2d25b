import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { times } from '../../../test/support/counts.ts';
import type { Clock } from '../../ports/index.ts';
import { Query } from './query.ts';

const frozen: Clock = { now: () => 0, monotonic: () => 0, sleep: () => Promise.resolve() };
type Stored = { id: string; createdAt: number };

/** Pages through a relay that gives `limit` events at once, in any order, and slips live ones into its answers. */
function page(stored: readonly Stored[], limit: number, live: readonly Stored[] = []) {
  const seen = new Set<string>();
  let known: ReadonlyMap<string, number> = new Map();
  let pages = 0;
  const coming = [...live];
  for (let until: number | undefined = Number.POSITIVE_INFINITY; until !== undefined; pages++) {
    const bound: number = until;
    const query = new Query(`page-${pages}`, bound, frozen);
    const answer = stored
      .filter(({ createdAt }) => createdAt <= bound)
      .sort((a, b) => b.createdAt - a.createdAt)
      .slice(0, limit);
    const slipped = coming.shift();
    if (slipped !== undefined) answer.push(slipped);
    for (const each of answer) {
      query.count({ ...each, text: '' }, true);
      seen.add(each.id);
    }
    until = query.next(known);
    known = query.seen;
    if (pages > 5_000) throw new Error('no end');
  }
  return { seen, pages };
}

describe('paging', () => {
  test('finds every event, however few a relay gives at once, if no second holds more than that', () => {
    const property = fc.property(
      fc.array(fc.integer({ min: 0, max: 2_000 }), { maxLength: 200 }),
      fc.integer({ min: 1, max: 60 }),
      (times, limit) => {
        const perSecond = new Map<number, number>();
        const stored = times.flatMap((createdAt, n) => {
          const count = (perSecond.get(createdAt) ?? 0) + 1;
          perSecond.set(createdAt, count);
          return count > limit ? [] : [{ id: `${n}`, createdAt }];
        });
        expect(page(stored, limit).seen.size).toBe(stored.length);
      },
    );
    fc.assert(property, { numRuns: times(300, 5_000) });
  });

  test('an old wrap that is published while a page is read does not hide the ones between', () => {
    const stored = Array.from({ length: 1_400 }, (_, n) => ({ id: `${n}`, createdAt: 200_000 - n * 100 }));
    const live = Array.from({ length: 3 }, (_, n) => ({ id: `live ${n}`, createdAt: 10 + n }));
    expect(page(stored, 500, live).seen.size).toBe(1_403);
  });

  test('one second with more events than a page is passed over once, not for ever', () => {
    const stored = Array.from({ length: 900 }, (_, n) => ({ id: `${n}`, createdAt: n < 800 ? 50 : 49 }));
    const { seen, pages } = page(stored, 500);
    expect(seen.size).toBe(600);
    expect(pages).toBeLessThan(10);
  });

  test('an empty mailbox is one page', () => {
    expect(page([], 500).pages).toBe(1);
  });
});

test('time in which our side was busy is not held against the relay', () => {
  let now = 0;
  const query = new Query('page-1', 0, { ...frozen, monotonic: () => now });
  query.pause();
  now += 100_000;
  query.resume();
  expect(query.isLate()).toBe(false);
  now += 30_001;
  expect(query.isLate()).toBe(true);
});
