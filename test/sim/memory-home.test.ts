import { expect, test } from 'vitest';
import { record } from '../../src/services/messaging/rejections.ts';
import { createMemoryHome, seededRandom } from './memory-home.ts';
import { virtualClock } from './virtual-clock.ts';

test('a home over the disk of a crashed one has its key, its lines and its read models', async () => {
  const { clock } = virtualClock();
  const random = seededRandom('memory home');
  const before = createMemoryHome({ kind: 'host', name: 'host', clock, random });
  await record(before, 'epoch.claimed', { n: 1, boot: 'b0'.repeat(16), previous: null, revision: 0 });
  const after = createMemoryHome({ kind: 'host', name: 'host', clock, random, disk: before.disk });
  expect(after.self.pubkey).toBe(before.self.pubkey);
  expect(after.ledger.head).toEqual(before.ledger.head);
  expect(after.tables.get('epoch', 'own')).toEqual(before.tables.get('epoch', 'own'));
});

test('time passes when everybody waits, and an aborted sleeper is not waited for', async () => {
  const { clock, until, elapsed } = virtualClock();
  const woken: number[] = [];
  const stop = new AbortController();
  void clock.sleep(10_000, stop.signal).then(() => woken.push(10_000));
  void clock.sleep(50).then(() => woken.push(50));
  void clock.sleep(20).then(() => {
    woken.push(20);
    stop.abort();
  });
  await until('all three', () => woken.length === 3);
  expect(woken).toEqual([20, 10_000, 50]);
  expect(elapsed()).toBe(50);
});
