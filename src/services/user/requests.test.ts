/** What a task request says, and which open tasks are asked of the key that took the place of another. */
import { describe, expect, test } from 'vitest';
import { SESSION, startSingleUser, USER_GRAPH } from '../../../test/sim/single-user.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { ask, cancel } from './ask.ts';
import { cancelDraft, reissue, requestDraft } from './requests.ts';
import { showThing } from './show.ts';

type Alice = Awaited<ReturnType<typeof startSingleUser>>;
const REPLACED = { alice: 'user', bob: 'bob', builder: 'peer' } as const;
const LONG = 'a long text '.repeat(1000);
const delegating = (limits: string): string =>
  USER_GRAPH.replace(
    'alice delegates_to builder',
    `{ from: alice, relation: delegates_to, to: builder, ${limits} }`,
  );
const toPeer = (alice: Alice, type: 'task.request' | 'task.cancel') =>
  alice.said(type).filter(({ to }) => to === alice.actors.peer.pubkey);
/** The node has another key now, and what is open is asked of it. */
const replace = async (alice: Alice, text = USER_GRAPH) => {
  await alice.hearRoutes(REPLACED, text);
  await alice.time.pass(100);
  await reissue(alice.home, alice.user.exchange);
};
/** Asks with a long task; nobody takes the rest of it. */
const askLong = async (alice: Alice) => {
  const whole = { sha256: await alice.home.blobs.put(Buffer.from(LONG)), size: LONG.length };
  const text = { head: LONG.slice(0, 300), whole };
  await alice.user.exchange.send([requestDraft(alice.home, alice.actors.node.pubkey, SESSION, 1, { text })]);
  return text;
};

describe('a request names its way by the name that this person has', () => {
  const pathOf = ({ home, actors }: Alice) =>
    requestDraft(home, actors.node.pubkey, SESSION, 1, { text: { head: 'write' } }).body.budget.path;

  test('in the graph', async () => {
    const alice = await startSingleUser(null);
    const text = USER_GRAPH.replaceAll('alice', 'anna');
    await alice.hearRoutes({ anna: 'user', bob: 'bob', builder: 'node' }, text, 'anna');
    expect(pathOf(alice)).toEqual(['anna']);
  });

  test('here, while no routes say another', async () => {
    expect(pathOf(await startSingleUser(null))).toEqual(['alice']);
  });
});

describe('what is asked again', () => {
  test('is all of a long task', async () => {
    const alice = await startSingleUser();
    const { head, whole } = await askLong(alice);
    await replace(alice);
    expect(toPeer(alice, 'task.request').map(({ body }) => body)).toMatchObject([
      { session: SESSION, attempt: 2, task: head, whole },
    ]);
  });

  test('goes with its cancellation before it, with all of its reason', async () => {
    const alice = await startSingleUser();
    const other = uuidOf(0xb1);
    const session = await alice.launch();
    await alice.launch('user', other);
    await alice.time.finish('the cancellation', cancel(alice.user, session, LONG));
    const { whole, reason } = alice.said('task.cancel')[0]!.body;
    expect(whole?.size).toBe(LONG.length);
    await replace(alice);
    const [told] = toPeer(alice, 'task.cancel');
    expect(told!.body).toMatchObject({ session: SESSION, reason, whole });
    expect(toPeer(alice, 'task.cancel')).toHaveLength(1);
    const again = toPeer(alice, 'task.request');
    expect(again.map(({ body }) => body.session)).toEqual([SESSION, other]);
    const order = alice.home.disk.lines.map(({ event }) => event.id);
    expect(order.indexOf(told!.event.id)).toBeLessThan(order.indexOf(again[0]!.event.id));
  });

  test('is so over an edge that carries tasks and no cancellation, unless it was cancelled', async () => {
    const only = delegating('only: [task.request, task.accept, task.update, task.result]');
    for (const isCancelled of [false, true]) {
      const alice = await startSingleUser();
      const session = await alice.launch();
      if (isCancelled) await cancel(alice.user, session, 'why');
      await replace(alice, only);
      expect(toPeer(alice, 'task.request')).toHaveLength(isCancelled ? 0 : 1);
    }
  });

  test('is no more at once than the edge has places for; the next follows when one is free', async () => {
    const alice = await startSingleUser();
    const other = uuidOf(0xb1);
    await alice.launch();
    await alice.launch('user', other);
    await replace(alice, delegating('max_concurrent: 1'));
    const asked = () => toPeer(alice, 'task.request').map(({ body }) => body.session);
    expect([asked(), alice.logged]).toEqual([[SESSION], []]);
    const re = alice.home.tables.get('sessions', SESSION)!.request!;
    const body = { session: SESSION, attempt: 2, step: 1, state: 'failed' as const };
    await alice.hear({ type: 'task.result', from: 'peer', to: 'user', re, body });
    await alice.time.pass(1000);
    expect([asked(), alice.logged]).toEqual([[SESSION, other], []]);
  });

  test('is nothing that was cancelled meanwhile by another process of this person: it is looked at once more first', async () => {
    const alice = await startSingleUser();
    // Nothing is asked again but by this test
    alice.home.ledger.catchUp = () => new Promise(() => {});
    await alice.time.pass(1_000);
    await alice.launch();
    await alice.hearRoutes(REPLACED);
    const { exchange } = alice.user;
    await reissue(alice.home, {
      ...exchange,
      async send(drafts) {
        await exchange.send([cancelDraft(alice.home, alice.actors.peer.pubkey, SESSION, { head: 'why' })]);
        await exchange.send(drafts);
      },
    });
    expect(toPeer(alice, 'task.request')).toEqual([]);
    await reissue(alice.home, exchange);
    expect(toPeer(alice, 'task.request')).toHaveLength(1);
    expect(toPeer(alice, 'task.cancel')).toMatchObject([{ body: { session: SESSION, reason: 'why' } }]);
  });

  test('has the files that went with the first', async () => {
    const alice = await startSingleUser();
    const work = ask(alice.user, 'builder', 'write', [{ name: 'a.txt', bytes: Buffer.from('a') }]);
    await alice.time.pass(100);
    const [first] = alice.said('task.request');
    const [file] = first!.body.attached!;
    await alice.hear({ type: 'blob.get', from: 'node', to: 'user', body: { sha256: file!.sha256 } });
    await alice.time.finish('the request', work);
    expect(alice.said('blob.part').map(({ body }) => body.data)).toEqual(['YQ==']);
    const { name, size, sha256 } = file!;
    const session = first!.body.session;
    expect(await showThing(alice.user, session, 0)).toMatchObject({ attached: [{ name, size, sha256 }] });
    await replace(alice);
    expect(toPeer(alice, 'task.request')).toMatchObject([{ body: { attached: [file] } }]);
  });

  test('is nothing whose request is not in the ledger', async () => {
    const alice = await startSingleUser();
    const row = await alice.launch();
    alice.home.tables.put('sessions', { ...row, request: null });
    await replace(alice);
    expect([toPeer(alice, 'task.request'), alice.logged]).toEqual([[], []]);
  });
});
