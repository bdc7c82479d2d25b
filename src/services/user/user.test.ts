/** How a person's client waits and when it works: at once where something changed, in time where nobody says so. */
import { describe, expect, test } from 'vitest';
import { createSingleHome } from '../../../test/sim/single-home.ts';
import { SESSION, startSingleUser } from '../../../test/sim/single-user.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { streamOf } from '../messaging/send.ts';
import { startUser } from './user.ts';

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

test('what goes wrong in its own work is told and tried again, and holds up no wait', async () => {
  const alice = await startSingleUser();
  let failures = 0;
  alice.home.ledger.catchUp = async () => {
    failures += 1;
    throw new Error('the disk is gone');
  };
  await alice.time.until('the second try', () => failures === 2);
  expect(alice.logged).toEqual(Array(failures).fill('the disk is gone'));
  const before = alice.time.elapsed();
  const found = alice.user.until(() => alice.home.tables.get('sessions', SESSION)?.id, LONG);
  await alice.launch();
  expect(await alice.time.finish('the session', found)).toBe(SESSION);
  expect(alice.time.elapsed()).toBe(before);
});

test('that the Host lives is nothing that a turn printed', async () => {
  const alice = await startSingleUser();
  const body = { revision: 1, digest: null };
  await alice.hear({ type: 'host.beat', from: 'host', to: 'user', body });
  expect([alice.user.traces.lines(null), alice.user.traces.version, alice.logged]).toEqual([[], 0, []]);
});

test('that the key is used elsewhere is told once, where the Host acknowledges another stream', async () => {
  const { hear, home, logged, time } = await startSingleUser();
  const told = () => logged.filter((text) => text.includes('speaks from another home'));
  const ack = async (stream: string) => {
    await hear({ type: 'ack', from: 'host', to: 'user', body: { stream, high: 1, top: 1, missing: [] } });
    await time.pass(100);
  };
  await ack(streamOf(home, home.self.pubkey));
  expect(told()).toEqual([]);
  await ack('ab'.repeat(16));
  await ack('cd'.repeat(16));
  expect(told()).toHaveLength(1);
});

describe('who leaves', () => {
  const leave = async (alice: Awaited<ReturnType<typeof startSingleUser>>) => {
    await alice.time.finish('the end', alice.user.close());
    return alice.logged;
  };
  const LATER = 'saved, and sent by the next command that reaches a relay';

  test('is told of what no relay took, and that it is not lost', async () => {
    const alice = await startSingleUser();
    alice.relay.refuses = () => true;
    const kept = alice.home.tables.count('outbox');
    expect(kept).toBe(1);
    expect(await leave(alice)).toContain(`no relay is reachable: one message of yours is ${LATER}`);
  });

  test('of how many, where it is more than one', async () => {
    const alice = await startSingleUser();
    alice.relay.refuses = () => true;
    await alice.launch();
    expect(await leave(alice)).toContain(`no relay is reachable: 2 messages of yours are ${LATER}`);
  });

  test('of why that is, where it is known', async () => {
    const one = createSingleHome('user', 'alice');
    const user = await startUser({ home: one.home, invite: null, whyUnreached: () => 'nothing runs' });
    one.relay.refuses = () => true;
    await one.time.finish('the end', user.close());
    expect(one.logged).toContain(`nothing runs: one message of yours is ${LATER}`);
  });

  test('and of nothing, where a relay has all', async () => {
    const alice = await startSingleUser();
    await alice.launch();
    expect(await leave(alice)).toEqual([]);
  });
});

test.each([[null], [{ id: uuidOf(1), hmac: 'cd'.repeat(32) } as const]])(
  'the Host is told once who is here, with the invite that let them in: %j',
  async (invite) => {
    const { home, said, actors } = createSingleHome('user', 'alice');
    await startUser({ home, invite });
    await startUser({ home, invite });
    const told = said('user.hello').map(({ to, body: { name, invite: by } }) => [to, name, by]);
    expect(told).toEqual([[actors.host.pubkey, 'alice', invite ?? undefined]]);
  },
);
