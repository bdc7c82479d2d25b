/** How a person's client waits and when it works: at once where something changed, in time where nobody says so. */
import { describe, expect, test } from 'vitest';
import { SESSION, startSingleUser } from '../../../test/sim/single-user.ts';

const REPLACED = { alice: 'user', bob: 'bob', builder: 'peer' } as const;
const LONG = 60_000;

describe('a wait', () => {
  test.each([['with'], ['without']])(
    '%s a signal ends at once when a change brings what it looks for',
    async (how) => {
      const alice = await startSingleUser(null);
      await alice.time.pass(100);
      const before = alice.time.elapsed();
      const signal = how === 'with' ? [new AbortController().signal] : [];
      const found = alice.user.until(() => alice.home.tables.list('peers')[0]?.name, LONG, ...signal);
      await alice.hearRoutes();
      expect(await alice.time.finish('the peer', found)).toBe('builder');
      expect(alice.time.elapsed()).toBe(before);
    },
  );

  test('sees within half a second what another process of the same home wrote', async () => {
    const alice = await startSingleUser();
    const found = alice.user.until(() => alice.home.tables.get('sessions', SESSION)?.id, LONG);
    await alice.time.pass(2000);
    await alice.launch('bob');
    const before = alice.time.elapsed();
    expect(await alice.time.finish('the session', found)).toBe(SESSION);
    expect(alice.time.elapsed() - before).toBeLessThanOrEqual(500);
  });

  test('is over when its time is', async () => {
    const { user, time } = await startSingleUser();
    const before = time.elapsed();
    expect(
      await time.finish(
        'the end',
        user.until(() => null, 1234),
      ),
    ).toBe(null);
    expect(time.elapsed() - before).toBe(1234);
  });

  test('is over at once when it is called off, before it or in it', async () => {
    const { user, time } = await startSingleUser();
    const off = new AbortController();
    const before = time.elapsed();
    const waited = user.until(() => null, LONG, off.signal);
    off.abort();
    expect(await time.finish('the end', waited)).toBe(null);
    expect(
      await time.finish(
        'none at all',
        user.until(() => null, LONG, off.signal),
      ),
    ).toBe(null);
    expect(time.elapsed()).toBe(before);
  });
});

test('a task is asked of the new key of its node as soon as the routes say it', async () => {
  const alice = await startSingleUser();
  await alice.launch();
  await alice.time.pass(1000);
  const before = alice.time.elapsed();
  await alice.hearRoutes(REPLACED);
  await alice.time.until('the next attempt', () => alice.said('task.request').length === 2);
  expect(alice.time.elapsed()).toBe(before);
});
