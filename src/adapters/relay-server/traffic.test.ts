/**
 * T111: sixty days of ordinary traffic fit. Twenty people, fifty agents, forty tasks a day an agent, half of all away in
 * every other week. A twentieth of it is played, against a twentieth of the room, in the relay's own index.
 */
import { expect, test } from 'vitest';
import { OF_A_TASK } from '../../../test/support/traffic.ts';
import type { SignedEvent } from '../../core/nostr/event.ts';
import { STORE_LIMITS } from './store.ts';
import { EventIndex } from './store-index.ts';

const SCALE = 20;
const DAY = 24 * 3600;
const START = 1_800_000_000;
const [PEOPLE, AGENTS, TASKS] = [20, 50, 40 / SCALE];
/** As large as one of 8 KiB; those of a task are a quarter of it. */
const WRAP_BYTES = 19_600;

const key = (n: number): string => n.toString(16).padStart(64, '0');
type Member = { key: string; wrapsADay: number; isAway: (day: number) => boolean };
const everyOtherWeek = (n: number) => (day: number) => n % 2 === Math.floor(day / 7) % 2;
const members: Member[] = [
  ...Array.from({ length: PEOPLE }, (_, n) => ({
    key: key(n),
    wrapsADay: (AGENTS * TASKS * OF_A_TASK.people) / PEOPLE,
    isAway: everyOtherWeek(n),
  })),
  ...Array.from({ length: AGENTS }, (_, n) => ({
    key: key(100 + n),
    wrapsADay: TASKS * OF_A_TASK.agent,
    isAway: everyOtherWeek(n),
  })),
  { key: key(999), wrapsADay: AGENTS * TASKS * OF_A_TASK.host, isAway: () => false },
];

const play = (days: number) => {
  const index = new EventIndex();
  let serial = 1_000_000;
  let offset = 0;
  const add = (over: Partial<SignedEvent>, created_at: number): string => {
    const event = {
      id: key(++serial),
      pubkey: key(1),
      created_at,
      kind: 1059,
      tags: [],
      content: '',
      sig: '',
    };
    index.add({ ...event, ...over }, { offset, length: WRAP_BYTES });
    offset += WRAP_BYTES;
    return event.id;
  };
  const most = { events: 0, bytes: 0 };
  for (let day = 0; day < days; day++) {
    const now = START + day * DAY;
    for (const { key: me, wrapsADay, isAway } of members) {
      // A sender leaves a copy a day for who is away (services/messaging/outbox.ts): of all messages since the first day.
      let since = day;
      while (since > 0 && isAway(since - 1)) since--;
      const copies = isAway(day) ? day - since + 1 : 1;
      const ids = Array.from({ length: wrapsADay * copies }, () => add({ tags: [['p', me]] }, now));
      if (!isAway(day) && day > 0 && isAway(day - 1)) {
        const mail = { tags: new Map([['p', new Set([me])]]), since: 0, until: now, limit: 1e9 };
        const own = { keys: new Set([me]), seesOther: () => false };
        ids.push(...index.candidates(mail, own, now).map(({ id }) => id));
      }
      if (!isAway(day)) add({ kind: 5, pubkey: me, tags: ids.map((id) => ['e', id]) }, now);
      most.events = Math.max(most.events, index.size);
      most.bytes = Math.max(most.bytes, index.bytes);
    }
    index.sweep(now, now - 60 * DAY);
  }
  return { most, left: index.size };
};

test('sixty days of twenty people and fifty agents', () => {
  const { most } = play(60);
  expect(most.events).toBeGreaterThan(STORE_LIMITS.events / SCALE / 4);
  expect(most.events).toBeLessThan(STORE_LIMITS.events / SCALE);
  expect(most.bytes).toBeLessThan(STORE_LIMITS.bytes / SCALE);
});
