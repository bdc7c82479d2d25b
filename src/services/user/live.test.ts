/** What the screen is given: what waits first, what passed with whom, and news only where something changed. */
import { expect, test } from 'vitest';
import { startSingleSession } from '../../../test/sim/single-session.ts';
import { APPROVAL, SESSION } from '../../../test/sim/single-user.ts';
import { liveView, sessionById, subscribe } from './live.ts';

test('what waits for this person stands before what runs, with what passed, each once, oldest first', async () => {
  const { alice, update } = await startSingleSession();
  await update('accepted');
  await alice.askApproval();
  const { me, revision, relays, items, trace } = liveView(alice.user);
  expect(items.map(({ what, id }) => [what, id])).toEqual([
    ['approval', APPROVAL],
    ['session', SESSION],
  ]);
  expect([me, revision, relays.open <= relays.all]).toEqual(['alice', 1, true]);
  expect(trace.map((row) => row.type)).toEqual(
    expect.arrayContaining(['task.request', 'task.accept', 'approval.request']),
  );
  expect(new Set(trace.map((row) => row.id)).size).toBe(trace.length);
  expect(trace.map((row) => row.at)).toEqual(trace.map((row) => row.at).sort((a, b) => a - b));
  expect(trace.map((row) => row.type)).not.toContain('delivery.acked');
});

test('a session is found by its id when it is over and out of the list', async () => {
  const { alice, complete } = await startSingleSession();
  await complete();
  expect(liveView(alice.user).items).toEqual([]);
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
