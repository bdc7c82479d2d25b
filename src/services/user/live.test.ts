/** What the screen is given: what waits first, what passed with whom, and news only where something changed. */
import { expect, test } from 'vitest';
import { startSingleSession } from '../../../test/sim/single-session.ts';
import { APPROVAL, SESSION, startSingleUser } from '../../../test/sim/single-user.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { liveView, sessionById, subscribe } from './live.ts';

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
