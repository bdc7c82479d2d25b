import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { times } from '../../../test/support/counts.ts';
import type { Clock } from '../../ports/index.ts';
import { type Ask, Paging } from './paging.ts';
import { PAGE_LIMIT, Query } from './query.ts';

const frozen: Clock = { now: () => 0, monotonic: () => 0, sleep: () => Promise.resolve() };
type Stored = { id: string; createdAt: number; key?: string };

/** Pages through a relay that gives `most` events at once, in any order, and slips live ones into its answers. */
function page(stored: readonly Stored[], most: number, live: readonly Stored[] = []) {
  const seen = new Set<string>();
  const keys = [...new Set(stored.map(({ key }) => key ?? 'k'))];
  const paging = new Paging(keys, 0);
  let pages = 0;
  const coming = [...live];
  let ask: Ask | undefined = { keys, until: Number.POSITIVE_INFINITY, limit: PAGE_LIMIT };
  for (; ask !== undefined; pages++) {
    const { until, limit }: Ask = ask;
    const asked = new Set(ask.keys);
    const query = new Query(`page-${pages}`, until, frozen);
    const answer = stored
      .filter(({ createdAt, key = 'k' }) => createdAt <= until && asked.has(key))
      .sort((a, b) => b.createdAt - a.createdAt)
      .slice(0, Math.min(most, limit));
    const slipped = coming.shift();
    if (slipped !== undefined) answer.push(slipped);
    for (const each of answer) {
      query.count({ ...each, text: '' }, true);
      seen.add(each.id);
    }
    ask = paging.after(query);
    if (pages > 5_000) throw new Error('no end');
  }
  const { second: crowded, keys: of } = paging.crowded ?? {};
  return {
    seen: seen.size,
    pages,
    crowded,
    ...(of === undefined ? {} : { of: [...of] }),
  };
}
const wraps = (count: number, createdAt: number, key = 'k'): Stored[] =>
  Array.from({ length: count }, (_, n) => ({ id: `${key} ${createdAt} ${n}`, createdAt, key }));

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
        expect(page(stored, limit).seen).toBe(stored.length);
      },
    );
    fc.assert(property, { numRuns: times(300, 5_000) });
  });

  test('an old wrap that is published while a page is read does not hide the ones between', () => {
    const stored = Array.from({ length: 1_400 }, (_, n) => ({ id: `${n}`, createdAt: 200_000 - n * 100 }));
    const live = Array.from({ length: 3 }, (_, n) => ({ id: `live ${n}`, createdAt: 10 + n }));
    expect(page(stored, 500, live)).toMatchObject({ seen: 1_403, crowded: undefined });
  });

  test('one second with more events than a page is passed over once, not for ever, and is told', () => {
    const { pages, seen, crowded } = page([...wraps(800, 50), ...wraps(100, 49)], 500);
    expect({ seen, crowded }).toEqual({ seen: 600, crowded: 50 });
    expect(pages).toBeLessThan(10);
  });

  test.each([
    ['as the oldest of all', [...wraps(800, 50), ...wraps(3, 60)], 500, { seen: 503, crowded: 50 }],
    ['as all that there is', wraps(501, 50), 500, { seen: 500, crowded: 50 }],
    [
      'where a relay gives less at once',
      [...wraps(101, 50), ...wraps(1, 49)],
      100,
      { seen: 101, crowded: 50 },
    ],
    ['of such a relay, as the oldest', [...wraps(5, 60), ...wraps(300, 50)], 100, { seen: 105, crowded: 50 }],
    [
      'more than once: the newest is told',
      [...wraps(900, 60), ...wraps(900, 50)],
      500,
      { seen: 1_000, crowded: 60 },
    ],
    [
      'but the relay gives more at once where it is asked for',
      [...wraps(800, 50), ...wraps(9, 49)],
      1_000,
      { seen: 809 },
    ],
    [
      'of two keys, but not of one',
      [...wraps(400, 50, 'a'), ...wraps(450, 50, 'b'), ...wraps(1, 49, 'a')],
      500,
      { seen: 851 },
    ],
    [
      'of two keys, and of one',
      [...wraps(400, 50, 'a'), ...wraps(501, 50, 'b')],
      500,
      { seen: 900, crowded: 50, of: ['b'] },
    ],
  ])('a second holds more: %s', (_name, stored, most, expected) => {
    expect(page(stored, most)).toMatchObject({ crowded: undefined, ...expected });
  });

  test.each([
    ['one wrap', wraps(1, 50)],
    ['a few of one second', wraps(5, 50)],
    ['a few of one second, and newer', [...wraps(5, 50), ...wraps(2, 60)]],
    ['many of one second, between others', [...wraps(400, 50), ...wraps(90, 60), ...wraps(90, 40)]],
    ['of several keys', [...wraps(2, 50, 'a'), ...wraps(3, 50, 'b')]],
  ])('an ordinary mailbox is crowded by nothing: %s', (_name, stored) => {
    expect(page(stored, 500)).toMatchObject({ seen: stored.length, crowded: undefined });
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
