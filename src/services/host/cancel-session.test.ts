/** Sessions that an operator ends: who is told of it, how often, and what is refused. */
import { expect, test } from 'vitest';
import {
  OPERATOR,
  SEEN_SESSION,
  type Seen,
  type SingleHost,
  startSingleHost,
} from '../../../test/sim/single-host.ts';
import { bothWays } from '../../../test/support/fold-kit.ts';
import { uuidOf } from '../../../test/support/world.ts';
import type { SessionState } from '../../core/vocabulary.ts';
import { cancelSession } from './cancel-session.ts';
import { moveNode } from './move-node.ts';
import { listSessions, showSession } from './sessions.ts';

const S = SEEN_SESSION;
const settle = ({ time }: SingleHost) => time.pass(1000);
const observe = async (one: SingleHost, state: SessionState, seen: Omit<Seen, 'state'> = {}) => {
  await one.observe({ state, ...seen });
  await settle(one);
};
/** The runner has the node, and told of a session. */
const told = async (state: SessionState = 'active') => {
  const one = await startSingleHost();
  await one.place();
  await observe(one, 'accepted');
  await observe(one, state, { step: 2 });
  return one;
};
const cancel = (one: SingleHost, session = S, by = OPERATOR, reason?: string) =>
  cancelSession(one.host, { session, reason }, by);
const said = (one: SingleHost) =>
  one
    .said('session.cancel')
    .map(({ to, body }) => [one.world.byKey.get(to)!.name, body.session, body.reason]);
/** The node goes from the one runner to the other, who acknowledge that and take it. */
const move = async (one: SingleHost) => {
  await one.addRunner('runner2', 'r2');
  await moveNode(one.host, { node: 'builder', runner: 'r2', fence: 1, decisions: 0 }, OPERATOR);
  await settle(one);
  const recipient = one.actors.runner.pubkey;
  const { stream, seq } = one.home.tables.list('outbox', { type: 'assignment.revoke', recipient }).at(-1)!;
  const ack = { stream, high: seq, top: seq, missing: [] };
  await one.hear({ type: 'ack', from: 'runner', to: 'host', body: ack });
  await settle(one);
};

test('its runner is told once, with the words of the operator, whatever it tells meanwhile', async () => {
  const one = await told();
  await cancel(one, S, OPERATOR, 'too dear');
  await settle(one);
  await observe(one, 'waiting_approval', { step: 3 });
  await one.time.pass(60_000);
  expect(said(one)).toEqual([['runner', S, 'too dear']]);
  // Until the runner says so it is what it was
  expect(one.home.tables.get('sessions', S)).toMatchObject({ state: 'waiting_approval', open: 1 });
});

test('the word of the operator is on record before the runner is told', async () => {
  const one = await told();
  await cancel(one, S, OPERATOR, 'too dear');
  expect(one.said('session.cancel')).toEqual([]);
  expect(one.home.tables.get('wanted_cancels', S)).toMatchObject({ by: OPERATOR, reason: 'too dear' });
});

test('no other session is', async () => {
  const one = await told();
  const other = uuidOf(0xe2);
  await observe(one, 'active', { session: other });
  await cancel(one);
  await settle(one);
  await observe(one, 'waiting_approval', { session: other, step: 2 });
  expect(said(one)).toEqual([['runner', S, undefined]]);
});

test('one more is told to its runner, also where nothing was told of it since the one before', async () => {
  const one = await told();
  const other = uuidOf(0xe2);
  await observe(one, 'active', { session: other });
  for (const session of [S, other]) {
    await cancel(one, session);
    await settle(one);
  }
  expect(said(one).map(([, session]) => session)).toEqual([S, other]);
});

test('one that nobody runs is ended by whoever tells of its next attempt, and by each once', async () => {
  const one = await told();
  await move(one);
  await cancel(one);
  await settle(one);
  expect(said(one)).toEqual([]);
  await one.accept(one.offers().at(-1)!, one.actors.peer);
  await settle(one);
  expect(said(one)).toEqual([]);
  for (const [step, state] of (['accepted', 'active'] as const).entries())
    await observe(one, state, { from: 'runner2', attempt: 2, step: step + 1 });
  expect(said(one)).toEqual([['runner2', S, undefined]]);
});

test('also where its requester had not heard of the end, and asks once more', async () => {
  const one = await told();
  await cancel(one);
  await settle(one);
  await observe(one, 'cancelled', { step: 3 });
  await move(one);
  await one.accept(one.offers().at(-1)!, one.actors.peer);
  await observe(one, 'accepted', { from: 'runner2', attempt: 2 });
  expect(said(one).map(([to]) => to)).toEqual(['runner', 'runner2']);
  expect(one.home.tables.get('sessions', S)).toMatchObject({ state: 'cancelled', attempt: 1, open: 0 });
});

test('also where the runner tells of the session before it says that it took the node', async () => {
  const one = await told();
  await move(one);
  await cancel(one);
  await observe(one, 'accepted', { from: 'runner2', attempt: 2 });
  expect(said(one).map(([to]) => to)).toEqual(['runner2']);
});

test('one that is over is listed as running, and ended, where it was asked for again of somebody else', async () => {
  const one = await told();
  await observe(one, 'completed', { step: 3 });
  await move(one);
  await one.accept(one.offers().at(-1)!, one.actors.peer);
  await observe(one, 'accepted', { from: 'runner2', attempt: 2 });
  const listed = (of = {}) => listSessions(one.home, of).items[0]?.held;
  const shown = async () => [
    listed(),
    listed({ open: 'true' }),
    listed({ open: 'true', node: 'builder' }),
    (await showSession(one.home, S)).held,
  ];
  expect(await shown()).toEqual([true, true, true, true]);
  expect(listed({ open: 'true', node: 'helper' })).toBeUndefined();
  await cancel(one);
  await settle(one);
  expect(said(one).map(([to]) => to)).toEqual(['runner2']);
  await observe(one, 'cancelled', { from: 'runner2', attempt: 2, step: 2 });
  expect(await shown()).toEqual([false, undefined, undefined, false]);
  expect(one.home.tables.get('sessions', S)).toMatchObject({ state: 'completed', open: 0 });
});

test('an attempt that ended before its runner was told of it is told nothing', async () => {
  const one = await told();
  await cancel(one);
  // The loop has not begun
  await one.observe({ state: 'completed', step: 3 });
  await one.time.pass(60_000);
  expect(said(one)).toEqual([]);
  expect(one.home.tables.get('sessions', S)).toMatchObject({ state: 'completed' });
});

test.each<[string, SessionState, string, string]>([
  ['that nobody told of', 'active', uuidOf(9), `this Host was told of no session "${uuidOf(9)}"`],
  ['that is over', 'failed', S, `session ${S} is over already: failed`],
])('one %s is refused, and nothing is on record', async (_what, state, session, message) => {
  const one = await told(state);
  await expect(cancel(one, session)).rejects.toMatchObject({ message });
  await settle(one);
  expect([said(one), one.home.tables.list('wanted_cancels')]).toEqual([[], []]);
});

test('of two operators at once one decides, and the other is told who', async () => {
  const one = await told();
  const message = `operator "${OPERATOR}" wants session ${S} ended already`;
  await Promise.all([cancel(one), expect(cancel(one, S, 'two', 'mine')).rejects.toMatchObject({ message })]);
  await settle(one);
  expect(said(one)).toEqual([['runner', S, undefined]]);
});

test('the first word of an operator stands', () => {
  const [tables] = bothWays('host', ({ record }) => {
    record('host', 'cancel.wanted', { session: S, by: 'one', reason: 'first' });
    record('host', 'cancel.wanted', { session: S, by: 'two' });
  });
  expect(tables!.get('wanted_cancels', S)).toMatchObject({ by: 'one', reason: 'first' });
});
