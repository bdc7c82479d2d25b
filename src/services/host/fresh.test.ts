import { expect, test } from 'vitest';
import type { Message } from '../../core/protocol/message.ts';
import { freshness } from './fresh.ts';

const START = 1_795_000_000;
const beat = (id: string, createdAt: number, from = 'r1') =>
  ({ from, createdAt, body: { beat: id } }) as Message<{ beat: string }>;

test('a heartbeat counts once, in whatever order relays bring it', () => {
  const isFresh = freshness(START);
  expect([beat('a', START + 20), beat('b', START + 10), beat('a', START + 20)].map(isFresh)).toEqual([
    true,
    true,
    false,
  ]);
  expect(isFresh(beat('a', START + 20, 'r2'))).toBe(true);
});

test('one that was kept for long counts no more, though its id is forgotten', () => {
  const isFresh = freshness(START);
  for (let i = 0; i < 100; i++) expect(isFresh(beat(`b${i}`, START + i * 10))).toBe(true);
  expect(isFresh(beat('b0', START))).toBe(false);
  expect(isFresh(beat('never seen', START))).toBe(false);
});

test('a Host that starts takes none from long before, and forgives a clock that is a little wrong', () => {
  expect(freshness(START)(beat('old', START - 3_600))).toBe(false);
  expect(freshness(START)(beat('slow clock', START - 600))).toBe(true);
});

test('how far beats may overtake each other is a minute, and within it none counts twice', () => {
  const isFresh = freshness(START);
  expect(isFresh(beat('newest', START + 1_000))).toBe(true);
  expect([beat('a', START + 940), beat('b', START + 939), beat('a', START + 940)].map(isFresh)).toEqual([
    true,
    false,
    false,
  ]);
});
