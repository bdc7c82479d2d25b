/** What the screen is given: what waits first, what passed with whom, and news only where something changed. */
import { describe, expect, test } from 'vitest';
import { startSingleSession } from '../../../test/sim/single-session.ts';
import { APPROVAL, SESSION, startSingleUser } from '../../../test/sim/single-user.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { cancel } from './ask.ts';
import { liveView, sessionById, subscribe, type TraceRow, traceRows } from './live.ts';

const OTHER = uuidOf(0xb1);

test('what waits for this person stands before what runs, with what passed, each once, oldest first', async () => {
  const { alice, update } = await startSingleSession();
  await update('accepted');
  await alice.askApproval();
  await alice.launch('user', OTHER);
  const { me, revision, relays, items, trace } = liveView(alice.user);
  expect(items.map(({ what, id }) => [what, id])).toEqual([
    ['approval', APPROVAL],
    ['session', OTHER],
  ]);
  expect([me, revision, relays.open <= relays.all]).toEqual(['alice', 1, true]);
  const types = trace.map((row) => (row.is === 'signed' ? row.type : row.is));
  expect(types).toEqual(expect.arrayContaining(['task.request', 'task.accept', 'approval.request']));
  expect(new Set(trace.map((row) => row.id)).size).toBe(trace.length);
  expect(trace.map((row) => row.at)).toEqual(trace.map((row) => row.at).sort((a, b) => a - b));
  expect(types).not.toContain('delivery.acked');
});

test('of a graph that is named acme, of whom this person may ask, and which relays are read', async () => {
  const alice = await startSingleUser(null);
  expect(liveView(alice.user)).toMatchObject({ graph: 'acme', revision: null, agents: [] });
  await alice.hearRoutes();
  const { revision = 0, digest = '' } = alice.home.tables.get('routes', alice.actors.user.pubkey) ?? {};
  const peerOf = (name: string, kind: 'agent' | 'user') => ({
    ...{ name, kind, pubkey: null, relays: [] },
    relations: [{ relation: 'delegates_to' as const, side: 'a' as const }],
  });
  const peers = [peerOf('auditor', 'agent'), peerOf('bob', 'user'), peerOf('builder', 'agent')];
  const self = { name: 'alice', kind: 'user' as const, pubkey: alice.actors.user.pubkey };
  const body = { n: 9, revision, digest, self, peers, approval: {}, policy: {} };
  await alice.hear({ type: 'routes', from: 'host', to: 'user', body });
  const { exchange } = alice.user;
  const stateOf = (state: 'open' | 'synced' | 'closed' | 'withholding') => ({ url: 'ws://one.test', state });
  const relays = () => (['synced', 'closed', 'open', 'withholding'] as const).map(stateOf);
  expect(liveView({ ...alice.user, exchange: { ...exchange, relays } })).toMatchObject({
    ...{ agents: ['auditor', 'builder'], relays: { open: 2, all: 4 } },
  });
});

test('what waits stands newest first, and so do the twenty that were over last', async () => {
  const alice = await startSingleUser();
  const ids = (from: number) => Array.from({ length: 21 }, (_, n) => uuidOf(from + n));
  const [sessions, approvals, questions] = [ids(0x100), ids(0x200), ids(0x300)];
  for (const session of sessions) {
    const { request } = await alice.launch('user', session);
    const [place, said] = [
      { session, attempt: 1, step: 1 },
      { from: 'node', to: 'user', re: request! } as const,
    ];
    await alice.hear({ ...said, type: 'task.result', body: { ...place, state: 'failed' } });
  }
  for (const approval of approvals.slice(0, 3)) await alice.askApproval({ approval });
  const { request } = await alice.launch();
  for (const question of questions.slice(0, 3)) {
    const body = { session: SESSION, attempt: 1, step: 1, question, text: 'which port?' };
    await alice.hear({ type: 'question', from: 'node', to: 'user', re: request!, body });
  }
  expect(liveView(alice.user).items.map(({ id }) => id)).toEqual([
    ...approvals.slice(0, 3).reverse(),
    ...questions.slice(0, 3).reverse(),
    ...sessions.slice(1).reverse(),
  ]);
});

describe('what passed', () => {
  const passed = (rows: readonly TraceRow[]) =>
    rows.map(
      (row) =>
        `${row.signer} ${row.is === 'signed' ? row.type : row.is === 'printed' ? row.text : row.bytes}`,
    );
  const begin = async () => {
    const one = await startSingleSession();
    const { alice } = one;
    let at = 0;
    const print = (text: string) => {
      const place = { session: SESSION, attempt: 1, turn: 1, run: 'ab'.repeat(8), at, bytes: text.length };
      at += text.length;
      return alice.hear({ type: 'turn.trace', from: 'node', to: 'user', body: { ...place, text } });
    };
    return { ...one, print };
  };

  test('is what was signed and what was printed, in the order in which it came', async () => {
    const { alice, update, print } = await begin();
    await update('accepted');
    await alice.time.pass(1000);
    await print('one\ntw');
    await alice.time.pass(1000);
    await update('active');
    const whole = ['alice user.hello', 'alice task.request', 'builder task.accept', 'builder one'];
    expect(passed(liveView(alice.user, { withOpen: false }).trace)).toEqual([
      ...whole,
      'builder task.update',
    ]);
    expect(passed(liveView(alice.user).trace)).toEqual([...whole, 'builder tw', 'builder task.update']);
  });

  test('is nothing that only carries bytes or routes, and no record of this home', async () => {
    const alice = await startSingleUser();
    await alice.launch();
    await alice.askApproval();
    const [[blob] = []] = alice.home.disk.blobs;
    alice.home.disk.blobs.clear();
    await alice.time.pass(1000);
    expect(alice.said('blob.get').map(({ body }) => body.sha256)).toEqual([blob]);
    await alice.hearRoutes({ alice: 'user', bob: 'bob' });
    await cancel(alice.user, alice.home.tables.get('sessions', SESSION)!, 'no');
    expect(alice.home.tables.get('sessions', SESSION)!.state).toBe('cancelled');
    const types = liveView(alice.user).trace.map((row) => row.is === 'signed' && row.type);
    expect(types).toEqual(['user.hello', 'task.request', 'approval.request']);
  });

  test('is of one session what passed about it, and the last of it where only some is wanted', async () => {
    const { alice, update, print } = await begin();
    await update('accepted');
    await alice.launch('user', OTHER);
    await update('active');
    const of = (limit?: number) =>
      passed(traceRows(alice.user, SESSION, { withOpen: true, ...(limit && { limit }) }));
    expect(of()).toEqual(['alice task.request', 'builder task.accept', 'builder task.update']);
    expect(of(2)).toEqual(['builder task.accept', 'builder task.update']);
    await print('one');
    expect(of(2)).toEqual(['builder task.accept', 'builder task.update', 'builder one']);
  });
});

test('what was over last stands below what runs, and is found by its id', async () => {
  const { alice, complete } = await startSingleSession();
  await complete();
  await alice.launch('user', OTHER);
  const states = liveView(alice.user).items.map(({ id, state }) => [id, state]);
  expect(states).toEqual([
    [OTHER, 'requested'],
    [SESSION, 'completed'],
  ]);
  expect(sessionById(alice.user, SESSION)).toMatchObject({ what: 'session', state: 'completed' });
  expect(sessionById(alice.user, APPROVAL)).toBeNull();
});

test('it is told once at the start, again at each change, and not while nothing changes', async () => {
  const { alice, update } = await startSingleSession();
  await alice.acknowledge();
  const stop = new AbortController();
  let told = 0;
  const telling = subscribe(alice.user, stop.signal, () => {
    told += 1;
  });
  await alice.time.pass(60_000);
  expect(told).toBe(1);
  await update('accepted');
  await alice.time.pass(1_000);
  const after = told;
  expect(after).toBeGreaterThan(1);
  await alice.time.pass(60_000);
  expect(told).toBe(after);
  stop.abort();
  await alice.time.finish('the end', telling);
  expect(told).toBe(after);
});

test('many changes at once are told ten times a second at most, the last of them too', async () => {
  const { alice, update } = await startSingleSession();
  const stop = new AbortController();
  const seen: { at: number; state: string | undefined }[] = [];
  const telling = subscribe(alice.user, stop.signal, () => {
    seen.push({ at: alice.time.elapsed(), state: sessionById(alice.user, SESSION)?.state });
  });
  await alice.time.pass(1_000);
  for (const state of ['accepted', 'active', 'waiting_approval'] as const) await update(state);
  await alice.time.pass(1_000);
  const pauses = seen.slice(1).map(({ at }, n) => at - seen[n]!.at);
  expect(pauses.filter((pause) => pause < 100)).toEqual([]);
  expect(seen.at(-1)?.state).toBe('waiting_approval');
  stop.abort();
  await alice.time.finish('the end', telling);
});

test('an approval is there however many sessions are newer', async () => {
  const alice = await startSingleUser();
  await alice.askApproval();
  const { home } = alice;
  const session = (n: number) => uuidOf(0x1000 + n);
  for (let n = 0; n < 201; n++) await alice.launch('user', session(n));
  const { items } = liveView(alice.user);
  expect(home.tables.count('sessions', { open: 1 })).toBe(201);
  expect(items[0]).toMatchObject({ what: 'approval', id: APPROVAL });
});
