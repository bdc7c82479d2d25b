/** Why a session was cancelled or rejected is told to whoever launched it: by whom, in their words, as much as is here. */
import { describe, expect, test } from 'vitest';
import { RUNNER_GRAPH, type SingleRunner, startReadyRunner } from '../../../test/sim/single-runner.ts';
import { type Name, uuidOf } from '../../../test/support/world.ts';
import { toHex, utf8 } from '../../core/encoding/bytes.ts';
import { EntangleError } from '../../core/errors.ts';
import { cancellationOf, rejectionOf } from './texts.ts';

const S = uuidOf(0xe1);
const T = uuidOf(0xe2);
const HEAD = 'because it is too wide';
const WHOLE = `${HEAD} ${'in many places, '.repeat(20)}as I said before`;
type Words = { reason: string; whole?: { sha256: string; size: number } };
/** A reason of which the message has the beginning; its bytes are another matter. */
const long = (one: SingleRunner, text = WHOLE): Words => {
  const bytes = utf8(text);
  return { reason: HEAD, whole: { sha256: toHex(one.suite.sha256(bytes)), size: bytes.length } };
};
const waiting = async (quorum = 1) => {
  const one = await startReadyRunner({ graph: RUNNER_GRAPH.replace('quorum: 1', `quorum: ${quorum}`) });
  await one.request(S);
  await one.reach(S, 'waiting_approval');
  return one;
};
/** Long enough for everything here: what is told needs a lease. */
const leased = ({ home, actors, time }: SingleRunner) =>
  home.leases.grant(actors.node.pubkey, time.elapsed() + 600_000);
const unleased = ({ home, actors }: SingleRunner) => home.leases.remove(actors.node.pubkey);
const cancel = (one: SingleRunner, words: Words) =>
  one.hear({ type: 'task.cancel', from: 'user', to: 'node', body: { session: S, ...words } });
const told = async (one: SingleRunner) => {
  await one.time.until('the result', () => one.said('task.result')[0], 90_000);
  return one.said('task.result')[0]!.body.summary!;
};
const cancelled = (one: SingleRunner) => cancellationOf(one.runner, one.session(S)!);
const rejected = (one: SingleRunner) => rejectionOf(one.runner, one.session(S)!, one.approval(S)!.id);
/** The moment at which the rest has been waited for so long. */
const waitedFor = (one: SingleRunner, ms: number) => {
  const cancelling = one.home.tables.list('messages', { type: 'task.cancel' })[0]!;
  return one.time.pass(cancelling.kept + ms - one.time.clock.now());
};

describe('a cancel is told', () => {
  test('with its reason, and without where it has none', async () => {
    const one = await waiting();
    await cancel(one, { reason: 'no more' });
    expect(await told(one)).toBe('cancelled by alice: no more');
    const other = await waiting();
    await cancel(other, { reason: '' });
    expect(await told(other)).toBe('cancelled by alice');
  });

  test('with all of a long one when the rest of it is here, and not before', async () => {
    const one = await waiting();
    leased(one);
    await cancel(one, long(one));
    await one.time.pass(30_000);
    expect([one.session(S)!.state, one.said('task.result')]).toEqual(['waiting_approval', []]);
    expect(one.said('blob.get')).toMatchObject([{ to: one.actors.user.pubkey }]);
    await one.give(utf8(WHOLE));
    expect(await told(one)).toBe(`cancelled by alice: ${WHOLE}`);
  });

  test('with its beginning when the rest was waited for a minute', async () => {
    const one = await waiting();
    unleased(one);
    await cancel(one, long(one));
    await waitedFor(one, 60_000);
    expect(await cancelled(one)).toBeNull();
    await waitedFor(one, 60_001);
    expect(await cancelled(one)).toBe(`cancelled by alice: ${HEAD} …`);
  });

  test('with its beginning at once when the bytes are another text', async () => {
    const one = await waiting();
    const other = 'nothing of the kind';
    await one.give(utf8(other));
    await cancel(one, long(one, other));
    expect(await told(one)).toBe(`cancelled by alice: ${HEAD} …`);
  });

  test('with its beginning at once when the bytes are damaged here', async () => {
    const one = await waiting();
    await one.give(utf8(WHOLE));
    one.home.blobs.get = async () => {
      throw new EntangleError('invalid', '/r1/blobs/ab does not hold what its name says');
    };
    await cancel(one, long(one));
    expect(await told(one)).toBe(`cancelled by alice: ${HEAD} …`);
  });

  test('later when its bytes cannot be read now: that may pass', async () => {
    const one = await waiting();
    unleased(one);
    await one.give(utf8(WHOLE));
    await cancel(one, long(one));
    one.home.blobs.get = async () => {
      throw new EntangleError('unavailable', 'the disk does not answer');
    };
    await expect(cancelled(one)).rejects.toThrow('the disk does not answer');
  });

  test('by its beginning and its end where it is longer than a result says', async () => {
    const one = await waiting();
    const text = `${HEAD} ${'a'.repeat(3000)} that is all`;
    await one.give(utf8(text));
    await cancel(one, long(one, text));
    const words = await told(one);
    expect(words).toMatch(/^cancelled by alice: because it is too wide a+ … a+ that is all$/);
    expect(words.length).toBeLessThanOrEqual(1500);
  });
});

describe('a rejection is told', () => {
  const KEPT = /\nwhat the turn made is kept as commit [0-9a-f]{40} in the store /;

  test('with who rejected it and why, and where the work is', async () => {
    const one = await waiting(2);
    await one.decide(S, 'user');
    await one.decide(S, 'stranger', 'rejected', { reason: HEAD });
    const words = await told(one);
    expect(words).toMatch(KEPT);
    expect(words.split('\n')[0]).toBe(`rejected by carol: ${HEAD}`);
    expect(one.session(S)).toMatchObject({ state: 'failed', reason: 'approval_rejected' });
  });

  test('for each who rejected this one, also who has left the graph since', async () => {
    const one = await waiting();
    await one.request(T);
    await one.reach(T, 'waiting_approval');
    unleased(one);
    await one.decide(T, 'bob', 'rejected', { reason: 'another matter' });
    await one.decide(S, 'user', 'rejected');
    await one.decide(S, 'stranger', 'rejected', { reason: HEAD });
    await one.hearRoutes((body) => ({ ...body, peers: body.peers.filter(({ name }) => name !== 'carol') }));
    const words = (await rejected(one))!.split('\n');
    expect(words.sort()).toEqual([`rejected by a person: ${HEAD}`, 'rejected by alice']);
  });

  test('when the rest of its reason is here: the session waits for that', async () => {
    const one = await waiting();
    leased(one);
    await one.decide(S, 'stranger', 'rejected', long(one));
    await one.time.pass(10_000);
    expect([one.session(S)!.state, one.said('task.result')]).toEqual(['waiting_approval', []]);
    await one.give(utf8(WHOLE), 'stranger');
    expect((await told(one)).split('\n')[0]).toBe(`rejected by carol: ${WHOLE}`);
  });
});

test.each<Name>(['user', 'stranger'])('a person is called as the graph calls their key: %s', async (who) => {
  const one = await waiting();
  unleased(one);
  await one.decide(S, who, 'rejected');
  expect(await rejected(one)).toBe(`rejected by ${who === 'user' ? 'alice' : 'carol'}`);
});
