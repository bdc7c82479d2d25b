/** Whom a person's client asks, when it asks again, and what it does not cancel. */
import { describe, expect, test } from 'vitest';
import { startSingleSession } from '../../../test/sim/single-session.ts';
import { SESSION, startSingleUser, USER_GRAPH } from '../../../test/sim/single-user.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { ask, cancel } from './ask.ts';
import { reissue } from './requests.ts';
import { sessionView } from './views.ts';

type Alice = Awaited<ReturnType<typeof startSingleUser>>;
const requests = ({ said }: Alice) =>
  said('task.request').map(({ to, body }) => ({ to, session: body.session, attempt: body.attempt }));
const REPLACED = { alice: 'user', bob: 'bob', builder: 'peer' } as const;
const ONLY_APPROVES = USER_GRAPH.replace('alice delegates_to builder, ', '');

describe('who can be asked', () => {
  test('routes on their way are waited for, and then asked over', async () => {
    const alice = await startSingleUser(null);
    const asked = ask(alice.user, 'builder', 'write');
    await alice.time.pass(5_000);
    await alice.hearRoutes();
    await alice.time.pass(1_000);
    const { session } = await asked;
    expect(requests(alice)).toEqual([{ to: alice.actors.node.pubkey, session, attempt: 1 }]);
  });

  test('but not with a task of more than 64 KiB: it is refused at once, and nothing is sent', async () => {
    const alice = await startSingleUser();
    for (const task of ['世'.repeat(21_846), 'x'.repeat(65_537)])
      await expect(ask(alice.user, 'builder', task)).rejects.toMatchObject({
        code: 'usage',
        hint: expect.stringContaining('`--attach FILE`'),
      });
    expect(requests(alice)).toEqual([]);
    expect(alice.home.tables.count('sessions')).toBe(0);
    expect(alice.time.elapsed()).toBeLessThan(1000);
  });

  test('ten seconds, not longer', async () => {
    const alice = await startSingleUser(null);
    const asked = expect(ask(alice.user, 'builder', 'write')).rejects.toMatchObject({ code: 'unavailable' });
    await alice.time.pass(10_500);
    await asked;
  });
});

describe('beside the names of its files', () => {
  const NAMES = Array.from({ length: 8 }, (_, n) => `${n}${'設'.repeat(37)}`.padStart(100, '"'));
  const asked = async (names: readonly string[]) => {
    const alice = await startSingleUser();
    const bytes = new Uint8Array(524_288);
    const files = names.map((name) => ({ name, bytes }));
    const sent = ask(alice.user, 'builder', '"'.repeat(400), files).catch((error: unknown) => error);
    const answer = await alice.time.finish('the task', sent, 120_000);
    return { answer, sent: requests(alice).length };
  };
  test('the longest beginning of a task goes along, whatever it is made of', async () => {
    expect(await asked(NAMES)).toMatchObject({ sent: 1 });
  });
  test('too many quotation marks are refused in words, and nothing is sent', async () => {
    const names = NAMES.map((name) => name.replaceAll('設', '"'));
    expect(await asked(names)).toMatchObject({
      answer: { code: 'usage', message: expect.stringContaining('at most 500 quotation marks') },
      sent: 0,
    });
  });
});

describe('a task is asked again of the key that took the place of another', () => {
  test('under the next attempt, the same task, once', async () => {
    const alice = await startSingleUser();
    await alice.launch();
    await reissue(alice.home, alice.user.exchange);
    expect(requests(alice)).toHaveLength(1);
    await alice.hearRoutes(REPLACED);
    await reissue(alice.home, alice.user.exchange);
    await reissue(alice.home, alice.user.exchange);
    const { node, peer } = alice.actors;
    expect(requests(alice)).toEqual([
      { to: node.pubkey, session: SESSION, attempt: 1 },
      { to: peer.pubkey, session: SESSION, attempt: 2 },
    ]);
    expect(new Set(alice.said('task.request').map(({ body }) => body.task))).toEqual(new Set(['write']));
  });

  type Kept = { rule: string; act(alice: Alice): Promise<unknown>; before: number };
  const KEPT: readonly Kept[] = [
    {
      rule: 'only what this person launched',
      before: 0,
      act: async (alice) => {
        await alice.launch('bob');
        await alice.hearRoutes(REPLACED);
      },
    },
    {
      rule: 'only what has not ended',
      before: 1,
      act: async (alice) => {
        const { request } = await alice.launch();
        const body = { session: SESSION, attempt: 1, step: 1, state: 'cancelled' as const };
        await alice.hear({ type: 'task.result', from: 'node', to: 'user', re: String(request), body });
        await alice.hearRoutes(REPLACED);
      },
    },
    {
      rule: 'only of a key that is there',
      before: 1,
      act: async (alice) => {
        await alice.launch();
        await alice.hearRoutes({ alice: 'user', bob: 'bob' });
      },
    },
    {
      rule: 'only of a node that the graph still has',
      before: 1,
      act: async (alice) => {
        await alice.launch();
        await alice.hearRoutes(
          { alice: 'user' },
          'graph: acme\nnodes:\n  alice: { kind: user, pubkey: $user }\n',
        );
      },
    },
    {
      rule: 'only over an edge that still carries tasks',
      before: 1,
      act: async (alice) => {
        await alice.launch();
        await alice.hearRoutes(REPLACED, ONLY_APPROVES);
      },
    },
  ];
  test.each(KEPT)('$rule', async ({ act, before }) => {
    const alice = await startSingleUser();
    await act(alice);
    await reissue(alice.home, alice.user.exchange);
    expect(requests(alice)).toHaveLength(before);
  });
});

describe('cancel', () => {
  test('tells the node, once', async () => {
    const alice = await startSingleUser();
    const session = await alice.launch();
    await cancel(alice.user, session, 'why');
    await cancel(alice.user, session, 'why');
    expect(alice.said('task.cancel')).toMatchObject([
      { to: alice.actors.node.pubkey, body: { session: SESSION, reason: 'why' } },
    ]);
  });

  test('ends at once what nobody runs: no later key is asked for it, and nothing goes to the key before', async () => {
    for (const isAskedAgain of [false, true]) {
      const alice = await startSingleUser();
      const session = await alice.launch();
      expect(sessionView(alice.home, alice.home.tables.get('sessions', SESSION)!).nobodyRuns).toBe(false);
      await alice.hearRoutes(isAskedAgain ? REPLACED : { alice: 'user', bob: 'bob' });
      const asking = isAskedAgain ? reissue(alice.home, alice.user.exchange) : null;
      // Its next key is known, and not asked yet: somebody runs it
      const view = sessionView(alice.home, alice.home.tables.get('sessions', SESSION)!);
      expect(view.nobodyRuns).toBe(!isAskedAgain);
      await cancel(alice.user, session, 'why');
      await asking;
      expect(sessionView(alice.home, alice.home.tables.get('sessions', SESSION)!)).toMatchObject({
        ...{ state: 'cancelled', reason: 'cancelled_by_requester' },
        summary: 'cancelled while nobody ran builder: why',
      });
      await alice.hearRoutes(REPLACED);
      await reissue(alice.home, alice.user.exchange);
      expect([requests(alice).length, alice.said('task.cancel')]).toEqual([1, []]);
    }
  });

  test('also behind steps of the node that were no moves, and with as much of the reason as its record holds', async () => {
    const { alice, update } = await startSingleSession();
    await update('accepted');
    await update('accepted');
    await alice.hearRoutes({ alice: 'user', bob: 'bob' });
    await cancel(alice.user, alice.home.tables.get('sessions', SESSION)!, 'w'.repeat(60_000));
    const { state, summary } = sessionView(alice.home, alice.home.tables.get('sessions', SESSION)!);
    expect([state, summary]).toEqual([
      'cancelled',
      `cancelled while nobody ran builder: ${'w'.repeat(1_499)}…`,
    ]);
    expect(alice.home.disk.blobs.size).toBe(0);
  });

  test('behind no step of another attempt, whose node may say what it likes, nor of another session', async () => {
    const { alice } = await startSingleSession();
    const OTHER = uuidOf(0xb1);
    await alice.launch('user', OTHER);
    const accept = async (
      from: 'node' | 'peer',
      re: string,
      session: string,
      attempt: number,
      step: number,
    ) => {
      const body = { session, attempt, step, state: 'accepted' as const };
      await alice.hear({ type: 'task.accept', from, to: 'user', re, body });
    };
    const row = (id = SESSION) => alice.home.tables.get('sessions', id)!;
    await accept('node', row().request!, SESSION, 1, 90_000);
    await alice.hearRoutes(REPLACED);
    await reissue(alice.home, alice.user.exchange);
    await accept('peer', row(OTHER).request!, OTHER, 2, 90_000);
    await accept('peer', row().request!, SESSION, 2, 3);
    await alice.hearRoutes({ alice: 'user', bob: 'bob' });
    await cancel(alice.user, row(), 'why');
    const steps = alice.home.tables.list('transitions', { kind: 'session', id: SESSION });
    expect(steps.filter(({ attempt }) => attempt === 2)).toMatchObject([
      { step: 0, state: 'requested' },
      { step: 3, state: 'accepted' },
      { step: 4, state: 'cancelled' },
    ]);
  });

  test('not what has ended', async () => {
    const alice = await startSingleUser();
    const { request } = await alice.launch();
    const body = { session: SESSION, attempt: 1, step: 1, state: 'failed' as const };
    await alice.hear({ type: 'task.result', from: 'node', to: 'user', re: String(request), body });
    const session = alice.home.tables.get('sessions', SESSION)!;
    await expect(cancel(alice.user, session, 'why')).rejects.toMatchObject({
      code: 'conflict',
      message: 'this session has ended: failed',
      hint: `see \`entangle user show ${SESSION}\``,
    });
    expect(alice.said('task.cancel')).toEqual([]);
  });

  test('not what another person launched, which only a foreign ledger brings here', async () => {
    const alice = await startSingleUser();
    const session = await alice.launch('bob');
    await alice.hearRoutes({ alice: 'user', bob: 'bob' });
    const view = () => sessionView(alice.home, alice.home.tables.get('sessions', SESSION)!);
    expect(view().nobodyRuns).toBe(false);
    await expect(cancel(alice.user, session, 'why')).rejects.toMatchObject({ code: 'denied' });
    expect(view().state).toBe('requested');
  });

  test('not what the graph has cut off: its node ended it', async () => {
    const alice = await startSingleUser();
    const session = await alice.launch('user', uuidOf(0xc1));
    await alice.hearRoutes(undefined, ONLY_APPROVES);
    await expect(cancel(alice.user, session, 'why')).rejects.toMatchObject({
      code: 'conflict',
      message: 'this session has ended: failed, edge_removed',
    });
    expect(alice.said('task.cancel')).toEqual([]);
  });
});
