/** A short lock is waited for in the order in which one came. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { acquireLock, isLockHeld } from './lock.ts';
import { openShortLock, type ShortLock, withLock } from './short-lock.ts';

const SEATS = 16;
let root: string;
let path: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'entangle-lock-'));
  path = join(root, 'lock');
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** Once somebody sits there. */
const seated = (seat: number) =>
  expect.poll(() => isLockHeld(`${path}.next.${seat}`), { timeout: 60_000 }).toBe(true);

test('the short lock waits its turn and gives up in time', async () => {
  const options = { path, owner: 'short', timeoutMs: 5_000 };
  let inside = 0;
  const runs = await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      withLock(options, async () => {
        expect(++inside).toBe(1);
        await new Promise((resolve) => setImmediate(resolve));
        inside--;
        return i;
      }),
    ),
  );
  expect(runs).toHaveLength(20);
  const lock = await acquireLock(path, 'for long');
  await expect(withLock({ ...options, timeoutMs: 30 }, async () => 'never')).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining('for long'),
  });
  await lock.release();
  await expect(
    withLock(options, async () => {
      throw new Error('inside');
    }),
  ).rejects.toThrowError('inside');
  expect(await withLock(options, async () => 'free again')).toBe('free again');
});

test('two that write take turns: who releases the lock and asks again waits for who waited', async () => {
  const [one, two] = [await openShortLock(path, 'one', 60_000), await openShortLock(path, 'two', 60_000)];
  const order: string[] = [];
  const turn = async (name: string, lock: ShortLock) => {
    for (let n = 0; n < 10; n++)
      await lock.hold(async () => {
        order.push(name);
        // Until the other one waits: who would pass by it here has every turn
        if (order.length < 20) await seated(0);
      });
  };
  await Promise.all([turn('one', one), turn('two', two)]);
  expect(order.join(' ')).toBe(Array(10).fill('one two').join(' '));
  await Promise.all([one.close(), two.close()]);
});

test('sixteen wait, and are served in the order in which they came', async () => {
  const owner = await acquireLock(path, 'who came before');
  const served: number[] = [];
  const all: Promise<void>[] = [];
  for (let n = 0; n < SEATS; n++) {
    all.push(withLock({ path, owner: `number ${n}`, timeoutMs: 60_000 }, async () => void served.push(n)));
    await seated(n);
  }
  await owner.release();
  await Promise.all(all);
  expect(served).toEqual(Array.from({ length: SEATS }, (_, n) => n));
});

test('who gives up leaves its seat, and those behind it move up', async () => {
  const owner = await acquireLock(path, 'for long');
  const impatient = await openShortLock(path, 'impatient', 30);
  await expect(impatient.hold(async () => 'never')).rejects.toMatchObject({ code: 'conflict' });
  const patient = withLock({ path, owner: 'patient', timeoutMs: 60_000 }, async () => 'served');
  await seated(0);
  await owner.release();
  expect(await patient).toBe('served');
  for (const name of await readdir(root))
    expect([name, await isLockHeld(join(root, name))]).toEqual([name, false]);
  await impatient.close();
});

test('who never waits has no seat', async () => {
  const lock = await openShortLock(path, 'alone', 60_000);
  for (let n = 0; n < 3; n++) await lock.hold(async () => undefined);
  await lock.close();
  expect((await readdir(root)).sort()).toEqual(['lock', 'lock.next']);
});
