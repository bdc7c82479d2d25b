import { describe, expect, test } from 'vitest';
import { TurnPool } from './turn-pool.ts';
import { TurnRoom } from './turn-room.ts';

/** Work that ends when it is told to, or when it is stopped. */
const work = () => {
  let end: () => void = () => {};
  let stopped = false;
  const run = (signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      end = resolve;
      signal.addEventListener('abort', () => {
        stopped = true;
        resolve();
      });
    });
  return { run, end: () => end(), isStopped: () => stopped };
};
const answer = () => {
  let give: (value: string) => void = () => {};
  const given = new Promise<string>((resolve) => {
    give = resolve;
  });
  return { give: (value: string) => give(value), wait: () => given };
};

test('there is room until so many run, and again when one has ended', async () => {
  const pool = new TurnPool(2);
  const [one, two] = [work(), work()];
  const first = pool.run('one', one.run);
  expect([pool.hasRoom(), pool.size]).toEqual([true, 1]);
  void pool.run('two', two.run);
  expect([pool.hasRoom(), pool.size, pool.isRunning('one')]).toEqual([false, 2, true]);
  one.end();
  await first;
  expect([pool.hasRoom(), pool.size, pool.isRunning('one')]).toEqual([true, 1, false]);
});

test('it runs already while its work begins', () => {
  const pool = new TurnPool(1);
  let seen = false;
  void pool.run('one', async () => {
    seen = pool.isRunning('one');
  });
  expect(seen).toBe(true);
});

test('who waits for answers takes no place until the last of them is there', async () => {
  const pool = new TurnPool(1);
  void pool.run('one', work().run);
  const [first, second] = [answer(), answer()];
  const waits = [pool.waiting('one', first.wait), pool.waiting('one', second.wait)];
  expect([pool.hasRoom(), pool.size]).toEqual([true, 1]);
  first.give('a');
  expect(await waits[0]).toBe('a');
  expect(pool.hasRoom()).toBe(true);
  second.give('b');
  expect(await waits[1]).toBe('b');
  expect(pool.hasRoom()).toBe(false);
});

test('an answer that fails gives no place away', async () => {
  const pool = new TurnPool(1);
  void pool.run('one', work().run);
  const refused = pool.waiting('one', async () => {
    throw new Error('no answer');
  });
  await expect(refused).rejects.toThrow('no answer');
  expect(pool.hasRoom()).toBe(false);
});

test('an answer that comes when its turn is over leaves the next turn of the session alone', async () => {
  const pool = new TurnPool(1);
  const [first, late] = [work(), answer()];
  const ended = pool.run('one', first.run);
  const waiting = pool.waiting('one', late.wait);
  first.end();
  await ended;
  void pool.run('one', work().run);
  late.give('too late');
  expect(await waiting).toBe('too late');
  expect(pool.hasRoom()).toBe(false);
});

test('one is stopped, or all, and those that failed count as ended', async () => {
  const pool = new TurnPool(3);
  const [one, two] = [work(), work()];
  const first = pool.run('one', one.run);
  void pool.run('two', two.run);
  const failing = pool.run('three', async () => {
    throw new Error('broken');
  });
  pool.stop('one');
  pool.stop('nobody');
  await first;
  expect([one.isStopped(), two.isStopped()]).toEqual([true, false]);
  await Promise.all([pool.stopAll(), expect(failing).rejects.toThrow('broken')]);
  expect([two.isStopped(), pool.size]).toEqual([true, 0]);
});

test('all is stopped when it has ended, not when it was told to', async () => {
  const pool = new TurnPool(1);
  const slow = answer();
  void pool.run('one', async () => void (await slow.wait()));
  let isOver = false;
  const stopping = pool.stopAll().then(() => {
    isOver = true;
  });
  await new Promise(setImmediate);
  expect([isOver, pool.size]).toEqual([false, 1]);
  slow.give('done');
  await stopping;
  expect(pool.size).toBe(0);
});

test('who asks for a session that runs no more gets its answer all the same', async () => {
  const pool = new TurnPool(1);
  expect(await pool.waiting('nobody', async () => 'an answer')).toBe('an answer');
  expect(pool.hasRoom()).toBe(true);
});

test('an answer waits for a place when others took it, before anything new begins', async () => {
  const pool = new TurnPool(1);
  const [asks, other] = [work(), work()];
  void pool.run('asks', asks.run);
  const given = answer();
  const waiting = pool.waiting('asks', given.wait);
  const second = pool.run('other', other.run);
  given.give('yes');
  let told: string | undefined;
  void waiting.then((value) => {
    told = value;
  });
  await new Promise(setImmediate);
  expect([told, pool.hasRoom(), pool.size]).toEqual([undefined, false, 2]);
  other.end();
  await second;
  expect([await waiting, pool.hasRoom()]).toEqual(['yes', false]);
});

test.each(['is stopped', 'has ended'])('an answer for one that %s waits for no place', async (how) => {
  const pool = new TurnPool(1);
  const asks = work();
  const ended = pool.run('asks', () => asks.run(new AbortController().signal));
  const waiting = pool.waiting('asks', async () => 'yes');
  void pool.run('other', work().run);
  if (how === 'is stopped') pool.stop('asks');
  else asks.end();
  expect(await waiting).toBe('yes');
  asks.end();
  await ended;
});

test('however many wait, so many begin beside them; but what one of them waits for always does', async () => {
  const pool = new TurnPool(2);
  let begun = 0;
  for (; pool.hasRoom() && begun < 100; begun++) {
    void pool.run(`${begun}`, work().run);
    void pool.waiting(`${begun}`, () => new Promise(() => {}));
  }
  expect([begun, pool.hasRoom(true)]).toEqual([18, true]);
});

test('engines together take no more memory than there is, also those that wait for an answer', async () => {
  const pool = new TurnPool(4, 1000);
  const one = work();
  const first = pool.run('one', one.run, 600);
  expect([pool.hasRoom(false, 400), pool.hasRoom(false, 401), pool.hasRoom()]).toEqual([true, false, true]);
  const given = answer();
  const waits = pool.waiting('one', given.wait);
  expect([pool.hasRoom(false, 401), pool.memoryLeft()]).toEqual([false, 400]);
  given.give('a');
  await waits;
  one.end();
  await first;
  expect([pool.hasRoom(false, 1000), pool.hasRoom(false, 1001)]).toEqual([true, false]);
});

test('what another one here waits for is given the memory of those that wait, and no more', async () => {
  const pool = new TurnPool(4, 1000);
  void pool.run('one', work().run, 600);
  expect(pool.hasRoom(true, 600)).toBe(false);
  const given = answer();
  const waits = pool.waiting('one', given.wait);
  expect([pool.hasRoom(true, 600), pool.hasRoom(true, 1001)]).toEqual([true, false]);
  given.give('a');
  await waits;
});

describe('of several runners of one process', () => {
  test('T189 together they have the places of the process, each no more than its own', () => {
    const room = new TurnRoom(3);
    const [one, other] = [new TurnPool(2, undefined, room), new TurnPool(2, undefined, room)];
    void one.run('a', work().run);
    void one.run('b', work().run);
    expect([one.hasRoom(), other.hasRoom()]).toEqual([false, true]);
    // The id of a session is its requester's choice: another federation may use it too
    void other.run('a', work().run);
    expect([one.size, other.size, other.hasRoom(), other.isRunning('b')]).toEqual([2, 1, false, false]);
  });

  test('what the engines of one take of the memory the other does not have', () => {
    const room = new TurnRoom(9, 1000);
    const [one, other] = [new TurnPool(9, 800, room), new TurnPool(9, 800, room)];
    void one.run('a', work().run, 700);
    expect([one.memoryLeft(), other.memoryLeft()]).toEqual([100, 300]);
    expect([other.hasRoom(false, 300), other.hasRoom(false, 301)]).toEqual([true, false]);
  });

  test('one that waits for a place of its own keeps none from the other', async () => {
    const room = new TurnRoom(2);
    const [one, other] = [new TurnPool(1, undefined, room), new TurnPool(1, undefined, room)];
    const [first, second] = [answer(), work()];
    void one.run('a', work().run);
    const waiting = one.waiting('a', first.wait);
    void one.run('b', second.run);
    first.give('yes');
    await Promise.resolve();
    expect(other.hasRoom()).toBe(true);
    second.end();
    expect(await waiting).toBe('yes');
  });

  test('who has a place to return to returns when another runner leaves it, and that one is told of no place of its own', async () => {
    const room = new TurnRoom(1);
    const [one, other] = [new TurnPool(1, undefined, room), new TurnPool(1, undefined, room)];
    const told: string[] = [];
    room.join(one, () => told.push('one'));
    room.join(other, () => told.push('other'));
    const [first, second] = [answer(), work()];
    void one.run('a', work().run);
    const waiting = one.waiting('a', first.wait);
    expect(told).toEqual(['other']);
    const ran = other.run('b', second.run);
    first.give('yes');
    second.end();
    await ran;
    expect([await waiting, one.hasRoom(), other.hasRoom()]).toEqual(['yes', false, false]);
    expect(told).toContain('one');
    room.leave(one);
    told.length = 0;
    other.stop('b');
    expect(told).toEqual([]);
  });
});
