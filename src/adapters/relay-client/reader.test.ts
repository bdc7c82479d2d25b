/** How many pages a relay may have. */
import { describe, expect, test } from 'vitest';
import type { Clock } from '../../ports/index.ts';
import { RelayReader } from './reader.ts';

const frozen: Clock = { now: () => 0, monotonic: () => 0, sleep: () => Promise.resolve() };
type Stored = { id: string; createdAt: number; key: string };

/** Reads a relay that answers with what `give` finds; the keys that were read to the end, or why it was left alone. */
const read = async (
  keys: readonly string[],
  give: (until: number, keys: readonly string[]) => readonly Stored[],
): Promise<{ synced?: readonly string[]; failed?: string; pages: number }> => {
  const asked: { id: string; filter: { '#p': string[]; until?: number } }[] = [];
  const end: { synced?: readonly string[]; failed?: string } = {};
  const reader = new RelayReader(frozen, {
    send: ([name, id, filter]) => {
      if (name === 'REQ' && id !== 'ephemeral') asked.push({ id, filter } as (typeof asked)[number]);
    },
    since: () => 0,
    fail: (reason) => {
      end.failed = reason;
    },
    given: () => {},
    synced: (all) => {
      end.synced = all;
    },
  });
  reader.subscribe(keys);
  let pages = 0;
  for (let next = asked.shift(); next !== undefined; next = asked.shift(), pages++) {
    const { id: subscription, filter } = next;
    for (const { id, createdAt } of give(filter.until ?? 1_000_000, filter['#p'])) {
      const nobody = { author: '', text: '', recipients: [] };
      const event = { name: 'EVENT' as const, subscription, id, createdAt, kind: 1059, ...nobody };
      await reader.onEvent(event, () => {});
    }
    reader.onEose(subscription);
  }
  return { ...end, pages };
};

describe('pages', () => {
  test('that a relay invents without end end its reading', async () => {
    const found = await read(['k'], (until) => [{ id: `${until}`, createdAt: until - 1, key: 'k' }]);
    expect(found).toEqual({ failed: 'endless pages', pages: 5_001 });
  });

  test('of one key alone are not counted: with many keys, many crowded seconds are no endless pages', async () => {
    const keys = Array.from({ length: 50 }, (_, n) => `key ${n}`);
    const stored = Array.from({ length: 110 }, (_, second) =>
      [1, 2, 3].map((n) => ({ id: `${second} ${n}`, createdAt: 1_000 - second, key: 'key 0' })),
    ).flat();
    const { pages, ...end } = await read(keys, (until, those) =>
      stored.filter(({ createdAt, key }) => createdAt <= until && those.includes(key)).slice(0, 2),
    );
    expect(end).toEqual({ synced: keys.slice(1) });
    expect(pages).toBeGreaterThan(5_000);
  });
});
